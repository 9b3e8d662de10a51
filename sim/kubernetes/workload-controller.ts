import type { Clock } from '../../src/ports/clock.ts';
import { selectorLabels } from './verbs.ts';
import type { ObjectStore } from './object-store.ts';
import { KINDS, replicasOf, type Kind, type KubeObject } from './objects.ts';

export interface WorkloadOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** From a pod's place on a node to its readiness, milliseconds. */
  readonly readyMs: number;
  /** Pods that fit on the nodes. Default: any number. */
  podsMax?: number;
  /** Pods that a quota allows. Default: any number. */
  podsQuota?: number;
}

const [POD] = KINDS.filter(({ kind }) => kind === 'Pod');

/** Plays the workload controllers, the scheduler and the kubelets: makes pods of workloads, ready after a while. */
export function runWorkloads(options: WorkloadOptions): () => void {
  const { store, clock } = options;
  if (POD === undefined) throw new Error('there is no kind Pod');
  const pod = POD;
  let serial = 0;

  const podsOf = (workload: KubeObject): KubeObject[] => {
    const labels = Object.entries(selectorLabels(workload));
    const isOurs = ({ metadata }: KubeObject): boolean => labels.every(([key, value]) => metadata.labels?.[key] === value);
    return store.list(pod, workload.metadata.namespace).filter(isOurs);
  };
  const isReady = ({ status }: KubeObject): boolean => status['phase'] === 'Running';
  const isPlaced = ({ status }: KubeObject): boolean => status['phase'] !== 'Pending' || !('unplaced' in status);

  const start = (workload: KubeObject): void => {
    serial += 1;
    const name = `${workload.metadata.name}-${serial}`;
    const { namespace } = workload.metadata;
    const metadata = {
      name,
      namespace,
      uid: `pod-${serial}`,
      resourceVersion: '',
      generation: 0,
      creationTimestamp: '',
      labels: { ...selectorLabels(workload) },
    };
    store.put(pod, { apiVersion: 'v1', kind: 'Pod', metadata, spec: {}, status: pending(false) });
    place(namespace, name);
  };
  const place = (namespace: string, name: string): void => {
    const found = store.get(pod, namespace, name);
    if (found === undefined) return;
    const placed = store.all(pod).filter((one) => one.metadata.name !== name && isPlaced(one)).length;
    if (placed >= (options.podsMax ?? Number.POSITIVE_INFINITY)) {
      store.put(pod, { ...found, status: pending(true) });
      return;
    }
    store.put(pod, { ...found, status: pending(false) });
    clock.setTimer(options.readyMs, () => becomeReady(namespace, name));
  };
  const becomeReady = (namespace: string, name: string): void => {
    const found = store.get(pod, namespace, name);
    if (found === undefined || !isPlaced(found)) return;
    const conditions = ['PodScheduled', 'Ready'].map((type) => ({ type, status: 'True' }));
    store.put(pod, { ...found, status: { phase: 'Running', conditions } });
  };

  /** One look at a workload: makes or ends pods, and tells its status. */
  const reconcile = (kind: Kind, workload: KubeObject): void => {
    const pods = podsOf(workload).sort((a, b) => Number(isReady(b)) - Number(isReady(a)));
    const wanted = replicasOf(workload);
    for (const extra of pods.slice(wanted)) store.delete(pod, extra.metadata.namespace, extra.metadata.name);
    const room = (options.podsQuota ?? Number.POSITIVE_INFINITY) - Math.min(pods.length, wanted);
    const missing = Math.max(0, wanted - pods.length);
    for (let made = 0; made < Math.min(missing, room); made += 1) start(workload);
    const failure = missing > room ? [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: QUOTA }] : [];
    tellStatus(kind, workload, failure);
  };
  const tellStatus = (kind: Kind, { metadata: { namespace, name } }: KubeObject, conditions: readonly object[]): void => {
    const workload = store.get(kind, namespace, name);
    if (workload === undefined) return;
    const pods = podsOf(workload);
    const readyReplicas = pods.filter(isReady).length;
    const { generation } = workload.metadata;
    const counts = { replicas: pods.length, updatedReplicas: pods.length, ...(readyReplicas === 0 ? {} : { readyReplicas }) };
    // A custom resource tells nobody how many of its pods are ready.
    const told = kind.group === 'apps' ? counts : { replicas: pods.length };
    store.put(kind, { ...workload, status: { observedGeneration: generation, ...told, conditions } });
  };

  let isBusy = false;
  const reconcileAll = (): void => {
    if (isBusy) return;
    isBusy = true;
    for (const kind of KINDS.filter(({ isWorkload }) => isWorkload)) for (const one of store.all(kind)) reconcile(kind, one);
    for (const one of store.all(pod)) if (!isPlaced(one)) place(one.metadata.namespace, one.metadata.name);
    isBusy = false;
  };
  reconcileAll();
  return store.subscribe(({ kind }) => {
    if (kind.isWorkload || kind === pod) reconcileAll();
  });
}

const QUOTA = 'pods "web" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=2, limited: pods=2';

function pending(isUnplaced: boolean): Record<string, unknown> {
  const message = '0/2 nodes are available: 2 Insufficient cpu.';
  const conditions = isUnplaced ? [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] : [];
  return { phase: 'Pending', conditions, ...(isUnplaced ? { unplaced: true } : {}) };
}
