import type { Command } from 'commander';
import type { DstFlags } from './dst-run.ts';
import type { Output } from './output.ts';

const HELP = `
Runs whole clusters of the production code in virtual time, on one thread: two to five nodes, their bus, a target and
producers, with faults that each seed draws, and checks after every event what must never happen. The same seed gives the
same bytes. A tenth of the seeds has no faults and must be perfectly quiet.

Examples:
  $ forescale dst --seeds 500                     many clusters; exit code 1 if one fails
  $ forescale dst --seed 42 --trace               one cluster, event by event
  $ forescale dst --seed 42 --families crash,clog only these faults
  $ forescale dst --seeds 200 --plant no-fence    would it notice if a guard were missing?

Exit code: 0 everything holds, 1 something failed, 2 the options cannot be used.`;

export function registerDst(program: Command, output: Output): void {
  program
    .command('dst')
    .description('deterministic simulation of the whole cluster, with faults')
    .option('--seed <n>', 'run this one')
    .option('--seeds <n>', 'run so many; default 100')
    .option('--from <n>', 'the first of them', '1')
    .option('--for <duration>', 'begin no more of them after this much CPU time, e.g. 3m')
    .option('--families <names>', 'faults instead of those that the seed draws, separated by commas; none: no faults')
    .option('--plant <bugs>', 'guards to be switched off, separated by commas: the run should fail')
    .option('--trace', 'print every event')
    .option('--no-minimise', 'do not look for the fewest faults that still fail')
    .addHelpText('after', HELP)
    .action(async (flags: DstFlags) => {
      const { runDst } = await import('./dst-run.ts');
      await runDst(flags, output);
    });
}
