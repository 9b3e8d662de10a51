import { createCluster, type Cluster } from '../../../src/adapters/kubernetes/cluster.ts';
import { staticCredentials } from '../../../src/adapters/kubernetes/credentials.ts';
import type { KubernetesPoolSettings } from '../../../src/adapters/kubernetes/settings.ts';
import { createKubernetesTarget, type KubernetesTarget } from '../../../src/adapters/kubernetes/target.ts';
import { createRandom } from '../../../src/adapters/system/random.ts';
import { silentLog } from '../../../src/ports/log.ts';
import { ALMIGHTY, RECOMMENDED, type Rule, type User } from '../../../sim/kubernetes/access-rules.ts';
import { ApiServer } from '../../../sim/kubernetes/api-server.ts';
import { runHpas } from '../../../sim/kubernetes/hpa-controller.ts';
import type { KubeObject } from '../../../sim/kubernetes/objects.ts';
import { runWorkloads, type WorkloadOptions } from '../../../sim/kubernetes/workload-controller.ts';
import { createManualClock, type ManualClock } from '../manual-clock.ts';

export const NAMESPACE = 'default';
export const READY_MS = 30_000;

export interface TestCluster {
  readonly clock: ManualClock;
  readonly server: ApiServer;
  readonly url: URL;
  readonly workloads: { podsMax?: number; podsQuota?: number };
  /** An adapter's view of it, as a new process has it. */
  connect(rules?: readonly Rule[]): Cluster;
  target(settings?: Partial<KubernetesPoolSettings>, rules?: readonly Rule[]): KubernetesTarget;
  close(): Promise<void>;
}

const USERS: readonly (readonly [string, readonly Rule[]])[] = [
  ['admin', ALMIGHTY],
  ['forescale', RECOMMENDED],
];

export async function testCluster(users = USERS): Promise<TestCluster> {
  const clock = createManualClock();
  const tokens = new Map<string, User>(users.map(([name, rules]) => [`token-of-${name}`, { name, rules }]));
  const server = new ApiServer({ clock, tokens });
  const workloads: WorkloadOptions = { store: server.store, clock, readyMs: READY_MS };
  const stops = [
    runWorkloads(workloads),
    runHpas({ store: server.store, clock, syncMs: 15_000, wants: (_hpa, replicas) => wanted.get('hpa') ?? Math.min(1, replicas) }),
  ];
  const url = await server.listen();
  const clusters: Cluster[] = [];
  const connect = (rules: readonly Rule[] = RECOMMENDED): Cluster => {
    const token = `token-${tokens.size}`;
    tokens.set(token, { name: 'forescale', rules });
    const connection = { server: url, credentials: staticCredentials('a test', { token }), namespace: NAMESPACE, isUnverified: false };
    const cluster = createCluster({ connection, clock, random: createRandom('kubernetes'), log: silentLog });
    clusters.push(cluster);
    return cluster;
  };
  return {
    clock,
    server,
    url,
    workloads,
    connect,
    target: (settings, rules) => createKubernetesTarget(connect(rules), { ...poolSettings(), ...settings }),
    async close() {
      for (const stop of stops) stop();
      await Promise.all(clusters.map((cluster) => cluster.stop()));
      await server.close();
    },
  };
}

/** What the metric of an HPA wants, under the key `hpa`; 1 where nothing is set. */
export const wanted = new Map<string, number>();

export function poolSettings(): KubernetesPoolSettings {
  return {
    pool: 'web',
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: NAMESPACE,
    name: 'web',
    mode: 'auto',
    unschedulableAfterMs: 60_000,
  };
}

export function createDeployment(server: ApiServer, name = 'web', replicas = 1, kind = 'Deployment'): KubeObject {
  const apiVersion = kind === 'Widget' ? 'example.com/v1' : 'apps/v1';
  return server.create({ apiVersion, kind, metadata: { name }, spec: { replicas, selector: { matchLabels: { app: name } } } });
}

export function createHpa(server: ApiServer, name = 'web', owner?: string): KubeObject {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
  const metadata = { name: `${name}-hpa`, ...(owner === undefined ? {} : { ownerReferences: [{ kind: owner, name }] }) };
  return server.create({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 6 },
  });
}

/** Counts that our writes set, as the server's own history tells. */
export function journal(server: ApiServer, field: 'replicas' | 'minReplicas'): number[] {
  const counts: number[] = [];
  // As the pools of these tests are made.
  let last = 1;
  server.store.subscribe(({ kind, object }) => {
    const isOurs = field === 'minReplicas' ? kind.plural === 'horizontalpodautoscalers' : kind.isWorkload;
    const value = object.spec[field];
    if (!isOurs || typeof value !== 'number') return;
    if (value !== last) counts.push(value);
    last = value;
  });
  return counts;
}
