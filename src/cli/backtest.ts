import type { Command } from 'commander';
import type { BacktestFlags } from './backtest-run.ts';
import type { Output } from './output.ts';

const HELP = `
Rolling origin: at each origin the forecaster has seen only the rows up to it. Horizons are minutes.

Examples:
  $ forescale backtest web.csv --out forecasts.csv
  $ forescale backtest traces/*.csv --out all.csv.gz --every 7
  $ forescale backtest family.csv.gz --out f.csv --horizons 1,5 --from 0.8
  $ forescale backtest web.csv --out f.csv --model model.json

The output has one row per origin, horizon and kind:
  series,origin,horizon_s,kind,q05,q10,q25,q50,q75,q90,q95,q975,q99
  kind point: the value of the interval that starts at origin + horizon
  kind max:   the largest value of the intervals in (origin, origin + horizon]`;

export function registerBacktest(program: Command, output: Output): void {
  program
    .command('backtest')
    .description('forecast a recorded trace as if it were live, and write every quantile')
    .argument('<trace...>', 'CSV files: timestamp,value[,filled], a family or a request log; .gz is unpacked')
    .requiredOption('--out <file>', 'CSV to write; packed if the name ends in .gz')
    .option('--horizons <minutes>', 'horizons in minutes, separated by commas', '5,10,15')
    .option('--from <share>', 'share of each trace that is warm-up', '0.5')
    .option('--every <rows>', 'rows from one origin to the next', '1')
    .option('--profile <name>', 'full, as for the total of a pool, or slim, as for a single producer', 'full')
    .option('--model <file>', 'a model of yours as one more expert: TensorFlow.js layers model, see network.md')
    .addHelpText('after', HELP)
    .action(async (traces: readonly string[], flags: BacktestFlags) => {
      const { runBacktest } = await import('./backtest-run.ts');
      await runBacktest(traces, flags, output);
    });
}
