import type { Command } from 'commander';
import type { DlqFlags } from './dlq-run.ts';
import type { Output } from './output.ts';

const HELP = `
A message that could not be delivered is kept with the reason. It is named by its shard and position: 17/1795512265106-0.

Examples:
  $ forescale dlq list --bus redis://redis:6379
  $ forescale dlq show 17/1795512265106-0 --bus redis://redis:6379
  $ forescale dlq replay 17/1795512265106-0 --bus redis://redis:6379

Exit code: 0 done, 1 there is no such letter, 2 the input cannot be used.`;

export function registerDlq(program: Command, output: Output): void {
  program
    .command('dlq')
    .description('list the dead letters of a cluster, show one, put one back into its stream, or drop one')
    .argument('<list|show|replay|drop>', 'what to do')
    .argument('[letter]', 'shard/position of the letter; not with list')
    .requiredOption('--bus <url>', 'where the streams are: redis://… (docs/redis.md)', process.env['FORESCALE_BUS'])
    .option('--json', 'print JSON, one letter a line')
    .addHelpText('after', HELP)
    .action(async (action: string, letter: string | undefined, flags: DlqFlags) => {
      const { runDlq } = await import('./dlq-run.ts');
      await runDlq(action, letter, flags, output);
    });
}
