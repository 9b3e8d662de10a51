import { numberAt, textAt, type Part } from '../../protocol/packed.ts';
import type { Plan } from '../../protocol/plan.ts';
import type { DecisionOutline } from '../api/pools.ts';

/** What a list shows of a decision. Most of one, its inputs and settings, is not read for that. */
export function outlineOf(decision: Part | undefined, plan: Plan): DecisionOutline {
  const inputs = decision?.get('inputs');
  const target = inputs?.get('target');
  const [now] = plan.trajectory;
  return {
    id: plan.id,
    atMs: plan.atMs,
    from: plan.previousReplicas,
    to: plan.replicas,
    requested: numberAt(target, 'requestedReplicas') ?? null,
    ready: numberAt(target, 'readyReplicas') ?? null,
    required: now !== undefined && now.atMs === plan.atMs ? now.replicas : null,
    winner: plan.winner,
    clamps: plan.clamps.map(({ name }) => name),
    isHeld:
      textAt(inputs, 'override', 'by') !== undefined &&
      plan.atMs < (numberAt(inputs, 'override', 'expiresAtMs') ?? Number.POSITIVE_INFINITY),
    candidates: plan.candidates.map(({ name, replicas }) => ({ name, replicas })),
    confidence: plan.confidence,
    action: textAt(decision, 'action') ?? null,
    reason: plan.reason,
  };
}

/** `web` of `web/17`; undefined when it is no id of a decision. */
export function poolOfDecision(id: string): string | undefined {
  const slash = id.lastIndexOf('/');
  return slash <= 0 ? undefined : id.slice(0, slash);
}

/** The trace id of a W3C traceparent. */
export function traceOf(traceparent: string | undefined): string | null {
  return traceparent?.split('-')[1] ?? null;
}
