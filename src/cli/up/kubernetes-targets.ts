import { createCluster, type Cluster } from '../../adapters/kubernetes/cluster.ts';
import type { Connection } from '../../adapters/kubernetes/connection.ts';
import { openConnection } from '../../adapters/kubernetes/open-connection.ts';
import { createKubernetesTarget } from '../../adapters/kubernetes/target.ts';
import type { KubernetesTargetSettings } from '../../config/settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RemoteTarget, RemoteTargetKind, RemoteWorld } from './remote-target.ts';

/** Workloads of clusters; pools of one cluster share its watches. @throws InputError when credentials cannot be read. */
export function kubernetesTargets({ clock, random, log }: RemoteWorld): RemoteTargetKind<KubernetesTargetSettings> {
  const clusters = new Map<string, { readonly cluster: Cluster; readonly namespace: string }>();
  const clusterOf = ({ kubeconfig, context }: KubernetesTargetSettings) => {
    const key = JSON.stringify([kubeconfig, context]);
    const present = clusters.get(key);
    if (present !== undefined) return present;
    const connection = connectionOf(
      { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) },
      clock,
    );
    if (connection.isUnverified) log.warn({ server: connection.server.host }, 'the certificate of this server is not looked at');
    const made = { cluster: createCluster({ connection, clock, random: random.fork(key), log }), namespace: connection.namespace };
    clusters.set(key, made);
    return made;
  };
  return {
    create(pool, settings): RemoteTarget {
      const { cluster, namespace } = clusterOf(settings);
      const { apiVersion, workloadKind, name, mode, unschedulableAfterMs, sizing, headroom } = settings;
      const where = { namespace: settings.namespace ?? namespace, name };
      const target = createKubernetesTarget(cluster, {
        pool,
        apiVersion,
        kind: workloadKind,
        ...where,
        mode,
        unschedulableAfterMs,
        sizing,
        headroom,
      });
      const start = async (): Promise<void> => {
        target.start();
        void target.prepare();
      };
      return { target, start, stop: async () => {} };
    },
    async stop() {
      await Promise.all([...clusters.values()].map(({ cluster }) => cluster.stop()));
    },
  };
}

/** @throws InputError when credentials cannot be read. */
export function connectionOf({ kubeconfig, context }: Pick<KubernetesTargetSettings, 'kubeconfig' | 'context'>, clock: Clock): Connection {
  const choice = { ...(kubeconfig === undefined ? {} : { file: kubeconfig }), ...(context === undefined ? {} : { context }) };
  return openConnection(choice, clock, process.env);
}

/** Of the workload, as named or by the credentials. @throws InputError when those cannot be read. */
export function namespaceOf(settings: KubernetesTargetSettings, clock: Clock): string {
  return settings.namespace ?? connectionOf(settings, clock).namespace;
}
