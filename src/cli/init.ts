import type { Command } from 'commander';
import type { InitFlags } from './init-run.ts';
import type { Output } from './output.ts';

const HELP = `
Looks for the current context of kubectl, a Prometheus server and a Redis, in the usual places and where KUBECONFIG,
PROMETHEUS_URL and FORESCALE_BUS say, and writes a config for them with a comment on each choice. Nothing is changed anywhere
else, and nothing is sent but the question whether somebody is there.

Examples:
  $ forescale init
  $ forescale init shop.yaml --pool shop

Exit code: 0 written, 2 the file is there already (--force replaces it) or cannot be written.`;

export function registerInit(program: Command, output: Output): void {
  program
    .command('init')
    .description('look around and write a commented config')
    .argument('[file]', 'where to write it', 'forescale.yaml')
    .option('--pool <name>', 'name of the first pool', 'web')
    .option('--force', 'replace a file that is there')
    .addHelpText('after', HELP)
    .action(async (file: string, flags: InitFlags) => {
      const { runInit } = await import('./init-run.ts');
      await runInit(file, flags, output);
    });
}
