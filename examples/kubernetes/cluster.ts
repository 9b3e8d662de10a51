/** A cluster with one Deployment whose pods take a minute to become ready, and the HPA that scales it by its load. */
import { ALMIGHTY } from '../../sim/kubernetes/access-rules.ts';
import { ApiServer } from '../../sim/kubernetes/api-server.ts';
import { runHpas } from '../../sim/kubernetes/hpa-controller.ts';
import { KINDS, replicasOf, type KubeObject } from '../../sim/kubernetes/objects.ts';
import { runWorkloads } from '../../sim/kubernetes/workload-controller.ts';
import type { Connection } from '../../src/adapters/kubernetes/connection.ts';
import { staticCredentials } from '../../src/adapters/kubernetes/credentials.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** Requests a second that one pod serves. */
export const CAPACITY = 20;
export const PODS_MAX = 40;
const TOKEN = 'example';
export const READY_MS = 60_000;
export const SYNC_MS = 15_000;
/** As in the examples of Kubernetes: half of what a pod can do would be 50. */
export const TARGET_SHARE = 0.7;
/** Default of the HPA, which lowers nothing that it wanted within this time. */
export const STABLE_MS = 300_000;
/** And does not move for less than this. */
const TOLERANCE = 0.1;

export interface ExampleCluster {
  readonly connection: Connection;
  readonly namespace: string;
  /** Pods that serve. */
  ready(): number;
  /** Pods that are asked for: what is paid for. */
  asked(): number;
  /** `minReplicas` of the HPA. */
  floor(): number;
  stop(): Promise<void>;
}

export async function startCluster(clock: Clock, demand: () => number): Promise<ExampleCluster> {
  const server = new ApiServer({ clock, tokens: new Map([[TOKEN, { name: 'forescale', rules: ALMIGHTY }]]) });
  const find = (plural: string): KubeObject => {
    const kind = KINDS.find((one) => one.plural === plural);
    const found = kind === undefined ? undefined : server.store.get(kind, 'default', 'web');
    if (found === undefined) throw new Error(`there is no web among the ${plural}`);
    return found;
  };
  const workload = (): KubeObject => find('deployments');
  const readyNow = (): number => Number(workload().status['readyReplicas'] ?? 0);
  const recent: { readonly atMs: number; readonly wanted: number }[] = [];
  /** The HPA's own rule, on the load of the pods that serve. */
  const wants = (_hpa: KubeObject, replicas: number): number => {
    const ready = Math.max(1, readyNow());
    const ratio = Math.min(1, demand() / (ready * CAPACITY)) / TARGET_SHARE;
    const nowMs = clock.monotonicMs();
    const wanted = Math.abs(ratio - 1) <= TOLERANCE ? replicas : Math.ceil(ready * ratio);
    recent.push({ atMs: nowMs, wanted });
    while ((recent[0]?.atMs ?? nowMs) < nowMs - STABLE_MS) recent.shift();
    const most = Math.max(...recent.map((one) => one.wanted));
    return wanted >= replicas ? wanted : Math.min(replicas, most);
  };
  const stops = [
    runWorkloads({ store: server.store, clock, readyMs: READY_MS }),
    runHpas({ store: server.store, clock, syncMs: SYNC_MS, wants }),
  ];
  server.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas: 4, selector: { matchLabels: { app: 'web' } } },
  });
  server.create({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: PODS_MAX },
  });
  const credentials = staticCredentials('the example', { token: TOKEN });
  return {
    connection: { server: await server.listen(), credentials, namespace: 'default', isUnverified: false },
    namespace: 'default',
    ready: readyNow,
    asked: () => replicasOf(workload()),
    floor: () => Number(find('horizontalpodautoscalers').spec['minReplicas']),
    async stop() {
      for (const stop of stops) stop();
      await server.close();
    },
  };
}
