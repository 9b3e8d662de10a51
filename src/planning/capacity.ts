import type { Resource } from '../protocol/resource.ts';
import type { ReplicaCapacity } from './settings.ts';

const KEYS = {
  requests: 'requestsPerSecond',
  cpu: 'cpuMillicores',
  memory: 'memoryBytes',
  network: 'networkBytesPerSecond',
} as const satisfies Record<Resource, keyof ReplicaCapacity>;

/** What one replica serves of a resource, in its wire unit; undefined when the resource does not bound it. */
export function capacityOf(capacity: ReplicaCapacity, resource: Resource): number | undefined {
  return capacity[KEYS[resource]];
}

/** A quotient that should be whole but for rounding is not pushed up to the next replica. */
const TOLERANCE = 1e-9;

/** Whole replicas for a load; at least one for any load above zero. */
export function replicasFor(load: number, perReplica: number): number {
  return Math.ceil((load / perReplica) * (1 - TOLERANCE));
}

/** How many replicas the tightest resource needs, and which it is. */
export interface Need {
  readonly replicas: number;
  readonly bottleneck: Resource;
  /** Load of that resource. */
  readonly load: number;
  readonly perReplica: number;
}

/** A need over (now, now + horizon]. */
export interface HorizonNeed extends Need {
  readonly horizonMs: number;
}

/** Load of one resource, in its wire unit. */
export interface ResourceLoad {
  readonly resource: Resource;
  /** null or not finite: not known. */
  readonly load: number | null | undefined;
}

/**
 * The most that any bounding resource needs. undefined when a resource that bounds a replica has no known load: one
 * unknown resource could be the tightest, so nothing can be said.
 */
export function needOf(loads: readonly ResourceLoad[], capacity: ReplicaCapacity): Need | undefined {
  let most: Need | undefined;
  let ratioMost = -1;
  for (const { resource, load } of loads) {
    const perReplica = capacityOf(capacity, resource);
    if (perReplica === undefined) continue;
    if (load === null || load === undefined || !(load >= 0 && Number.isFinite(load))) return undefined;
    const ratio = load / perReplica;
    if (ratio <= ratioMost) continue;
    ratioMost = ratio;
    most = { replicas: replicasFor(load, perReplica), bottleneck: resource, load, perReplica };
  }
  return most;
}
