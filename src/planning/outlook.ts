import { needOf, type HorizonNeed, type Need, type ResourceLoad } from './capacity.ts';
import type { HorizonInput, PlanInputs, ReportInput, ResourceInput } from './inputs.ts';
import { followedNeeds } from './followed.ts';
import { levelFor, quantileAt } from './quantile.ts';
import type { PlannerSettings } from './settings.ts';

/**
 * What the inputs say about need: now, lately, and over each horizon at the wanted level. Computed once per plan;
 * candidates, clamps, trajectory and sentences read it.
 */
export interface Outlook {
  /** The quantile level asked for. */
  readonly level: number;
  /** From the end of the last interval to now; null without a report. */
  readonly ageMs: number | null;
  readonly stale: boolean;
  /** Need of the last interval; undefined when it was not measured. */
  readonly now: Need | undefined;
  /** Need of the largest load of the reactive window, with headroom. */
  readonly recent: Need | undefined;
  /** The same times what a known event is about to multiply it by; undefined when none is to raise it. */
  readonly announced: Need | undefined;
  /** Needs by horizon, ascending; empty when the forecast cannot be used. */
  readonly ahead: readonly HorizonNeed[];
  /** The need until a replica asked for at the next review could be ready. */
  readonly upTo: HorizonNeed | undefined;
  /** The same plus the break-even time: capacity that is wanted back within it is not given up. */
  readonly downTo: HorizonNeed | undefined;
  /** Lead time plus review plus age of the input, and the same plus break-even. */
  readonly upToMs: number;
  readonly downToMs: number;
  /** What the followed rule calls for; undefined when none is, or when it has no opinion. */
  readonly followed: HorizonNeed | undefined;
  /** The same before what the rule itself holds. */
  readonly fresh: number | undefined;
}

export function outlookOf(inputs: PlanInputs, settings: PlannerSettings): Outlook {
  const { report, leadTime, atMs } = inputs;
  const level = levelFor(settings.objective, inputs.learned.levelShift);
  const ageMs = report === null ? null : Math.max(0, atMs - report.originMs - report.intervalMs);
  const upToMs = leadTime.p95Ms + settings.reviewMs + (ageMs ?? 0);
  const downToMs = upToMs + (settings.breakEvenMs ?? leadTime.p50Ms);
  const ahead = report === null || !mayRaise(report, inputs) ? [] : needsAhead(report, level, settings);
  const now = report === null ? undefined : needNow(report, settings);
  const reach = { ahead, now, upToMs, downToMs };
  const followed = report === null ? undefined : followedNeeds(inputs.followed ?? null, report, reach, settings);
  return {
    level,
    ageMs,
    stale: ageMs !== null && ageMs > settings.staleAfterMs,
    now,
    recent: report === null ? undefined : recentNeed(report, settings),
    announced: report === null ? undefined : announcedNeed(report, upToMs, settings),
    ahead,
    upTo: covering(ahead, upToMs),
    downTo: followed === undefined ? covering(ahead, downToMs) : followed.downTo,
    upToMs,
    downToMs,
    followed: followed?.upTo,
    fresh: followed?.fresh,
  };
}

export function needNow(report: ReportInput, { replicaCapacity }: PlannerSettings): Need | undefined {
  return needOf(
    loadsOf(report, (resource) => resource.current),
    replicaCapacity,
  );
}

function recentNeed(report: ReportInput, settings: PlannerSettings): Need | undefined {
  return needOf(
    loadsOf(report, ({ recentMax }) => (recentMax === null ? null : recentMax * settings.reactiveHeadroom)),
    settings.replicaCapacity,
  );
}

/** There, trusted or not. */
export function hasForecast(report: ReportInput): boolean {
  return report.ready && Number.isFinite(report.originMs + report.intervalMs);
}

/**
 * A forecast that is not trusted is listened to where a rule has proven itself on the very same forecasts. Before that it may not
 * even raise: the tail of a forecast that is bad knows no bound.
 */
function mayRaise(report: ReportInput, { followed }: PlanInputs): boolean {
  return isTrusted(report) || (hasForecast(report) && (followed ?? null) !== null);
}

/** A forecast that by itself may lower nothing under the reactive answer. */
export function isInDoubt(report: ReportInput, { confidenceMin }: PlannerSettings): boolean {
  return !(report.confidence >= confidenceMin && isTrusted(report));
}

/** A forecast that was worse than its last value lately may raise capacity, but by itself it lowers nothing. */
export function isTrusted(report: ReportInput): boolean {
  return hasForecast(report) && report.problem === null;
}

function loadsOf(report: ReportInput, read: (resource: ResourceInput) => number | null): ResourceLoad[] {
  return report.resources.map((resource) => ({ resource: resource.resource, load: read(resource) }));
}

function announcedNeed(report: ReportInput, untilMs: number, settings: PlannerSettings): Need | undefined {
  const factorOf = ({ announced = [] }: ResourceInput): number =>
    Math.max(1, (announced.find(({ horizonMs }) => horizonMs >= untilMs) ?? announced.at(-1))?.factor ?? 1);
  if (!report.resources.some((resource) => factorOf(resource) > 1)) return undefined;
  const headroom = isInDoubt(report, settings) ? settings.reactiveHeadroom : 1;
  const loads = loadsOf(report, (r) => (r.recentMax === null ? null : r.recentMax * factorOf(r) * headroom));
  return needOf(loads, settings.replicaCapacity);
}

/** Needs never fall with the horizon: a maximum over a longer time is at least as large, whatever two models say. */
function needsAhead(report: ReportInput, level: number, settings: PlannerSettings): HorizonNeed[] {
  const horizons = report.resources[0]?.maxima ?? [];
  const needs: HorizonNeed[] = [];
  let most: Need | undefined;
  for (const { horizonMs } of horizons) {
    const loads = report.resources.map((r) => ({ resource: r.resource, load: loadAt(r.maxima, horizonMs, report.levels, level) }));
    const need = needOf(loads, settings.replicaCapacity);
    if (need === undefined) return [];
    if (most === undefined || need.load / need.perReplica > most.load / most.perReplica) most = need;
    needs.push({ ...most, horizonMs });
  }
  return needs;
}

function loadAt(maxima: readonly HorizonInput[], horizonMs: number, levels: readonly number[], level: number): number | undefined {
  const answer = maxima.find((candidate) => candidate.horizonMs === horizonMs);
  return answer === undefined ? undefined : quantileAt(levels, answer.quantiles, level);
}

/** The shortest horizon that reaches at least so far; the longest there is when none does. */
function covering(ahead: readonly HorizonNeed[], untilMs: number): HorizonNeed | undefined {
  return ahead.find((need) => need.horizonMs >= untilMs) ?? ahead.at(-1);
}
