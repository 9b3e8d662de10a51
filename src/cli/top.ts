import type { Command } from 'commander';
import type { Output } from './output.ts';
import type { TopFlags } from './top/run.ts';

const HELP = `
A line for each pool, problems first, read anew every second from the node's inspector. Into a pipe, or with --once, it is
printed once.

Examples:
  $ forescale top
  $ forescale top http://10.0.0.7:4270   another node; its token in FORESCALE_INSPECTOR_TOKEN
  $ forescale top --once --json

Exit code: 0 stopped, 2 there is no such node.`;

export function registerTop(program: Command, output: Output): void {
  program
    .command('top')
    .description('the pools of a running node, live in the terminal')
    .argument('[node]', 'address of its inspector', 'http://127.0.0.1:4270')
    .option('--once', 'print once and end')
    .option('--json', 'print JSON, one object a line and look')
    .addHelpText('after', HELP)
    .action(async (node: string, flags: TopFlags) => {
      const { runTop } = await import('./top/run.ts');
      await runTop(node, flags, output);
    });
}
