import type { Command } from 'commander';
import type { Output } from './output.ts';
import type { WatchFlags } from './watch-run.ts';

const HELP = `
Each state report of the pool's total and each plan, as it is made; with --json the whole messages (docs/protocol.md), one a line.

Examples:
  $ forescale watch shop --bus redis://redis:6379
  $ forescale watch shop --bus redis://redis:6379 --json | jq .data.resources[0].forecasts

Ctrl-C ends it; it changes nothing.`;

export function registerWatch(program: Command, output: Output): void {
  program
    .command('watch')
    .description('print the forecasts and plans of a pool as they are made')
    .argument('<pool>', 'name of the pool')
    .requiredOption('--bus <url>', 'where the streams are: redis://… (docs/redis.md)')
    .option('--json', 'print the messages as JSON, one a line; those of single producers, too')
    .addHelpText('after', HELP)
    .action(async (pool: string, flags: WatchFlags) => {
      const { runWatch } = await import('./watch-run.ts');
      await runWatch(pool, flags, output);
    });
}
