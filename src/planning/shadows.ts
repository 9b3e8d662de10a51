import { replicasFor } from './capacity.ts';
import { peakOf, recordPeaks, type PeakSpan } from './peaks.ts';
import { request, rescalePlant, settle, startPlant, type ShadowPlant } from './shadow-plant.ts';
import { FORECAST_KINDS, LONGEST_REACHES, SHADOW_RULES, windowOf, type ShadowRule } from './shadow-rules.ts';

/**
 * Shadow selection (portfolio scheduling: Deng, Song, Ren and Iosup, SC 2013): every rule is replayed on the demand that was
 * seen, with the lead time that was measured, and the one that lately cost least is followed. Demand does not depend on what
 * we do, so what each would have cost is known, not estimated. Plain data; each call gives a new one.
 */
export interface Shadows {
  readonly plants: readonly ShadowPlant[];
  /** What each asked for last, and when. */
  readonly targets: readonly number[];
  readonly askedMs: number;
  /** They were asked for without a forecast: nobody is judged by that. */
  readonly blind: boolean;
  /** Decayed time in view, and per rule the replica-time and the short time in it, milliseconds. */
  readonly seenMs: number;
  readonly paidMs: readonly number[];
  readonly shortMs: readonly number[];
  /** Time judged ever. */
  readonly judgedMs: number;
  /** Start of the last interval seen; null before the first. */
  readonly lastMs: number | null;
  /** Index into SHADOW_RULES, since when, and when it was last chosen. */
  readonly followed: number;
  readonly followedSinceMs: number;
  readonly chosenMs: number;
  /** Exact need of the load, then the count of each kind of forecast. */
  readonly peaks: readonly PeakSpan[];
}

/** One measured interval, as the rules see it at its end. */
export interface Sight {
  readonly startMs: number;
  readonly intervalMs: number;
  /** Replicas that the load needs, not rounded up. */
  readonly need: number;
  /** Replicas of each of FORECAST_KINDS; null while there is no forecast. */
  readonly forecasts: readonly (number | null)[];
  readonly reachMs: number;
  readonly leadMs: number;
  /** No rule gives up sooner than that. */
  readonly holdMs: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** What a short minute costs, in minutes of one replica. */
  readonly price: number;
}

const DAY_MS = 86_400_000;
/** Half of what is remembered is younger than this: four days, and for quick pools fewer. */
const HALF_LIFE_INTERVALS = 5_000;
const HALF_LIFE_DAYS = 4;
/** Nothing but the first rule is followed before so much was seen. */
const EVIDENCE_INTERVALS = 1_440;
const CHOOSE_EVERY_INTERVALS = 60;
const CHOOSE_EVERY_MS = 3_600_000;
/** Another rule has to be better by this share: shortages come in bursts, so what is recent is also lucky. */
const HYSTERESIS = 0.2;
/** The first rule, which serves best where nothing is known, is gone back to more easily. */
const HYSTERESIS_HOME = 0;

/** Every rule begins with the replicas that are there. */
export function startShadows(replicas: number, nowMs: number): Shadows {
  const none = SHADOW_RULES.map(() => 0);
  return {
    plants: SHADOW_RULES.map(() => startPlant(replicas)),
    targets: SHADOW_RULES.map(() => replicas),
    askedMs: nowMs,
    blind: true,
    seenMs: 0,
    paidMs: none,
    shortMs: none,
    judgedMs: 0,
    lastMs: null,
    followed: 0,
    followedSinceMs: nowMs,
    chosenMs: nowMs,
    peaks: [],
  };
}

/** Judges what every rule asked for before on the interval that has ended, lets each ask anew, and chooses when it is time. */
export function advanceShadows(before: Shadows, sight: Sight): Shadows {
  const { startMs, intervalMs } = sight;
  if (before.lastMs !== null && startMs <= before.lastMs) return before;
  const judged = before.lastMs === null ? before : judge(before, sight);
  const blind = sight.forecasts.includes(null);
  const now = replicasFor(sight.need, 1);
  const values = [sight.need, ...FORECAST_KINDS.map((_, i) => sight.forecasts[i] ?? now)];
  const peaks = recordPeaks(before.peaks, startMs, values, Math.max(sight.holdMs, LONGEST_REACHES * sight.reachMs, intervalMs));
  const targets = SHADOW_RULES.map((rule) => bounded(targetOf(rule, peaks, sight), sight));
  return choose({ ...judged, peaks, targets, askedMs: startMs + intervalMs, blind, lastMs: startMs }, sight);
}

