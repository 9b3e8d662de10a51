import type { Command } from 'commander';
import type { Output } from './output.ts';

const HELP = `
Reads the file as \`up\` would and starts nothing. All problems are told at once, each with its line.

Example:
  $ forescale check forescale.yaml`;

export function registerCheck(program: Command, output: Output): void {
  program
    .command('check')
    .description('check a config file without starting anything')
    .argument('<file>', 'config (YAML or JSON)')
    .addHelpText('after', HELP)
    .action(async (file: string) => {
      const { runCheck } = await import('./check-run.ts');
      await runCheck(file, output);
    });
}
