import type { Command } from 'commander';
import { AUTONOMY_LEVELS } from '../planning/autonomy.ts';
import type { HandFlags } from './hand-run.ts';
import type { Output } from './output.ts';

const LEVELS = `
  shadow    plans, and does nothing
  advisory  says what it would do
  guarded   does it in small steps, and goes a level back when that makes things worse
  full      does it

Examples:
  $ forescale autonomy shop guarded --reason "looked at a week of shadow"
  $ forescale reset shop --reason "moved to other machines"

The node's inspector must allow it: \`inspector: { act: true }\`, its token in FORESCALE_INSPECTOR_TOKEN.
Exit code: 0 done, 2 there is no such node or pool, or it does not allow it.`;

export function registerAutonomy(program: Command, output: Output): void {
  const common = (command: Command): Command =>
    command
      .option('--node <url>', 'address of the inspector of a node', 'http://127.0.0.1:4270')
      .option('--by <name>', 'who asks; it is written down', process.env['USER'] ?? 'cli')
      .option('--reason <text>', 'why; it is written down', 'asked for on the command line')
      .addHelpText('after', LEVELS);
  common(
    program
      .command('autonomy')
      .description('trust a pool with more or less: shadow, advisory, guarded or full')
      .argument('<pool>', 'name of the pool')
      .argument(`<${AUTONOMY_LEVELS.join('|')}>`, 'how much'),
  ).action(async (pool: string, level: string, flags: HandFlags) => {
    const { runHand } = await import('./hand-run.ts');
    await runHand({ pool, command: 'autonomy', level }, flags, output);
  });
  common(
    program
      .command('reset')
      .description('let a pool forget what it learned: lead time, pace, price, shadows')
      .argument('<pool>', 'name of the pool'),
  ).action(async (pool: string, flags: HandFlags) => {
    const { runHand } = await import('./hand-run.ts');
    await runHand({ pool, command: 'reset' }, flags, output);
  });
}
