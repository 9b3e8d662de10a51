/** One node of the cluster under chaos: the production node, with counting actors beside its own. `{"name":…,"bus":…,"api":…}`. */
import { createInlineCompute } from '../../src/adapters/compute/inline-compute.ts';
import { createCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { staticCredentials } from '../../src/adapters/kubernetes/credentials.ts';
import { createKubernetesTarget } from '../../src/adapters/kubernetes/target.ts';
import { parseRedisUrl } from '../../src/adapters/redis/url.ts';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { createSystemRandom } from '../../src/adapters/system/random.ts';
import { joinCluster, type FailoverProfile } from '../../src/cluster.ts';
import { createNode } from '../../src/node.ts';
import { silentLog, type Log } from '../../src/ports/log.ts';
import { silentMeter } from '../../src/ports/meter.ts';
import { buildsOf } from '../../sim/dst/builds.ts';
import { poolSettings, rootSettings } from '../../sim/dst/pools.ts';
import { counterBehaviors } from './counters.ts';
import { HOG_MS, POOL, TOKEN } from './names.ts';

export interface NodeOrder {
  readonly name: string;
  readonly bus: string;
  /** Address of the API server, as this node reaches it. */
  readonly api: string;
  readonly failover: FailoverProfile;
  /** Whether it runs the next build, whose snapshots have a higher version. */
  readonly isNext: boolean;
}

const say = (fields: object, message: string): void => console.error(`${new Date().toISOString()} ${message} ${JSON.stringify(fields)}`);
const loud: Log = { ...silentLog, warn: say, error: say, child: () => loud };

const order = JSON.parse(process.argv[2] ?? '{}') as NodeOrder;
const { name, failover } = order;
const world = { clock: createSystemClock(), random: createSystemRandom(), log: loud, meter: silentMeter };
const connection = {
  server: new URL(order.api),
  credentials: staticCredentials('the chaos run', { token: TOKEN }),
  namespace: 'default',
  isUnverified: false,
};
const kubernetes = createCluster({ ...world, connection });
const target = createKubernetesTarget(kubernetes, {
  pool: POOL,
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: 'default',
  name: POOL,
  mode: 'direct',
  unschedulableAfterMs: 60_000,
});
const redis = parseRedisUrl(order.bus, 'bus', process.env);
const cluster = await joinCluster({ ...world, redis, name, failover, config: 'chaos', pools: [POOL], isNewConfig: false, build: 'chaos' });
const compute = createInlineCompute();
const pools = [poolSettings(POOL)];
const root = rootSettings([POOL]);
const builds = buildsOf({ pools, root, openNetwork: (packed) => compute.open(packed) });
if (order.isNext) builds.upgrade(0);
const node = createNode({
  ...world,
  name,
  bus: cluster.bus,
  pools,
  root,
  targets: () => target,
  compute,
  behaviors: [...builds.latest, ...counterBehaviors],
  settings: cluster.settings,
  isWanted: cluster.membership.isWanted,
  isUrgent: cluster.membership.isUrgent,
});
await cluster.start(node.runtime);
await node.start();
process.once('SIGTERM', () => {
  void cluster
    .leave()
    .then(() => node.stop())
    .then(() => cluster.close())
    .then(() => process.exit(0));
});
process.on('SIGUSR2', () => {
  const endMs = performance.now() + HOG_MS;
  while (performance.now() < endMs);
});
console.log('joined');
