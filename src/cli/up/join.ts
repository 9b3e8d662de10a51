import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { joinCluster, type Cluster } from '../../cluster.ts';
import { CONFIG_DEFAULTS } from '../../config/defaults.ts';
import type { NodeSettings } from '../../config/settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Meter } from '../../ports/meter.ts';
import type { Random } from '../../ports/random.ts';
import { ownVersion } from '../version.ts';
import type { ClusterOrder } from './flags.ts';

const SUFFIX_BOUND = 36 ** 5;

/** Unique in the cluster and over restarts, as leases need it: the name that people gave, or the machine's, and a part of its own. */
export function nodeName({ node }: NodeSettings, random: Random): string {
  const name = node.name === CONFIG_DEFAULTS.node.name ? hostname() : node.name;
  return `${name}-${random.int(SUFFIX_BOUND).toString(36).padStart(5, '0')}`;
}

/** @throws InputError when this node does not fit, Error when Redis cannot be reached. */
export function joinFor(
  name: string,
  order: ClusterOrder,
  settings: NodeSettings,
  world: { readonly clock: Clock; readonly random: Random; readonly log: Log; readonly meter: Meter },
): Promise<Cluster> {
  return joinCluster({
    ...order,
    ...world,
    name,
    build: ownVersion(),
    config: digestOf(settings),
    pools: settings.pools.map(({ pool }) => pool),
    localPool: settings.pools.find(({ target }) => target.kind === 'local')?.pool,
  });
}

/** Digest of what decides how actors act. Where a node listens is its own affair. */
export function digestOf({ pools, root }: NodeSettings): string {
  const alike = pools.map(({ target, ...pool }) => ({ ...pool, target: target.kind === 'local' ? { ...target, listenPort: 0 } : target }));
  return createHash('sha256')
    .update(JSON.stringify({ pools: alike, root }))
    .digest('hex')
    .slice(0, 16);
}
