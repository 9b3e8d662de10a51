import type { ReplicaChange } from './inputs.ts';
import type { ScalingPolicy } from './settings.ts';

/**
 * The Kubernetes HPA's rate policies (autoscaling/v2, `selectPolicy: Max`): each limits the change within its period,
 * counted from the replicas at the start of the period; the policy that allows the most decides.
 */

/** Largest count allowed now; Infinity without policies. Never below `requested`. */
export function limitUp(requested: number, changes: readonly ReplicaChange[], policies: readonly ScalingPolicy[], atMs: number): number {
  if (policies.length === 0) return Number.POSITIVE_INFINITY;
  // Percent of nothing is nothing: from zero, one replica is always allowed.
  let limit = Math.max(requested, 1);
  for (const policy of policies) {
    const start = replicasAtStart(requested, changes, policy.periodMs, atMs);
    const allowed = policy.type === 'Pods' ? Math.floor(start + policy.value) : Math.ceil(start * (1 + policy.value / 100));
    limit = Math.max(limit, allowed);
  }
  return limit;
}

/** Least count allowed now; 0 without policies. Never above `requested`. */
export function limitDown(requested: number, changes: readonly ReplicaChange[], policies: readonly ScalingPolicy[], atMs: number): number {
  if (policies.length === 0) return 0;
  let limit = requested;
  for (const policy of policies) {
    const start = replicasAtStart(requested, changes, policy.periodMs, atMs);
    const allowed = policy.type === 'Pods' ? Math.ceil(start - policy.value) : Math.trunc(start * (1 - policy.value / 100));
    limit = Math.min(limit, allowed);
  }
  return Math.max(0, limit);
}

function replicasAtStart(requested: number, changes: readonly ReplicaChange[], periodMs: number, atMs: number): number {
  let start = requested;
  for (const change of changes) if (change.atMs > atMs - periodMs && change.atMs <= atMs) start -= change.to - change.from;
  return Math.max(0, start);
}
