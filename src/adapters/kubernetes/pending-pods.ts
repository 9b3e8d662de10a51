import type { Failed } from '../http/target-failure.ts';
import type { KubernetesClient } from './client.ts';
import { isObject, listAt, textAt } from './json.ts';
import { podResource } from './resource.ts';

/** Pods of a workload that are not ready, and why. */
export interface PendingPods {
  /** Those for which no node has room. */
  readonly unschedulable: number;
  /** The scheduler's words about the first of them. */
  readonly schedulerSays: string;
  /** Why a container of another one does not run, e.g. `ImagePullBackOff`. */
  readonly waiting: string | undefined;
  /** Pods that are ready and not on their way out. */
  readonly ready: number;
}

const PODS_MAX = 500;

export async function readPods(
  client: KubernetesClient,
  namespace: string,
  selector: string,
): Promise<{ readonly ok: true; readonly value: PendingPods } | Failed> {
  const query = `labelSelector=${encodeURIComponent(selector)}&limit=${PODS_MAX}`;
  const listed = await client.send({ method: 'GET', path: `${podResource(namespace).collection}?${query}`, intent: 'read' });
  if (!listed.ok) return listed;
  let unschedulable = 0;
  let schedulerSays = '';
  let waiting: string | undefined;
  let ready = 0;
  for (const pod of listAt(listed.value, 'items')) {
    if (textAt(pod, 'metadata', 'deletionTimestamp') !== undefined) continue;
    const scheduled = conditionOf(pod, 'PodScheduled');
    if (textAt(conditionOf(pod, 'Ready'), 'status') === 'True') ready += 1;
    else if (textAt(scheduled, 'status') === 'False' && textAt(scheduled, 'reason') === 'Unschedulable') {
      unschedulable += 1;
      schedulerSays ||= textAt(scheduled, 'message') ?? '';
    } else waiting ??= waitingReasonOf(pod);
  }
  return { ok: true, value: { unschedulable, schedulerSays, waiting, ready } };
}

function conditionOf(pod: unknown, type: string): unknown {
  return listAt(pod, 'status', 'conditions').find((condition) => isObject(condition) && condition['type'] === type);
}

function waitingReasonOf(pod: unknown): string | undefined {
  for (const container of listAt(pod, 'status', 'containerStatuses')) {
    const reason = textAt(container, 'state', 'waiting', 'reason');
    if (reason !== undefined && reason !== 'ContainerCreating' && reason !== 'PodInitializing') return reason;
  }
  return undefined;
}
