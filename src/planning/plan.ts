import type { Candidate, Plan } from '../protocol/plan.ts';
import type { Resource } from '../protocol/resource.ts';
import { adviceOf } from './advice.ts';
import { acts } from './autonomy.ts';
import { candidatesOf } from './candidates.ts';
import { ACTION_CLAMPS, NEED_CLAMPS, type Draft, type Situation } from './clamps.ts';
import type { PlanInputs } from './inputs.ts';
import { outlookOf, type Outlook } from './outlook.ts';
import { quantileAt } from './quantile.ts';
import { reasonOf, shortageAhead, type Shortage } from './reason.ts';
import { resizeNow, resizingOf } from './resize.ts';
import { recommendReplicas, recommendResource } from './recommendations.ts';
import { selectionOf } from './selection.ts';
import { sizePlanOf } from './vertical.ts';
import { unusable } from './sanity.ts';
import { isCount, type PlannerSettings } from './settings.ts';

/** A plan, and what its engine remembers of it. */
export interface PlanOutcome {
  readonly plan: Plan;
  /** False when nothing may be done, whatever the number: the reason is in the plan. */
  readonly act: boolean;
  /** What would be asked for if the pool were trusted with it. */
  readonly wanted: number;
  /** What the load called for before stabilisation, rates and bounds: to be remembered for stabilisation. null: no opinion. */
  readonly recommended: number | null;
  /** Replicas that the load of the last interval needs; null when it was not measured. */
  readonly requiredNow: number | null;
  /** The bottleneck that is coming, if one is. */
  readonly shortage: Shortage | null;
}

/**
 * The plan for one pool. Pure: the same inputs and settings give the same plan, bit for bit.
 *
 * Rules propose (candidates), the first with an opinion wins, then clamps correct it in a fixed order, each recorded with
 * its reason. Settings that contradict themselves and targets that lie are held with a reason, never acted on.
 */
export function plan(inputs: PlanInputs, settings: PlannerSettings): PlanOutcome {
  const problem = unusable(inputs, settings);
  const requested = inputs.target.requestedReplicas;
  if (problem !== undefined || requested === null) return held(inputs, problem ?? 'the target has not been read yet');
  const outlook = outlookOf(inputs, settings);
  const candidates = candidatesOf(outlook, requested, settings, inputs.followed ?? null);
  const winner = candidates[0] ?? hold(requested);
  const draft: Draft = { replicas: winner.replicas, clamps: [] };
  const sizing = outlook.stale ? undefined : sizePlanOf(inputs, settings);
  const resizing = resizingOf(sizing, winner, inputs, settings);
  const situation: Situation = { inputs, settings, outlook, requested, resizing };
  for (const rule of NEED_CLAMPS) rule(draft, situation);
  const recommended = winner.name === 'hold' ? null : recommendedOf(draft, winner, outlook);
  const advice = adviceOf(draft.replicas, recommended !== null, situation);
  for (const rule of ACTION_CLAMPS) rule(draft, situation);
  const ready = inputs.target.readyReplicas ?? 0;
  const shortage = shortageAhead(outlook, ready);
  const resize = resizeNow(resizing, inputs, draft.replicas);
  return {
    plan: {
      id: inputs.planId,
      pool: inputs.pool,
      atMs: inputs.atMs,
      replicas: draft.replicas,
      previousReplicas: requested,
      bottleneck: bottleneckOf(winner, outlook),
      winner: winner.name,
      candidates: [...candidates],
      clamps: draft.clamps,
      trajectory: trajectoryOf(outlook, inputs.atMs),
      confidence: share(inputs.report?.confidence ?? 0),
      reason: reasonOf({ pool: inputs.pool, from: requested, to: draft.replicas, ready, winner, clamps: draft.clamps, shortage }),
      recommendations: recommendationsOf(inputs, requested, draft.replicas, outlook.upToMs),
      ...(inputs.followed ? { selection: selectionOf(inputs.followed, settings.objective) } : {}),
      advice,
      ...(sizing === undefined ? {} : { sizing }),
      ...(resize === undefined ? {} : { resize }),
      ...grantOf(inputs, draft),
    },
    act: inputs.pause === null && acts(inputs.autonomy?.level ?? 'full'),
    wanted: draft.clamps.find(({ name }) => name === 'shadow' || name === 'advisory')?.from ?? draft.replicas,
    recommended,
    requiredNow: outlook.now?.replicas ?? null,
    shortage: shortage ?? null,
  };
}

