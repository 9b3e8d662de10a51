import { explain, replay, whatIf } from '../../planning/index.ts';
import type { Decision } from '../../protocol/plan.ts';
import type { DecisionPage, ReplayResult } from './decisions.ts';

/** A decision with everything that can be said of it. */
export function decisionPage(decision: Decision, around: Pick<DecisionPage, 'previous' | 'next' | 'action' | 'trace'>): DecisionPage {
  return { decision, explanation: explain(decision).split('\n'), whatIf: [...whatIf(decision)], ...around };
}

/** Plans the decision again from what was recorded, and says whether the same comes out. */
export function replayResult(decision: Decision, nowMs: () => number): ReplayResult {
  const beganMs = nowMs();
  const again = replay(decision);
  return {
    same: again.same,
    replicas: again.plan?.replicas ?? null,
    compared: countValues(decision.plan),
    differences: again.same ? [] : [...again.differences],
    tookMs: Number((nowMs() - beganMs).toFixed(3)),
  };
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, one: unknown) => sum + countValues(one), 0);
}
