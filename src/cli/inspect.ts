import type { Command } from 'commander';
import type { InspectFlags } from './inspect-run.ts';
import type { Output } from './output.ts';

const HELP = `
A running node serves its page itself, on loopback; this says where, and that it answers. A folder that was written by
\`forescale simulate --out\`, or a log of decisions, is served until Ctrl-C: the same page, with a scrubber and two policies
side by side; a run that was written with --messages is stepped by message, too. Of two folders policies of both can be compared.

Examples:
  $ forescale inspect                        the node on this machine
  $ forescale inspect http://10.0.0.7:4270   another one; its token in FORESCALE_INSPECTOR_TOKEN
  $ forescale inspect report                 a recorded run
  $ forescale inspect before after           two runs side by side
  $ forescale inspect decisions.jsonl        a log of decisions

Exit code: 0 done, 2 there is no such node or run.`;

export function registerInspect(program: Command, output: Output): void {
  program
    .command('inspect')
    .description('open the page of a running node or of a recorded run')
    .argument('[where...]', 'address of a node, or folders of runs', ['http://127.0.0.1:4270'])
    .option('--port <n>', 'where a recorded run is served; 0: any free port', '0')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (where: string[], flags: InspectFlags) => {
      const { runInspect } = await import('./inspect-run.ts');
      await runInspect(where, flags, output);
    });
}