function hold(replicas: number): Candidate {
  return { name: 'hold', replicas, because: 'no rule has an opinion' };
}

/** A rule that holds the largest of its window by itself is not to be held again by the stabilisation of what it held. */
function recommendedOf({ replicas }: Draft, winner: Candidate, { fresh, now }: Outlook): number {
  if (winner.name !== 'followed' || fresh === undefined || replicas !== winner.replicas) return replicas;
  return Math.max(fresh, now?.replicas ?? 0);
}

function held(inputs: PlanInputs, problem: string): PlanOutcome {
  const said = inputs.target.requestedReplicas;
  const replicas = said !== null && isCount(said) ? said : 0;
  const candidate = { name: 'hold', replicas, because: problem };
  return {
    plan: {
      id: inputs.planId,
      pool: inputs.pool,
      atMs: Number.isFinite(inputs.atMs) ? inputs.atMs : 0,
      replicas,
      previousReplicas: replicas,
      bottleneck: null,
      winner: 'hold',
      candidates: [candidate],
      clamps: [],
      trajectory: [],
      confidence: 0,
      reason: `Nothing is done about ${inputs.pool}: ${problem}.`,
      recommendations: [],
      advice: null,
    },
    act: false,
    wanted: replicas,
    recommended: null,
    requiredNow: null,
    shortage: null,
  };
}

function bottleneckOf(winner: Candidate, outlook: Outlook): Resource | null {
  const needs = { followed: outlook.followed, quantile: outlook.upTo };
  const need = winner.name === 'followed' || winner.name === 'quantile' ? needs[winner.name] : (outlook.recent ?? outlook.now);
  return need?.bottleneck ?? null;
}

/** For the root: what the pool has, and what it would take if the budget were no limit. */
function grantOf({ budget }: PlanInputs, draft: Draft): Pick<Plan, 'grant'> {
  if (budget === null) return {};
  const limited = draft.clamps.find((clamp) => clamp.name === 'budget');
  const { revision, heldReplicas } = budget;
  return { grant: { revision, heldReplicas, wantedReplicas: limited?.from ?? draft.replicas } };
}

/** Now, then what each horizon needs, from when the forecast first says so. */
function trajectoryOf(outlook: Outlook, atMs: number): Plan['trajectory'] {
  const points = outlook.now === undefined ? [] : [{ atMs, replicas: outlook.now.replicas }];
  return [...points, ...outlook.ahead.map((need) => ({ atMs: atMs + need.horizonMs, replicas: need.replicas }))];
}

/** The level that recommendations per resource speak of: nine times in ten it is enough. */
const RECOMMENDATION_LEVEL = 0.9;

function recommendationsOf({ report }: PlanInputs, from: number, to: number, horizonMs: number): Plan['recommendations'] {
  const all = [recommendReplicas(from, to, horizonMs)];
  for (const { resource, current, maxima } of report?.resources ?? []) {
    const first = maxima[0];
    const last = maxima.at(-1);
    if (report === null || current === null || first === undefined || last === undefined) continue;
    const soon = quantileAt(report.levels, first.quantiles, RECOMMENDATION_LEVEL);
    const late = quantileAt(report.levels, last.quantiles, RECOMMENDATION_LEVEL);
    if (soon === undefined || late === undefined) continue;
    const said = recommendResource({ resource, current, soon, soonMs: first.horizonMs, late, lateMs: last.horizonMs });
    if (said !== undefined) all.push(said);
  }
  return all;
}

function share(value: number): number {
  return value >= 0 && value <= 1 ? value : 0;
}
