import type { Clock } from '../../src/ports/clock.ts';
import type { ObjectStore } from './object-store.ts';
import { KINDS, replicasOf, type Kind, type KubeObject } from './objects.ts';
import { statusesOf } from './kubelet.ts';
import { containersOf } from './resize.ts';
import { selectorLabels } from './verbs.ts';

export interface WorkloadOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** From a pod's place on a node to its readiness, milliseconds. */
  readonly readyMs: number;
  /** Pods that fit on the nodes. Default: any number. */
  podsMax?: number;
  /** Pods that a quota allows for one workload. Default: any number. */
  podsQuota?: number;
}

/** A pod as the controller has it in hand; the store has it for everybody. */
interface Pod {
  readonly name: string;
  readonly owner: Owner;
  phase: 'unplaced' | 'starting' | 'ready';
}

interface Owner {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  pods: readonly Pod[];
}

const POD = KINDS.find(({ kind }) => kind === 'Pod');
const QUOTA = 'pods "web" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=2, limited: pods=2';

/** Plays the workload controllers, the scheduler and the kubelets: makes pods of workloads, ready after a while. */
export function runWorkloads(options: WorkloadOptions): () => void {
  const { store, clock } = options;
  const owners = new Map<string, Owner>();
  let serial = 0;
  let placed = 0;

  const keep = (pod: Pod, workload: KubeObject): void => {
    if (POD === undefined) return;
    const { namespace } = pod.owner;
    const template = (workload.spec['template'] ?? {}) as { readonly spec?: Record<string, unknown> };
    // What was resized meanwhile stays.
    const spec = store.get(POD, namespace, pod.name)?.spec ?? template.spec ?? {};
    const sizes = containersOf(spec).length === 0 ? {} : { containerStatuses: statusesOf(spec) };
    const metadata = {
      name: pod.name,
      namespace,
      uid: pod.name,
      resourceVersion: '',
      generation: 0,
      creationTimestamp: '',
      labels: { ...selectorLabels(workload) },
    };
    store.put(POD, { apiVersion: 'v1', kind: 'Pod', metadata, spec, status: { ...statusOf(pod), ...sizes } });
  };
  const place = (pod: Pod): void => {
    if (placed >= (options.podsMax ?? Number.POSITIVE_INFINITY)) return;
    placed += 1;
    pod.phase = 'starting';
    clock.setTimer(options.readyMs, () => {
      if (!pod.owner.pods.includes(pod)) return;
      pod.phase = 'ready';
      const workload = store.get(pod.owner.kind, pod.owner.namespace, pod.owner.name);
      if (workload === undefined) return;
      keep(pod, workload);
      tellStatus(pod.owner, workload, []);
    });
  };
  const end = (owner: Owner, pod: Pod): void => {
    owner.pods = owner.pods.filter((one) => one !== pod);
    if (pod.phase !== 'unplaced') placed -= 1;
    if (POD !== undefined) store.delete(POD, owner.namespace, pod.name);
  };
  const tellStatus = ({ kind, pods }: Owner, workload: KubeObject, conditions: readonly object[]): void => {
    const readyReplicas = pods.filter(({ phase }) => phase === 'ready').length;
    const counts = { replicas: pods.length, updatedReplicas: pods.length, ...(readyReplicas === 0 ? {} : { readyReplicas }) };
    // A custom resource tells nobody how many of its pods are ready.
    const told = kind.group === 'apps' ? counts : { replicas: pods.length };
    store.put(kind, { ...workload, status: { observedGeneration: workload.metadata.generation, ...told, conditions } });
  };

  /** Makes or ends pods until there are as many as wanted, newest ones that do not serve first. */
  const reconcile = (owner: Owner, workload: KubeObject): void => {
    const replicas = replicasOf(workload);
    const room = options.podsQuota ?? Number.POSITIVE_INFINITY;
    const serving = (pod: Pod): number => Number(pod.phase === 'ready');
    const extra = [...owner.pods].sort((a, b) => serving(b) - serving(a)).slice(replicas);
    for (const pod of extra) end(owner, pod);
    while (owner.pods.length < Math.min(replicas, room)) {
      serial += 1;
      const pod: Pod = { name: `${owner.name}-${serial}`, owner, phase: 'unplaced' };
      owner.pods = [...owner.pods, pod];
      place(pod);
      keep(pod, workload);
    }
    const isRefused = owner.pods.length < replicas;
    tellStatus(owner, workload, isRefused ? [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: QUOTA }] : []);
  };
  const onWorkload = (kind: Kind, workload: KubeObject, isGone: boolean): void => {
    const { namespace, name } = workload.metadata;
    const key = `${kind.plural}/${namespace}/${name}`;
    const owner = owners.get(key) ?? { kind, namespace, name, pods: [] };
    owners.set(key, owner);
    if (isGone) for (const pod of owner.pods) end(owner, pod);
    else if (workload.status['observedGeneration'] !== workload.metadata.generation) reconcile(owner, workload);
  };
  for (const kind of KINDS.filter(({ isWorkload }) => isWorkload)) for (const one of store.all(kind)) onWorkload(kind, one, false);
  return store.subscribe(({ kind, object, type }) => {
    if (kind.isWorkload) onWorkload(kind, object, type === 'DELETED');
  });
}

function statusOf({ phase }: Pod): Record<string, unknown> {
  if (phase === 'ready') return { phase: 'Running', conditions: ['PodScheduled', 'Ready'].map((type) => ({ type, status: 'True' })) };
  const message = '0/2 nodes are available: 2 Insufficient cpu.';
  const conditions = phase === 'unplaced' ? [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] : [];
  return { phase: 'Pending', conditions };
}
