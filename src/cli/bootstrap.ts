import type { Command } from 'commander';
import type { BootstrapFlags } from './bootstrap-run.ts';
import type { Output } from './output.ts';

const HELP = `
FILE is a trace: timestamp,value[,filled], a family timestamp,<producer>,... or a request log; .gz is unpacked. Its values
are requests of one interval, its interval is that of the pool, and its times are before now. Rows that are missing, or
marked as filled, stay missing. A family tells each producer its own history and the pool the sum of all.

Tell history before the services report: what is older than an interval that the pool has seen is dropped. Telling it
again does no harm. From Prometheus, the agent reads history by itself (docs/producers.md).

Example:
  $ forescale bootstrap shop last-month.csv --bus redis://redis:6379

Exit code: 0 the pool has taken it, 1 it has not, 2 the input cannot be used.`;

export function registerBootstrap(program: Command, output: Output): void {
  program
    .command('bootstrap')
    .description('tell a pool its history, so that its first forecast knows the days and weeks before')
    .argument('<pool>', 'name of the pool')
    .argument('<file>', 'recorded load')
    .requiredOption('--bus <url>', 'where the streams are: redis://… (docs/redis.md)')
    .addHelpText('after', HELP)
    .action(async (pool: string, file: string, flags: BootstrapFlags) => {
      const { runBootstrap } = await import('./bootstrap-run.ts');
      output.setExitCode(await runBootstrap(pool, file, flags, output));
    });
}
