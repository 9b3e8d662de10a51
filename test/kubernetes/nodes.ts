/** Plays the kubelets of a real cluster: nodes that are ready, pods that become ready after a while and go when told. */
import { isDeepStrictEqual } from 'node:util';
import type { KubernetesClient, KubernetesRequest } from '../../src/adapters/kubernetes/client.ts';
import { at, isObject, listAt, textAt, type JsonObject } from '../../src/adapters/kubernetes/json.ts';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { sleep } from '../../src/ports/clock.ts';

const clock = createSystemClock();
const POLL_MS = 100;
const BEAT_MS = 10_000;
const MERGE = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';

export interface Nodes {
  stop(): Promise<void>;
}

/** `podsMax`: pods that fit on the one node. */
export async function playNodes(admin: KubernetesClient, readyMs: number, podsMax: number): Promise<Nodes> {
  const send = async (request: Omit<KubernetesRequest, 'intent'>): Promise<JsonObject | undefined> => {
    const result = await admin.send({ ...request, intent: 'write' });
    return result.ok ? result.value : undefined;
  };
  const now = (): string => new Date().toISOString().replace(/\.\d+Z/, 'Z');
  await send({ method: 'POST', path: '/api/v1/nodes', body: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'fake-1' } } });
  const room = { cpu: '64', memory: '64Gi', pods: String(podsMax) };
  /** A node that says nothing for long loses its pods. */
  const beat = async (): Promise<void> => {
    const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: now(), lastTransitionTime: now() }];
    const status = { capacity: room, allocatable: room, conditions };
    await send({ method: 'PATCH', path: '/api/v1/nodes/fake-1/status', contentType: MERGE, body: { status } });
  };
  await beat();
  await send({ method: 'PATCH', path: '/api/v1/nodes/fake-1', contentType: MERGE, body: { spec: { taints: null } } });

  /** Gives a pod the size that its spec has since it was asked for another, or says that this will never fit. */
  const resize = async (pod: unknown, path: string): Promise<void> => {
    const wanted = listAt(pod, 'spec', 'containers').map((container) => at(container, 'resources'));
    const statuses = listAt(pod, 'status', 'containerStatuses');
    if (statuses.every((status, index) => isDeepStrictEqual(at(status, 'resources'), wanted[index]))) return;
    const tooLarge = wanted.some((one) => Number(textAt(one, 'requests', 'cpu') ?? 0) > Number(room.cpu));
    const pending = { type: 'PodResizePending', status: 'True', reason: 'Infeasible', message: "Node didn't have enough capacity: cpu" };
    const status = tooLarge
      ? { conditions: [{ ...pending, lastTransitionTime: now() }] }
      : { containerStatuses: statuses.map((one, index) => ({ ...(isObject(one) ? one : {}), resources: wanted[index] })) };
    if (tooLarge && listAt(pod, 'status', 'conditions').some((one) => textAt(one, 'type') === pending.type)) return;
    await send({ method: 'PATCH', path: `${path}/status`, contentType: STRATEGIC, body: { status } });
  };

  const placedMs = new Map<string, number>();
  const onPod = async (pod: unknown): Promise<void> => {
    const namespace = textAt(pod, 'metadata', 'namespace') ?? '';
    const name = textAt(pod, 'metadata', 'name') ?? '';
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    const uid = textAt(pod, 'metadata', 'uid') ?? name;
    if (textAt(pod, 'metadata', 'deletionTimestamp') !== undefined) {
      await send({ method: 'DELETE', path, body: { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 } });
      return;
    }
    if (textAt(pod, 'spec', 'nodeName') === undefined) return;
    if (textAt(pod, 'status', 'phase') === 'Running') return resize(pod, path);
    if (textAt(pod, 'status', 'phase') !== 'Pending') return;
    const sinceMs = placedMs.get(uid) ?? clock.monotonicMs();
    placedMs.set(uid, sinceMs);
    if (clock.monotonicMs() - sinceMs < readyMs) return;
    const ready = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: now(),
    }));
    const containerStatuses = listAt(pod, 'spec', 'containers').map((container) => ({
      name: textAt(container, 'name'),
      image: textAt(container, 'image'),
      imageID: '',
      ready: true,
      started: true,
      restartCount: 0,
      containerID: `fake://${uid}`,
      resources: at(container, 'resources'),
      state: { running: { startedAt: now() } },
    }));
    const body = { status: { phase: 'Running', startTime: now(), conditions: ready, containerStatuses } };
    await send({ method: 'PATCH', path: `${path}/status`, contentType: STRATEGIC, body });
  };

  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    let beatMs = clock.monotonicMs();
    while (!stopping.signal.aborted) {
      if (clock.monotonicMs() - beatMs > BEAT_MS) {
        beatMs = clock.monotonicMs();
        await beat();
      }
      const pods = await admin.send({ method: 'GET', path: '/api/v1/pods', intent: 'read' });
      if (pods.ok) for (const pod of listAt(pods.value, 'items')) if (isObject(at(pod, 'metadata'))) await onPod(pod);
      await sleep(clock, POLL_MS, stopping.signal);
    }
  };
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
