import { at, isObject, listAt, textAt, type JsonObject } from '../json.ts';
import { cpuQuantity, memoryQuantity, parseQuantity } from './quantity.ts';

/** What one container of each pod is to request. */
export interface ContainerSize {
  /** undefined: the only one, or the first of several. */
  readonly container: string | undefined;
  readonly cores: number | undefined;
  readonly memoryBytes: number | undefined;
}

export interface PodSizing extends ContainerSize {
  /** `pods`: in place. `rollout`: by the template, which replaces every pod. */
  readonly by: 'pods' | 'rollout';
  /** A plan asked for it: an action waits for it, and no pod restarts for it. */
  readonly isPlanned?: boolean;
}

export interface Resources {
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
}

export type Resizing =
  | { readonly kind: 'as-wanted' }
  /** `resources`: those that change. */
  | { readonly kind: 'change'; readonly container: string; readonly index: number; readonly resources: Resources }
  | { readonly kind: 'impossible'; readonly why: string };

/** Sizes that differ by less are the same: servers round. */
const TOLERANCE = 1e-6;

/**
 * What to change in a pod's spec, or a template's. A limit keeps its ratio to the request, so that the class of service stays
 * what it is, which no server lets change.
 */
export function resizingOf(podSpec: unknown, size: ContainerSize): Resizing {
  const containers = listAt(podSpec, 'containers');
  const index = size.container === undefined ? 0 : containers.findIndex((one) => textAt(one, 'name') === size.container);
  const found = containers[index];
  const container = textAt(found, 'name');
  if (container === undefined) return { kind: 'impossible', why: `there is no container ${size.container ?? ''}`.trimEnd() };
  const requests: Record<string, string> = {};
  const limits: Record<string, string> = {};
  for (const [resource, wanted, write] of [
    ['cpu', size.cores, cpuQuantity],
    ['memory', size.memoryBytes, memoryQuantity],
  ] as const) {
    if (wanted === undefined) continue;
    const request = parseQuantity(at(found, 'resources', 'requests', resource));
    const limit = parseQuantity(at(found, 'resources', 'limits', resource));
    if (request === undefined || request <= 0)
      return { kind: 'impossible', why: `container ${container} requests no ${resource}, and a request cannot be added to a pod` };
    if (isSame(request, wanted)) continue;
    requests[resource] = write(wanted);
    if (limit !== undefined) limits[resource] = isSame(limit, request) ? write(wanted) : write((wanted * limit) / request);
  }
  if (Object.keys(requests).length === 0) return { kind: 'as-wanted' };
  return { kind: 'change', container, index, resources: { requests, limits } };
}

/** `sized`: the container runs with it, as the node says. Otherwise why not, in the words of the cluster. */
export type PodSize =
  | { readonly kind: 'sized' }
  | { readonly kind: 'resizing' | 'deferred' | 'infeasible' | 'failed'; readonly message: string };

/** Of a pod whose spec is as wanted. What counts is what the node tells of the container, not what was asked for. */
export function podSizeOf(pod: JsonObject, size: ContainerSize): PodSize {
  const pending = conditionOf(pod, 'PodResizePending');
  if (pending !== undefined) {
    const message = textAt(pending, 'message') ?? '';
    const reason = textAt(pending, 'reason');
    if (reason === 'Infeasible') return { kind: 'infeasible', message };
    return { kind: 'deferred', message: message === '' ? 'no room on its node now' : message };
  }
  const running = conditionOf(pod, 'PodResizeInProgress');
  if (running !== undefined) {
    const message = textAt(running, 'message') ?? '';
    return textAt(running, 'reason') === 'Error' ? { kind: 'failed', message } : { kind: 'resizing', message };
  }
  const name = size.container ?? textAt(at(pod, 'spec', 'containers'), 0, 'name');
  const told = listAt(pod, 'status', 'containerStatuses').find((one) => textAt(one, 'name') === name);
  for (const [resource, wanted] of [
    ['cpu', size.cores],
    ['memory', size.memoryBytes],
  ] as const) {
    if (wanted === undefined) continue;
    // A cluster without `pods/resize` tells no sizes: there what was asked for at the start is what runs.
    if (at(told, 'ready') === true && at(told, 'resources') === undefined) break;
    const actual = parseQuantity(at(told, 'resources', 'requests', resource));
    if (actual === undefined || !isSame(actual, wanted)) return { kind: 'resizing', message: 'the node has not told the new size yet' };
  }
  return { kind: 'sized' };
}

/** Whether the container would be started anew for it. */
export function isRestart(podSpec: unknown, { index, resources }: Extract<Resizing, { readonly kind: 'change' }>): boolean {
  return listAt(podSpec, 'containers', index, 'resizePolicy').some(
    (policy) => textAt(policy, 'restartPolicy') === 'RestartContainer' && (textAt(policy, 'resourceName') ?? '') in resources.requests,
  );
}

export function conditionOf(pod: JsonObject, type: string): unknown {
  return listAt(pod, 'status', 'conditions').find((one) => isObject(one) && one['type'] === type && one['status'] === 'True');
}

function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}
