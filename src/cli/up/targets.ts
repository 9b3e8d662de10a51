import { createCluster, type Cluster } from '../../adapters/kubernetes/cluster.ts';
import { openConnection } from '../../adapters/kubernetes/open-connection.ts';
import { createKubernetesTarget, type KubernetesTarget } from '../../adapters/kubernetes/target.ts';
import type { ConfiguredPool, KubernetesTargetSettings } from '../../config/settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import type { Target } from '../../ports/target.ts';

/** Targets outside this machine, by pool. */
export interface RemoteTargets {
  of(pool: string): Target | undefined;
  /** Looks at each, so that what is wrong with it is in the log at once; nothing waits for a cluster that is down. */
  start(): void;
  stop(): Promise<void>;
}

/** @throws InputError when a pool's credentials cannot be read. */
export function createRemoteTargets(
  pools: readonly ConfiguredPool[],
  { clock, random, log }: { readonly clock: Clock; readonly random: Random; readonly log: Log },
): RemoteTargets {
  const clusters = new Map<string, { readonly cluster: Cluster; readonly namespace: string }>();
  const clusterOf = ({ kubeconfig, context }: KubernetesTargetSettings) => {
    const key = JSON.stringify([kubeconfig, context]);
    const present = clusters.get(key);
    if (present !== undefined) return present;
    const choice = { ...(kubeconfig === undefined ? {} : { file: kubeconfig }), ...(context === undefined ? {} : { context }) };
    const connection = openConnection(choice, clock, process.env);
    if (connection.isUnverified) log.warn({ server: connection.server.host }, 'the certificate of this server is not looked at');
    const made = { cluster: createCluster({ connection, clock, random: random.fork(key), log }), namespace: connection.namespace };
    clusters.set(key, made);
    return made;
  };
  const targets = new Map<string, KubernetesTarget>();
  for (const { pool, target } of pools) {
    if (target.kind !== 'kubernetes') continue;
    const { cluster, namespace } = clusterOf(target);
    const { apiVersion, workloadKind, name, mode, unschedulableAfterMs } = target;
    const settings = { pool, apiVersion, kind: workloadKind, namespace: target.namespace ?? namespace, name, mode, unschedulableAfterMs };
    targets.set(pool, createKubernetesTarget(cluster, settings));
  }
  return {
    of: (pool) => targets.get(pool),
    start() {
      for (const target of targets.values()) void target.prepare();
    },
    async stop() {
      await Promise.all([...clusters.values()].map(({ cluster }) => cluster.stop()));
    },
  };
}
