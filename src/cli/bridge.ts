import type { Command } from 'commander';
import type { BridgeFlags } from './bridge-run.ts';
import type { Output } from './output.ts';

const HELP = `
Carries observations, state reports and commands from RabbitMQ or Kafka to a cluster, and reports, plans and actions back, as
the part \`bridges\` of the config says. At least once, repeats dropped. One bridge a name; a second waits until the first is gone.
A node without a cluster, \`forescale up\`, carries by itself. docs/bridges.md tells the rest.

Example:
  $ forescale bridge --config forescale.yaml --bus redis://redis:6379

Exit code: 0 stopped in order, 1 something failed, 2 the config or an option cannot be used.`;

export function registerBridge(program: Command, output: Output): void {
  program
    .command('bridge')
    .description('carry messages between a cluster and RabbitMQ or Kafka')
    .requiredOption('--config <file>', 'config with the part `bridges` (YAML)')
    .requiredOption('--bus <url>', 'where the streams are: redis://… (docs/redis.md)')
    .option('--health <address>', 'where /healthz and /readyz are told to whoever watches, e.g. 0.0.0.0:4271')
    .addHelpText('after', HELP)
    .action(async (flags: BridgeFlags) => {
      const { runBridge } = await import('./bridge-run.ts');
      await runBridge(flags, output);
    });
}
