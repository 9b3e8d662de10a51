import { RESOURCE_UNITS, type Recommendation, type Resource } from '../protocol/resource.ts';
import { bytesText, figure } from './words.ts';

/** Load now, and what it may grow or fall to. */
export interface Expectation {
  readonly resource: Resource;
  readonly current: number;
  /** A high quantile (about 0.9) of the maximum over the shortest horizon. */
  readonly soon: number;
  readonly soonMs: number;
  /** The same over the longest horizon: only below it may anything be given up. */
  readonly late: number;
  readonly lateMs: number;
}

/** Changes smaller than these are not worth saying. */
const INCREASE_FROM = 0.1;
const DECREASE_FROM = 0.2;

/**
 * One resource's recommendation, as data (exact) and as a sentence (humanely rounded: "Increase CPU by 20%", "Add 1 GB
 * memory"). undefined when there is nothing to compare with.
 */
export function recommendResource({ resource, current, soon, soonMs, late, lateMs }: Expectation): Recommendation | undefined {
  if (![current, soon, late].every((value) => Number.isFinite(value) && value >= 0)) return undefined;
  if (soon > current * (1 + INCREASE_FROM)) return recommendation(resource, 'increase', soon - current, current, soonMs);
  if (late < current * (1 - DECREASE_FROM)) return recommendation(resource, 'decrease', current - late, current, lateMs);
  return recommendation(resource, 'hold', 0, current, lateMs);
}

/** The pool's own recommendation: replicas. */
export function recommendReplicas(from: number, to: number, horizonMs: number): Recommendation {
  const amount = Math.abs(to - from);
  const direction = to > from ? 'increase' : to < from ? 'decrease' : 'hold';
  const count = amount === 1 ? '1 replica' : `${amount} replicas`;
  const sentences = {
    increase: `Add ${count}`,
    decrease: `Remove ${count}`,
    hold: `Keep ${from === 1 ? '1 replica' : `${from} replicas`}`,
  };
  const percent = from === 0 ? (amount === 0 ? 0 : 100) : percentOf(amount, from);
  return { resource: 'replicas', direction, amount, unit: 'replicas', percent, horizonMs, sentence: sentences[direction] };
}

function recommendation(
  resource: Resource,
  direction: Recommendation['direction'],
  amount: number,
  current: number,
  horizonMs: number,
): Recommendation {
  const percent = current > 0 ? percentOf(amount, current) : amount > 0 ? 100 : 0;
  const sentence = sentenceOf(resource, direction, amount, percent);
  return { resource, direction, amount: rounded(amount), unit: RESOURCE_UNITS[resource], percent, horizonMs, sentence };
}

function sentenceOf(resource: Resource, direction: Recommendation['direction'], amount: number, percent: number): string {
  const name = { requests: 'request capacity', cpu: 'CPU', memory: 'memory', network: 'network bandwidth' }[resource];
  if (direction === 'hold') return `Keep ${name} as it is`;
  if (resource === 'memory') return `${direction === 'increase' ? 'Add' : 'Free'} ${bytesText(roundBytes(amount))} memory`;
  return `${direction === 'increase' ? 'Increase' : 'Decrease'} ${name} by ${figure(roundPercent(percent))}%`;
}

/** Steps of 5% up to 100%, of 25% above; the data keeps the exact figure. */
function roundPercent(percent: number): number {
  const step = percent > 100 ? 25 : 5;
  return Math.max(step, Math.round(percent / step) * step);
}

/** Two significant digits: 1.04 GB is 1 GB, 744 MB is 740 MB. */
function roundBytes(bytes: number): number {
  return bytes > 0 ? Number(bytes.toPrecision(2)) : 0;
}

function percentOf(amount: number, base: number): number {
  return Number(Math.min(1e6, (100 * amount) / base).toFixed(1));
}

function rounded(amount: number): number {
  return Number(amount.toPrecision(6));
}
