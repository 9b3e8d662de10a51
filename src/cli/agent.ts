import type { Command } from 'commander';
import type { AgentFlags } from './agent-run.ts';
import type { Output } from './output.ts';

const HELP = `
Reads what the part \`sources\` of the config names (Prometheus endpoints and servers, StatsD, OpenTelemetry, access logs) and
tells it to a cluster. One agent for each source: two would count the load twice. A node without a cluster, \`forescale up\`,
reads them by itself.

Example:
  $ forescale agent --config forescale.yaml --bus redis://redis:6379

Exit code: 0 stopped in order, 1 something failed, 2 the config or an option cannot be used.`;

export function registerAgent(program: Command, output: Output): void {
  program
    .command('agent')
    .description('read the load of services that have no SDK, and tell it to a cluster')
    .requiredOption('--config <file>', 'config with the part `sources` (YAML)')
    .requiredOption('--bus <url>', 'where the streams are: redis://… (docs/redis.md)')
    .addHelpText('after', HELP)
    .action(async (flags: AgentFlags) => {
      const { runAgent } = await import('./agent-run.ts');
      await runAgent(flags, output);
    });
}
