import type { Candidate, SizePlan } from '../protocol/plan.ts';
import type { ReplicaSize } from '../protocol/resource.ts';
import type { PlanInputs } from './inputs.ts';
import type { PlannerSettings, ReplicaCapacity } from './settings.ts';
import { capacityAt } from './vertical.ts';

/** A change of size that is to be carried out. */
export interface Resizing {
  readonly size: ReplicaSize;
  /** Of the new size that the load calls for. */
  readonly replicas: number;
}

/**
 * The size is changed in an action of its own, with the count as it is, and only when as many are ready as are needed of the new
 * size: smaller replicas are more before they are smaller, larger ones are fewer after they are larger. So no step leaves
 * less capacity than the load calls for. undefined: it is not worth a change, or may not be.
 */
export function resizingOf(
  sizing: SizePlan | undefined,
  winner: Candidate,
  inputs: PlanInputs,
  { vertical: rules, replicaCapacity }: PlannerSettings,
): Resizing | undefined {
  if (rules?.apply !== true || sizing?.advised !== true || inputs.vertical?.hindrance !== undefined) return undefined;
  const { cpuMillicores, memoryBytes } = sizing;
  const size = { cpuMillicores, memoryBytes };
  // The plan of sizes knows what the forecast and the load call for; not what the followed rule does, which counts in the present size.
  const called = winner.name === 'followed' ? winner.replicas : 0;
  const share = largestShare(replicaCapacity, capacityAt(replicaCapacity, inputs.vertical?.present ?? rules.size, size));
  return { size, replicas: Math.max(sizing.replicas, Math.ceil(called * share)) };
}

/** How many of the new replicas one of the present is worth at the most. */
export function largestShare(now: ReplicaCapacity, after: ReplicaCapacity): number {
  const keys = ['requestsPerSecond', 'cpuMillicores', 'memoryBytes', 'networkBytesPerSecond'] as const;
  return Math.max(...keys.map((key) => (now[key] ?? 1) / (after[key] ?? now[key] ?? 1)));
}

/** Asked for with this plan: the count stays, and enough is ready for the new size. */
export function resizeNow(resizing: Resizing | undefined, { target }: PlanInputs, replicas: number): ReplicaSize | undefined {
  if (resizing === undefined || replicas !== target.requestedReplicas) return undefined;
  return (target.readyReplicas ?? 0) >= Math.max(target.requestedReplicas, resizing.replicas) ? resizing.size : undefined;
}
