import type { Command } from 'commander';
import type { ClusterFlags } from './cluster-run.ts';
import type { Output } from './output.ts';

const HELP = `
Looks at what lies in Redis and asks no node; it changes nothing. A node lives when its beat goes on while it is looked at.

Examples:
  $ forescale cluster --bus redis://redis:6379
  $ forescale cluster --bus redis://redis:6379 --json | jq '.shards[] | select(.owner == "")'

Exit code: 0 every shard is held by a living node, 1 not so, 2 it cannot be looked at.`;

export function registerCluster(program: Command, output: Output): void {
  program
    .command('cluster')
    .description('show the nodes of a cluster, who holds which shard, what waits and what could not be delivered')
    .requiredOption('--bus <url>', 'where the streams are: redis://… (docs/redis.md)', process.env['FORESCALE_BUS'])
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (flags: ClusterFlags) => {
      const { runCluster } = await import('./cluster-run.ts');
      await runCluster(flags, output);
    });
}
