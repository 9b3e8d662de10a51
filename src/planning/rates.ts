import type { ReplicaChange } from './inputs.ts';
import type { ScalingRules } from './settings.ts';

/**
 * The Kubernetes HPA's rate policies (autoscaling/v2): each limits the change within its period, counted from the replicas
 * at the start of the period. `selectPolicy` Max: the one that allows the most decides; Min: the least; Disabled: no change.
 */

/** Largest count allowed now; Infinity without policies. Never below `requested`. */
export function limitUp(requested: number, changes: readonly ReplicaChange[], rules: ScalingRules, atMs: number): number {
  const { policies, selectPolicy = 'Max' } = rules;
  if (selectPolicy === 'Disabled') return requested;
  if (policies.length === 0) return Number.POSITIVE_INFINITY;
  const allowed = policies.map(({ type, value, periodMs }) => {
    const start = replicasAtStart(requested, changes, periodMs, atMs);
    return type === 'Pods' ? Math.floor(start + value) : Math.ceil(start * (1 + value / 100));
  });
  // Percent of nothing is nothing: from zero, one replica is always allowed.
  return Math.max(requested, 1, selectPolicy === 'Max' ? Math.max(...allowed) : Math.min(...allowed));
}

/** Least count allowed now; 0 without policies. Never above `requested`. */
export function limitDown(requested: number, changes: readonly ReplicaChange[], rules: ScalingRules, atMs: number): number {
  const { policies, selectPolicy = 'Max' } = rules;
  if (selectPolicy === 'Disabled') return requested;
  if (policies.length === 0) return 0;
  const allowed = policies.map(({ type, value, periodMs }) => {
    const start = replicasAtStart(requested, changes, periodMs, atMs);
    return type === 'Pods' ? Math.ceil(start - value) : Math.trunc(start * (1 - value / 100));
  });
  const limit = selectPolicy === 'Max' ? Math.min(...allowed) : Math.max(...allowed);
  return Math.max(0, Math.min(requested, limit));
}

function replicasAtStart(requested: number, changes: readonly ReplicaChange[], periodMs: number, atMs: number): number {
  let start = requested;
  for (const change of changes) if (change.atMs > atMs - periodMs && change.atMs <= atMs) start -= change.to - change.from;
  return Math.max(0, start);
}
