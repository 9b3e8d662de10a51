import type { Advice } from '../protocol/plan.ts';
import { ADVICE_CLAMPS, BOUND_CLAMPS, overrideOf, type Draft, type Situation } from './clamps.ts';

/**
 * What the pool asks for, for an autoscaler beside it: the same whatever it may do itself, and whether its own actions fail.
 * null where there is no opinion, so that nothing is lowered blindly: nothing was reported, the input is stale, or a person
 * paused it. `need` is what the load calls for; `hasOpinion` is false where no rule has proposed it.
 */
export function adviceOf(need: number, hasOpinion: boolean, situation: Situation): Advice | null {
  const { inputs, outlook } = situation;
  if (inputs.pause !== null) return null;
  const isSet = overrideOf(inputs) !== undefined;
  if (!isSet && (!hasOpinion || outlook.stale)) return null;
  const replicas = through(ADVICE_CLAMPS, need, situation);
  const upper = isSet ? replicas : through(BOUND_CLAMPS, Math.max(replicas, outlook.downTo?.replicas ?? 0), situation);
  return { replicas, lower: replicas, upper: Math.max(replicas, upper) };
}

function through(rules: typeof ADVICE_CLAMPS, replicas: number, situation: Situation): number {
  const draft: Draft = { replicas, clamps: [] };
  for (const rule of rules) rule(draft, situation);
  return draft.replicas;
}
