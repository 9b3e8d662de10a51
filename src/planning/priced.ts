import { capacityOf, replicasFor, type Need } from './capacity.ts';
import type { ReportInput } from './inputs.ts';
import type { ReplicaCapacity } from './settings.ts';

/** What a count is worth: `price` is what a short minute costs, in minutes of one replica. */
export interface Pricing {
  readonly price: number;
  readonly maxReplicas: number;
}

/**
 * The count at which one more replica would cost more than the shortage it avoids: the least N + price x P(load > N replicas).
 *
 * A fixed quantile pays the same risk in a calm hour as in a wild one; a price takes risk where avoiding it is dear and
 * refuses it where that is cheap (the newsvendor's rule with a charge per short interval in the place of one per unit,
 * Porteus, Foundations of Stochastic Inventory Theory, 2002, section 1.3). Never under the median, whatever the price.
 *
 * Between two levels the chance that the load exceeds x falls exponentially, and so it does beyond the last one. Within such a
 * stretch the cost has one least point, so a few counts a stretch are enough, however large the pool.
 *
 * @returns undefined when the quantiles are not one finite number of 0 or more for each level.
 */
export function pricedReplicas(
  levels: readonly number[],
  values: readonly number[],
  perReplica: number,
  { price, maxReplicas }: Pricing,
): number | undefined {
  const stretches = stretchesOf(levels, values, perReplica);
  if (stretches === undefined) return undefined;
  let best = replicasFor(medianOf(levels, values), perReplica);
  let leastCost = best + price * chanceAbove(best, stretches);
  const from = best;
  const consider = (count: number): void => {
    if (!(count > from) || count > maxReplicas) return;
    const cost = count + price * chanceAbove(count, stretches);
    // Of equal costs the smaller count, whatever the order in which they are looked at.
    if (cost < leastCost || (cost === leastCost && count < best)) [best, leastCost] = [count, cost];
  };
  for (const stretch of stretches) {
    const slope = (stretch.toDepth - stretch.fromDepth) / (stretch.to - stretch.from);
    const turn = stretch.from + (Math.log(price * slope) - stretch.fromDepth) / slope;
    for (const at of [stretch.from, Math.min(stretch.to, Math.max(stretch.from, turn))]) {
      if (!Number.isFinite(at)) continue;
      consider(Math.floor(at));
      consider(replicasFor(at, 1));
    }
  }
  return best;
}

/** Of each bounding resource the count at that price; the tightest decides. undefined when one of them is not known. */
export function pricedNeed(report: ReportInput, horizonMs: number, capacity: ReplicaCapacity, pricing: Pricing): Need | undefined {
  let most: Need | undefined;
  for (const { resource, maxima } of report.resources) {
    const perReplica = capacityOf(capacity, resource);
    if (perReplica === undefined) continue;
    const values = maxima.find((answer) => answer.horizonMs === horizonMs)?.quantiles;
    const replicas = values && pricedReplicas(report.levels, values, perReplica, pricing);
    if (replicas === undefined) return undefined;
    if (most === undefined || replicas > most.replicas) {
      most = { replicas, bottleneck: resource, load: replicas * perReplica, perReplica };
    }
  }
  return most;
}

/** The chance that a count is too few, of the tightest resource; undefined when a bounding resource is not known. */
export function shortageRisk(report: ReportInput, horizonMs: number, capacity: ReplicaCapacity): ((count: number) => number) | undefined {
  const bounding: (readonly Stretch[])[] = [];
  for (const { resource, maxima } of report.resources) {
    const perReplica = capacityOf(capacity, resource);
    if (perReplica === undefined) continue;
    const values = maxima.find((answer) => answer.horizonMs === horizonMs)?.quantiles;
    const stretches = values && stretchesOf(report.levels, values, perReplica);
    if (stretches === undefined) return undefined;
    bounding.push(stretches);
  }
  return (count) => bounding.reduce((most, stretches) => Math.max(most, chanceAbove(count, stretches)), 0);
}

/** A part of the distribution in which -ln P(load > x) rises evenly; positions in replicas. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly fromDepth: number;
  readonly toDepth: number;
}

function stretchesOf(levels: readonly number[], values: readonly number[], perReplica: number): readonly Stretch[] | undefined {
  if (levels.length < 2 || levels.length !== values.length) return undefined;
  const stretches: Stretch[] = [];
  let from = 0;
  let fromDepth = 0;
  for (const [i, level] of levels.entries()) {
    const value = values[i];
    const depth = -Math.log1p(-level);
    if (value === undefined || !(value >= 0 && value < Number.POSITIVE_INFINITY) || !(depth > fromDepth)) return undefined;
    const to = Math.max(from, value / perReplica);
    if (i > 0 && to > from) stretches.push({ from, to, fromDepth, toDepth: depth });
    from = to;
    fromDepth = depth;
  }
  return [...stretches, tailAfter(stretches.at(-1), from, fromDepth)];
}

/** Beyond the last level the last slope goes on, over as much again as from 0.99 to a millionth. */
const TAIL_DEPTH = Math.log(1e4);
/** A distribution that is one point still needs a slope. */
const POINT_WIDTH = 1e-9;

function tailAfter(last: Stretch | undefined, from: number, fromDepth: number): Stretch {
  const width = last === undefined || last.to < from ? POINT_WIDTH : (last.to - last.from) / (last.toDepth - last.fromDepth);
  return { from, to: from + width * TAIL_DEPTH, fromDepth, toDepth: fromDepth + TAIL_DEPTH };
}

const ROUNDING = 1e-7;

/** P(load > count replicas); a load that fills the last replica is served by it. */
function chanceAbove(count: number, stretches: readonly Stretch[]): number {
  const x = count + ROUNDING * Math.max(1, count);
  let depth = 0;
  for (const stretch of stretches) {
    if (x < stretch.from) break;
    const slope = (stretch.toDepth - stretch.fromDepth) / (stretch.to - stretch.from);
    depth = stretch.fromDepth + slope * (Math.min(x, stretch.to) - stretch.from);
    if (x < stretch.to) break;
  }
  return Math.exp(-depth);
}

function medianOf(levels: readonly number[], values: readonly number[]): number {
  let median = 0;
  for (const [i, level] of levels.entries()) {
    if (level > 0.5) break;
    median = Math.max(median, values[i] ?? 0);
  }
  return median;
}
