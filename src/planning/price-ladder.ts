import { replicasFor } from './capacity.ts';
import type { ToldPrice } from './price.ts';
import { peakOf, recordPeaks, type PeakSpan } from './peaks.ts';
import { request, rescalePlant, settle, startPlant, type ShadowPlant } from './shadow-plant.ts';
import type { Sight } from './shadows.ts';

/**
 * What each price of a short minute would have led to: the count at every price of a ladder is replayed on the demand that was
 * seen, as the shadow rules are. So the price that meets an objective is read off weeks of evidence, and need not be found
 * by being short too often and too seldom in turn. Plain data; each call gives a new one.
 */
export interface PriceLadder {
  readonly plants: readonly ShadowPlant[];
  /** What each price asked for last, and when. */
  readonly targets: readonly number[];
  readonly askedMs: number;
  /** Decayed time in view, and per price the short time in it, milliseconds. */
  readonly seenMs: number;
  readonly shortMs: readonly number[];
  /** Time judged ever. */
  readonly judgedMs: number;
  /** Start of the last interval seen; null before the first. */
  readonly lastMs: number | null;
  /** The count of each price. */
  readonly peaks: readonly PeakSpan[];
}

/** In minutes of one replica: from what nobody would call a price to the last thousandth of a pool of thousands. */
export const LADDER_PRICES: readonly number[] = Array.from({ length: 12 }, (_, rung) => 0.25 * 4 ** rung);

export interface LadderSight extends Pick<Sight, 'startMs' | 'intervalMs' | 'need' | 'leadMs' | 'holdMs' | 'minReplicas' | 'maxReplicas'> {
  /** Replicas called for at each of LADDER_PRICES; null without a forecast: nobody is judged by that. */
  readonly counts: readonly (number | null)[];
  /** Would the change of a rung's count save too little to be made? */
  readonly rests?: (rung: number, present: number, count: number) => boolean;
}

const DAY_MS = 86_400_000;
/** Long, since a price is worth something on average only; for pools of quick intervals less. */
const HALF_LIFE_DAYS = 14;
const HALF_LIFE_INTERVALS = 20_160;
const DAY_INTERVALS = 1_440;
/** From a day on it counts, from so many on alone. */
const SURE_DAYS = 7;

export function startLadder(replicas: number, nowMs: number): PriceLadder {
  const all = <T>(value: T): readonly T[] => LADDER_PRICES.map(() => value);
  const none = { seenMs: 0, judgedMs: 0, lastMs: null, peaks: [] };
  return { plants: all(startPlant(replicas)), targets: all(replicas), askedMs: nowMs, shortMs: all(0), ...none };
}

/** Judges what every price asked for before on the interval that has ended, and lets each ask anew. */
export function climb(before: PriceLadder, sight: LadderSight): PriceLadder {
  const { startMs, intervalMs, need, counts, holdMs, minReplicas, maxReplicas, rests } = sight;
  const known = counts.filter((count) => count !== null);
  if (known.length < counts.length || (before.lastMs !== null && startMs <= before.lastMs)) return before;
  const judged = before.lastMs === null ? before : judge(before, sight);
  const peaks = recordPeaks(before.peaks, startMs, known, Math.max(holdMs, intervalMs));
  const now = replicasFor(need, 1);
  const targets = before.targets.map((present, rung) => {
    const count = Math.max(now, peakOf(peaks, rung, startMs, holdMs));
    const stays = now <= present && rests?.(rung, present, count) === true;
    return Math.min(maxReplicas, Math.max(minReplicas, stays ? present : count));
  });
  return { ...judged, peaks, targets, askedMs: startMs + intervalMs, lastMs: startMs };
}

function judge(before: PriceLadder, { startMs, intervalMs, need, leadMs }: LadderSight): PriceLadder {
  const keep = 2 ** (-intervalMs / Math.min(HALF_LIFE_DAYS * DAY_MS, HALF_LIFE_INTERVALS * intervalMs));
  const required = replicasFor(need, 1);
  const plants = before.plants.map((plant, rung) => settle(request(plant, before.targets[rung] ?? 0, before.askedMs, leadMs), startMs));
  return {
    ...before,
    plants,
    seenMs: before.seenMs * keep + intervalMs,
    shortMs: plants.map(({ ready }, rung) => (before.shortMs[rung] ?? 0) * keep + (ready < required ? intervalMs : 0)),
    judgedMs: before.judgedMs + intervalMs,
  };
}

/** The same in replicas of another size: `share` of them for one of before. */
export function rescaleLadder(before: PriceLadder, share: number): PriceLadder {
  return {
    ...before,
    plants: before.plants.map((plant) => rescalePlant(plant, share)),
    targets: before.targets.map((replicas) => Math.ceil(replicas * share)),
    peaks: before.peaks.map((span) => ({ ...span, largest: span.largest.map((count) => Math.ceil(count * share)) })),
  };
}

/** Half an interval that was short, so that the logarithm of a rung that never was is known. */
const PRIOR_INTERVALS = 0.5;
/**
 * A few shortages may be few by luck: to each count so many standard deviations of a Poisson count are added. An objective of 0.1% is
 * some five intervals of five minutes in view, and is read with a fifth more; one of 5% with some three hundredths.
 */
const CAUTION = 0.5;

/** The price that meets an objective, and what counts of it. undefined before a day, or as many intervals, was judged. */
export function priceTold(ladder: PriceLadder, objective: number, intervalMs: number): ToldPrice | undefined {
  const days = ladder.judgedMs / Math.min(DAY_MS, DAY_INTERVALS * intervalMs);
  if (days < 1) return undefined;
  return { price: priceFor(ladder, objective, intervalMs), weight: Math.min(1, (days - 1) / (SURE_DAYS - 1)) };
}

/** The price at which so large a share of the time in view was short, as a power of the share between two rungs; the last one where none keeps it. */
function priceFor({ seenMs, shortMs }: PriceLadder, share: number, intervalMs: number): number {
  const shareOf = (rung: number): number => {
    const count = (shortMs[rung] ?? 0) / intervalMs + PRIOR_INTERVALS;
    return ((count + CAUTION * Math.sqrt(count)) * intervalMs) / (seenMs + intervalMs);
  };
  let rung = LADDER_PRICES.length - 1;
  while (rung > 0 && shareOf(rung - 1) <= share) rung -= 1;
  const price = LADDER_PRICES[rung] ?? 1;
  if (rung === 0 || shareOf(rung) > share) return price;
  const below = LADDER_PRICES[rung - 1] ?? price;
  const part = Math.log(shareOf(rung - 1) / share) / Math.log(shareOf(rung - 1) / shareOf(rung));
  return below * (price / below) ** part;
}
