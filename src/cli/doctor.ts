import type { Command } from 'commander';
import type { DoctorFlags } from './doctor-run.ts';
import type { Output } from './output.ts';

const HELP = `
Connects as a node would, and joins nothing: looks at the settings of Redis, its clock, what lies under the prefix, and whether the
user may do all that a node does (under PREFIX:doctor, removed again); reads each target of the config and the rights on it.

Examples:
  $ forescale doctor --bus rediss://redis:6379 --config forescale.yaml
  $ forescale doctor --config forescale.yaml --json | jq '.[] | select(.state != "well")'

Exit code: 0 nothing is ill, 1 something is, 2 the config or the URL cannot be used.`;

export function registerDoctor(program: Command, output: Output): void {
  program
    .command('doctor')
    .description('check a deployment (Redis, clocks, rights, targets), and say what to mend')
    .option('--bus <url>', 'where the streams are: redis://… (docs/redis.md)', process.env['FORESCALE_BUS'])
    .option('--config <file>', 'config (YAML or JSON): its targets are looked at')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (flags: DoctorFlags) => {
      const { runDoctor } = await import('./doctor-run.ts');
      await runDoctor(flags, output);
    });
}
