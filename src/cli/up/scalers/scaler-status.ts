import { at, textAt, type JsonObject } from '../../../adapters/kubernetes/json.ts';
import type { Plan } from '../../../protocol/plan.ts';
import type { Verdict } from './judge.ts';
import { conditionsOf, type Condition, type ScalerObject } from './scaler-object.ts';

/** What the pool of a scaler was found to do; undefined: nothing is known of it here. */
export interface Planned {
  readonly plan: Plan;
  /** Whether it still counts. */
  readonly isFresh: boolean;
}

/** The status that says it; conditions that say what they said keep the time since when they do. */
export function statusOf(scaler: ScalerObject, verdict: Verdict, planned: Planned | undefined, nowMs: number): JsonObject {
  const { generation: observedGeneration, status } = scaler;
  const condition = (type: string, isTrue: boolean, reason: string, message: string): Condition => {
    const before = conditionsOf(status).find((one) => textAt(one, 'type') === type);
    const now = isTrue ? 'True' : 'False';
    const since = textAt(before, 'status') === now ? textAt(before, 'lastTransitionTime') : undefined;
    return { type, status: now, reason, message, lastTransitionTime: since ?? timeText(nowMs), observedGeneration };
  };
  const accepted = condition('Accepted', verdict.isAccepted, verdict.reason, verdict.message);
  const conditions = [accepted, planningOf(verdict, planned, condition)];
  if (!verdict.isAccepted || planned === undefined) return { observedGeneration, conditions };
  const { plan } = planned;
  return {
    observedGeneration,
    conditions,
    replicas: plan.previousReplicas,
    wantedReplicas: plan.replicas,
    ...(plan.advice === undefined || plan.advice === null ? {} : { adviceReplicas: plan.advice.replicas }),
    confidence: Math.round(plan.confidence * 1_000) / 1_000,
    lastDecision: { id: plan.id, time: timeText(plan.atMs), winner: plan.winner, reason: plan.reason },
  };
}

function planningOf(
  { isAccepted }: Verdict,
  planned: Planned | undefined,
  condition: (type: string, isTrue: boolean, reason: string, message: string) => Condition,
): Condition {
  if (!isAccepted) return condition('Planning', false, 'NotAccepted', 'its spec cannot be used; its workload is left as it is');
  if (planned === undefined) return condition('Planning', false, 'NoPlan', 'nothing has been planned yet');
  if (!planned.isFresh) return condition('Planning', false, 'Stale', 'the last plan is too old to count');
  const { advice, reason } = planned.plan;
  return advice === null ? condition('Planning', false, 'NoOpinion', reason) : condition('Planning', true, 'Planned', '');
}

/** Whether a change has to be told at once: everything but that another decision was made, and how sure it was. */
export function isUrgent(before: JsonObject, after: JsonObject): boolean {
  const bare = (status: JsonObject): string =>
    JSON.stringify([
      at(status, 'observedGeneration'),
      conditionsOf(status).map((one) => [textAt(one, 'type'), textAt(one, 'status'), textAt(one, 'reason'), textAt(one, 'message')]),
      at(status, 'replicas'),
      at(status, 'wantedReplicas'),
    ]);
  return bare(before) !== bare(after);
}

/** As the API server writes times. */
function timeText(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
