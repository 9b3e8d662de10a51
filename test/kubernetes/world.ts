/** What the tests on a real server make there: workloads, HPAs, rights, and targets that act on them. */
import type { TestContext } from 'node:test';
import { createCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { listAt, type JsonObject } from '../../src/adapters/kubernetes/json.ts';
import type { KubernetesPoolSettings } from '../../src/adapters/kubernetes/settings.ts';
import { createKubernetesTarget, type KubernetesTarget } from '../../src/adapters/kubernetes/target.ts';
import { createRandom } from '../../src/adapters/system/random.ts';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { silentLog } from '../../src/ports/log.ts';
import { sleep } from '../../src/ports/clock.ts';
import { poolSettings } from '../adapters/kubernetes/support.ts';
import { manifest } from '../contracts/kubernetes-api.ts';
import type { ControlPlane } from './control-plane.ts';
import { until } from '../until.ts';

export const clock = createSystemClock();
/** Pods that fit on the one node. */
export const PODS_MAX = 20;

const LOOK = {
  apiGroups: ['apps', 'autoscaling', ''],
  resources: ['deployments', 'horizontalpodautoscalers', 'pods'],
  verbs: ['get', 'list', 'watch'],
};
const RULES = {
  forescale: [
    LOOK,
    { apiGroups: ['apps', 'autoscaling'], resources: ['deployments', 'horizontalpodautoscalers'], verbs: ['patch'] },
    { apiGroups: ['apps'], resources: ['deployments'], verbs: ['create', 'delete'] },
    { apiGroups: [''], resources: ['pods/resize'], verbs: ['patch'] },
    { apiGroups: ['autoscaling.x-k8s.io'], resources: ['capacitybuffers'], verbs: ['get', 'create', 'patch', 'delete'] },
    { apiGroups: ['forescale.io'], resources: ['predictivescalers'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['forescale.io'], resources: ['predictivescalers/status'], verbs: ['patch'] },
  ],
  scaler: [LOOK, { apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['get', 'patch'] }],
};

/** The rights that docs/targets.md asks for, and those for the scale only. */
export async function allow({ admin }: ControlPlane): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  for (const [name, rules] of Object.entries(RULES)) {
    const base = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name, namespace: 'default' } };
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
    const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name }];
    await must(admin.send({ method: 'POST', path: `${rbac}/roles`, body: { ...base, kind: 'Role', rules }, intent: 'write' }));
    await must(
      admin.send({
        method: 'POST',
        path: `${rbac}/rolebindings`,
        body: { ...base, kind: 'RoleBinding', roleRef, subjects },
        intent: 'write',
      }),
    );
  }
}

export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
export const HPAS = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';

export async function createWorkload({ admin }: ControlPlane, name: string, hasHpa: boolean): Promise<void> {
  await must(admin.send({ method: 'POST', path: DEPLOYMENTS, body: manifest(1, name), intent: 'write' }));
  if (!hasHpa) return;
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
  const metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
  const behavior = { scaleDown: { stabilizationWindowSeconds: 0 } };
  const spec = { scaleTargetRef, minReplicas: 1, maxReplicas: PODS_MAX + 10, metrics, behavior };
  const body = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name, namespace: 'default' }, spec };
  await must(admin.send({ method: 'POST', path: HPAS, body, intent: 'write' }));
}

/** With its pods, which would else take the room of those that come next. */
export async function removeWorkload(plane: ControlPlane, name: string): Promise<void> {
  const { admin } = plane;
  await admin.send({ method: 'DELETE', path: `${HPAS}/${name}`, intent: 'write' });
  await admin.send({ method: 'DELETE', path: `${DEPLOYMENTS}/${name}`, intent: 'write' });
  const pods = `/api/v1/namespaces/default/pods?labelSelector=app%3D${name}`;
  await until(async () => listAt(await get(plane, pods), 'items').length === 0, `the pods of ${name} are gone`, 60_000);
}

export async function must(result: ReturnType<ControlPlane['admin']['send']>): Promise<JsonObject> {
  const ended = await result;
  if (!ended.ok) throw new Error(ended.error.message);
  return ended.value;
}

export const get = ({ admin }: ControlPlane, path: string): Promise<JsonObject> =>
  must(admin.send({ method: 'GET', path, intent: 'read' }));

export const post = ({ admin }: ControlPlane, path: string, body: unknown): Promise<JsonObject> =>
  must(admin.send({ method: 'POST', path, body, intent: 'write' }));

/** A target that is started, over TLS with the certificate of that user. */
export function startTarget(
  t: TestContext,
  plane: ControlPlane,
  settings: Partial<KubernetesPoolSettings>,
  user = 'forescale',
): KubernetesTarget {
  const cluster = createCluster({ connection: plane.connection(user), clock, random: createRandom('real'), log: silentLog });
  t.after(() => cluster.stop());
  const target = createKubernetesTarget(cluster, { ...poolSettings(), ...settings });
  target.start();
  return target;
}

/** Reads the target, as the engine does, until that is so. */
export async function watchUntil(
  target: KubernetesTarget,
  isSo: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 90_000,
): Promise<void> {
  const untilMs = clock.monotonicMs() + withinMs;
  while (clock.monotonicMs() < untilMs) {
    await target.get('web');
    if (await isSo()) return;
    await sleep(clock, 500);
  }
  throw new Error(
    `${what} did not happen within ${withinMs} ms; sizes ${JSON.stringify(target.sizes)}, headroom ${JSON.stringify(target.headroom)}`,
  );
}