/** The same in replicas of another size: `share` of them for one of before. */
export function rescaleShadows(before: Shadows, share: number): Shadows {
  return {
    ...before,
    plants: before.plants.map((plant) => rescalePlant(plant, share)),
    targets: before.targets.map((replicas) => Math.ceil(replicas * share)),
    paidMs: before.paidMs.map((paid) => paid * share),
    peaks: before.peaks.map((span) => ({ ...span, largest: span.largest.map((value) => value * share) })),
  };
}

/** Is there enough evidence to choose? */
export function isProven({ judgedMs }: Shadows, intervalMs: number): boolean {
  return judgedMs >= Math.min(DAY_MS, EVIDENCE_INTERVALS * intervalMs);
}

/** What a rule cost in view: replica-time and the price of its short time, in replicas. */
export function scoreOf({ seenMs, paidMs, shortMs }: Shadows, rule: number, price: number): number {
  return seenMs === 0 ? 0 : ((paidMs[rule] ?? 0) + price * (shortMs[rule] ?? 0)) / seenMs;
}

/** The rule of a kind that cost least in view. */
export function bestOf(shadows: Shadows, price: number, kind?: ShadowRule['kind']): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const [i, rule] of SHADOW_RULES.entries()) {
    if (kind !== undefined && rule.kind !== kind) continue;
    const score = scoreOf(shadows, i, price);
    if (score < least) [best, least] = [i, score];
  }
  return best;
}

/** The reactive rule of the same window with the next headroom; -1 when there is none. */
export function moreHeadroom(index: number): number {
  const rule = SHADOW_RULES[index];
  const next = SHADOW_RULES[index + 1];
  if (rule?.kind !== 'reactive' || next?.kind !== 'reactive') return -1;
  return next.windowReaches === rule.windowReaches ? index + 1 : -1;
}

function judge(before: Shadows, { startMs, intervalMs, need, leadMs }: Sight): Shadows {
  const halfLifeMs = Math.min(HALF_LIFE_DAYS * DAY_MS, HALF_LIFE_INTERVALS * intervalMs);
  const keep = 2 ** (-intervalMs / halfLifeMs);
  const required = replicasFor(need, 1);
  const plants = before.plants.map((plant, i) => settle(request(plant, before.targets[i] ?? 0, before.askedMs, leadMs), startMs));
  if (before.blind) return { ...before, plants };
  return {
    ...before,
    plants,
    seenMs: before.seenMs * keep + intervalMs,
    paidMs: plants.map(({ requested }, i) => (before.paidMs[i] ?? 0) * keep + requested * intervalMs),
    shortMs: plants.map(({ ready }, i) => (before.shortMs[i] ?? 0) * keep + (ready < required ? intervalMs : 0)),
    judgedMs: before.judgedMs + intervalMs,
  };
}

/** What is remembered for a rule: the largest exact need, or the largest count of its forecast, of its window. */
export function heldFor(rule: ShadowRule, peaks: readonly PeakSpan[], { startMs, reachMs, holdMs }: Remembering): number {
  return peakOf(peaks, rule.kind === 'reactive' ? 0 : 1 + rule.forecast, startMs, windowOf(rule, reachMs, holdMs));
}

type Remembering = Pick<Sight, 'startMs' | 'reachMs' | 'holdMs'>;

function targetOf(rule: ShadowRule, peaks: readonly PeakSpan[], sight: Sight): number {
  const held = heldFor(rule, peaks, sight);
  const now = replicasFor(sight.need, 1);
  return Math.max(now, rule.kind === 'reactive' ? replicasFor(held * rule.headroom, 1) : held);
}

function bounded(replicas: number, { minReplicas, maxReplicas }: Sight): number {
  return Math.min(maxReplicas, Math.max(minReplicas, replicas));
}

function choose(shadows: Shadows, { startMs, intervalMs, price }: Sight): Shadows {
  const nowMs = startMs + intervalMs;
  const every = Math.min(CHOOSE_EVERY_MS, CHOOSE_EVERY_INTERVALS * intervalMs);
  if (!isProven(shadows, intervalMs) || nowMs - shadows.chosenMs < every) return shadows;
  const isBetter = (rule: number, margin: number): boolean =>
    scoreOf(shadows, rule, price) < (1 - margin) * scoreOf(shadows, shadows.followed, price);
  const best = bestOf(shadows, price);
  const followed = isBetter(best, HYSTERESIS) ? best : isBetter(0, HYSTERESIS_HOME) ? 0 : shadows.followed;
  return { ...shadows, chosenMs: nowMs, ...(followed === shadows.followed ? {} : { followed, followedSinceMs: nowMs }) };
}
