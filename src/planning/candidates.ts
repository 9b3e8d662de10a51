import type { Candidate } from '../protocol/plan.ts';
import type { HorizonNeed, Need } from './capacity.ts';
import type { FollowedInput } from './inputs.ts';
import type { Outlook } from './outlook.ts';
import type { PlannerSettings } from './settings.ts';
import { doesText, durationText, figure, loadText, percentText, replicasText } from './words.ts';

/**
 * The rules that propose a count. The first that has an opinion wins; what is wrong with it is corrected by the clamps,
 * each of which is recorded. New rules (bursts, formulas, shadow-selected policies) are entries of this list.
 */
export function candidatesOf(
  outlook: Outlook,
  requested: number,
  settings: PlannerSettings,
  followed: FollowedInput | null,
): readonly Candidate[] {
  const candidates: Candidate[] = [];
  if (followed && outlook.followed !== undefined) candidates.push(followedCandidate(outlook.followed, followed, outlook.now));
  // A gap in the measurements is no reason to leave the rule that has proven itself.
  else if (followed && outlook.now === undefined) return [holdCandidate(requested)];
  if (outlook.upTo !== undefined) candidates.push(quantileCandidate(outlook, outlook.upTo));
  if (outlook.recent !== undefined) candidates.push(reactiveCandidate(outlook.recent, settings));
  candidates.push(holdCandidate(requested));
  return candidates;
}

function holdCandidate(requested: number): Candidate {
  return { name: 'hold', replicas: requested, because: `${replicasText(requested)} requested now` };
}

function followedCandidate(need: HorizonNeed, followed: FollowedInput, now: Need | undefined): Candidate {
  const { rule, windowMs, held, price, clock } = followed;
  const served = `one replica serves ${loadText(need.bottleneck, need.perReplica)}`;
  if (rule.kind === 'reactive') {
    const load = Math.max(held * need.perReplica, now?.load ?? 0);
    const headroom = rule.headroom > 1 ? `, with a headroom of ${percentText(rule.headroom - 1)}` : '';
    const span = windowMs > 0 ? `the largest load of the last ${durationText(windowMs)}` : 'the load of the last interval';
    return { name: 'followed', replicas: need.replicas, because: `${span} is ${loadText(need.bottleneck, load)}${headroom}; ${served}` };
  }
  const wanted =
    need.load >= need.replicas * need.perReplica * (1 - 1e-9)
      ? `one replica more would cost more than the shortage it avoids over ${durationText(need.horizonMs)}, at ${figure(price)} replica-minutes a short minute${clockWords(clock)}`
      : `as many were called for within the last ${durationText(windowMs)}`;
  return { name: 'followed', replicas: need.replicas, because: `${wanted}; ${served}` };
}

/** Of what has proven itself by the clock. */
function clockWords(factor: number | undefined): string {
  return factor === undefined ? '' : `, which comes ${figure(factor)} times as often at this minute of the hour as is forecast`;
}

function quantileCandidate({ level, upToMs }: Outlook, need: Need & { readonly horizonMs: number }): Candidate {
  const reach = need.horizonMs < upToMs ? `, the longest horizon, though capacity takes ${durationText(upToMs)}` : '';
  return {
    name: 'quantile',
    replicas: need.replicas,
    because:
      `${doesText(need.bottleneck, 'stay')} within ${loadText(need.bottleneck, need.load)} over ${durationText(need.horizonMs)} ` +
      `with ${percentText(level)} confidence${reach}; one replica serves ${loadText(need.bottleneck, need.perReplica)}`,
  };
}

function reactiveCandidate(need: Need, settings: PlannerSettings): Candidate {
  const headroom = settings.reactiveHeadroom > 1 ? `, with a headroom of ${percentText(settings.reactiveHeadroom - 1)}` : '';
  return {
    name: 'reactive',
    replicas: need.replicas,
    because:
      `the largest load of the last ${durationText(settings.reactiveWindowMs)} is ` +
      `${loadText(need.bottleneck, need.load / settings.reactiveHeadroom)}${headroom}; ` +
      `one replica serves ${loadText(need.bottleneck, need.perReplica)}`,
  };
}
