import type { Command } from 'commander';
import type { ExplainFlags } from './explain-run.ts';
import type { Output } from './output.ts';

const HELP = `
A decision is recorded with everything that it was made from. It is planned again from that, and has to come out the same to
the last bit.

Examples:
  $ forescale simulate --trace web.csv --out report
  $ forescale explain web/1440 --from report
  $ forescale explain web/17 --from http://127.0.0.1:4270
  $ forescale explain web/1440 --from report --policy predictive:0.05

Exit code: 0 the replay is the same, 1 it differs, 2 there is no such decision.`;

export function registerExplain(program: Command, output: Output): void {
  program
    .command('explain')
    .description('say why a decision was made, and prove it by replaying it')
    .argument('<decision>', 'its id, e.g. web/17')
    .requiredOption('--from <dir>', 'output folder of `forescale simulate`, or address of a running node')
    .option('--policy <name>', 'which run, when several have a decision of that id')
    .option('--json', 'print the recorded decision and the replay as JSON')
    .addHelpText('after', HELP)
    .action(async (id: string, flags: ExplainFlags) => {
      const { runExplain } = await import('./explain-run.ts');
      await runExplain(id, flags, output);
    });
}
