/** The same on a real API server with its controllers and scheduler; only nodes and the load are played. Its time runs as fast as that of the rest. */
import { createServer } from 'node:https';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { at } from '../../src/adapters/kubernetes/json.ts';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { sleep } from '../../src/ports/clock.ts';
import { registerMetrics } from '../../test/kubernetes/aggregation.ts';
import type { Binaries } from '../../test/kubernetes/binaries.ts';
import { startControlPlane } from '../../test/kubernetes/control-plane.ts';
import { playNodes } from '../../test/kubernetes/nodes.ts';
import { get, post } from '../../test/kubernetes/world.ts';
import { CAPACITY, PODS_MAX, READY_MS, STABLE_MS, SYNC_MS, TARGET_SHARE, type ExampleCluster } from './cluster.ts';

const LOOK_MS = 100;
const METRIC = 'load_share';

export interface RealCluster {
  /** A namespace of its own for each contestant. */
  contestant(namespace: string, demand: () => number): Promise<ExampleCluster>;
  stop(): Promise<void>;
}

export async function startRealCluster(binaries: Binaries, speed: number): Promise<RealCluster> {
  const plane = await startControlPlane(binaries, { syncMs: SYNC_MS / speed, stabilizationMs: STABLE_MS / speed });
  const nodes = await playNodes(plane.admin, READY_MS / speed, 2 * PODS_MAX + 10);
  /** What a pod that serves has to do, of what it can: by namespace. */
  const shares = new Map<string, () => number>();
  const root = '/apis/external.metrics.k8s.io/v1beta1';
  const answer = (path: string): object => {
    const namespace = /namespaces\/([^/]+)\//.exec(path)?.[1];
    const share = namespace === undefined ? undefined : shares.get(namespace);
    if (share === undefined) {
      const resources = [{ name: METRIC, namespaced: true, kind: 'ExternalMetricValueList', singularName: '', verbs: ['get'] }];
      return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'external.metrics.k8s.io/v1beta1', resources };
    }
    const value = `${Math.round(share() * 1_000)}m`;
    const item = { metricName: METRIC, metricLabels: {}, timestamp: new Date().toISOString(), value };
    return { kind: 'ExternalMetricValueList', apiVersion: 'external.metrics.k8s.io/v1beta1', metadata: {}, items: [item] };
  };
  const identity = { cert: readFileSync(plane.file('external-metrics.crt')), key: readFileSync(plane.file('external-metrics.key')) };
  const metrics = createServer(identity, (request, response) => {
    const path = request.url ?? '';
    response.writeHead(path.startsWith(root) ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer(path)));
  });
  await new Promise<void>((resolve) => void metrics.listen(0, '127.0.0.1', resolve));
  await registerMetrics(plane, (metrics.address() as AddressInfo).port);
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const rules = [{ apiGroups: ['external.metrics.k8s.io'], resources: [METRIC], verbs: ['get', 'list'] }];
  await post(plane, `${rbac}/clusterroles`, { metadata: { name: METRIC }, rules });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: METRIC };
  const subjects = [{ kind: 'ServiceAccount', name: 'horizontal-pod-autoscaler', namespace: 'kube-system' }];
  await post(plane, `${rbac}/clusterrolebindings`, { metadata: { name: METRIC }, roleRef, subjects });
  const stopping = new AbortController();
  const looking: Promise<void>[] = [];

  return {
    async contestant(namespace, demand) {
      await post(plane, '/api/v1/namespaces', { metadata: { name: namespace } });
      const containers = [{ name: 'web', image: 'example/web:1', resources: { requests: { cpu: '100m' } } }];
      const template = { metadata: { labels: { app: 'web' } }, spec: { containers } };
      const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
      const spec = { replicas: 4, selector: { matchLabels: { app: 'web' } }, template };
      await post(plane, deployments, { metadata: { name: 'web' }, spec });
      const hpas = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`;
      const target = { type: 'Value', value: `${TARGET_SHARE * 1_000}m` };
      const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
      const byShare = [{ type: 'External', external: { metric: { name: METRIC }, target } }];
      const hpaSpec = { scaleTargetRef, minReplicas: 1, maxReplicas: PODS_MAX, metrics: byShare };
      await post(plane, hpas, { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web' }, spec: hpaSpec });
      let seen = { ready: 0, asked: 4, floor: 1 };
      const look = async (): Promise<void> => {
        while (!stopping.signal.aborted) {
          const [workload, hpa] = await Promise.all([get(plane, `${deployments}/web`), get(plane, `${hpas}/web`)]);
          const asked = Number(at(workload, 'spec', 'replicas'));
          const ready = Math.min(asked, Number(at(workload, 'status', 'readyReplicas') ?? 0));
          seen = { ready, asked, floor: Number(at(hpa, 'spec', 'minReplicas')) };
          await sleep(createSystemClock(), LOOK_MS, stopping.signal);
        }
      };
      looking.push(look());
      shares.set(namespace, () => Math.min(1, demand() / (Math.max(1, seen.ready) * CAPACITY)));
      return {
        connection: plane.connection('admin'),
        namespace,
        ready: () => seen.ready,
        asked: () => seen.asked,
        floor: () => seen.floor,
        stop: async () => {},
      };
    },
    async stop() {
      stopping.abort();
      await Promise.all(looking);
      await nodes.stop();
      metrics.closeAllConnections();
      await new Promise((resolve) => void metrics.close(resolve));
      await plane.stop();
    },
  };
}
