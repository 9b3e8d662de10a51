import type { Candidate } from '../protocol/plan.ts';
import type { Need } from './capacity.ts';
import type { Outlook } from './outlook.ts';
import type { PlannerSettings } from './settings.ts';
import { durationText, loadText, percentText, replicasText } from './words.ts';

/**
 * The rules that propose a count. The first that has an opinion wins; what is wrong with it is corrected by the clamps,
 * each of which is recorded. New rules (bursts, formulas, shadow-selected policies) are entries of this list.
 */
export function candidatesOf(outlook: Outlook, requested: number, settings: PlannerSettings): readonly Candidate[] {
  const candidates: Candidate[] = [];
  if (outlook.upTo !== undefined) candidates.push(quantileCandidate(outlook, outlook.upTo));
  if (outlook.recent !== undefined) candidates.push(reactiveCandidate(outlook.recent, settings));
  candidates.push({ name: 'hold', replicas: requested, because: `${replicasText(requested)} requested now` });
  return candidates;
}

function quantileCandidate({ level, upToMs }: Outlook, need: Need & { readonly horizonMs: number }): Candidate {
  const reach = need.horizonMs < upToMs ? `, the longest horizon, though capacity takes ${durationText(upToMs)}` : '';
  return {
    name: 'quantile',
    replicas: need.replicas,
    because:
      `${need.bottleneck} stays within ${loadText(need.bottleneck, need.load)} over ${durationText(need.horizonMs)} ` +
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
