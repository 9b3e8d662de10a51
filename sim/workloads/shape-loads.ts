import type { Random } from '../../src/ports/random.ts';
import { drawNormal, drawPoisson } from '../draws.ts';
import { parseDuration } from '../../src/config/duration.ts';
import type { Shape, ShapeOf } from '../scenario/shapes.ts';

/** Intervals of a run, and the load per interval that the shapes make, requests per second. */
export interface LoadCurve {
  readonly intervalMs: number;
  readonly rates: Float64Array;
}

type Add<K extends keyof Shape> = (curve: LoadCurve, shape: ShapeOf<K>, random: Random) => void;

const DAY_MS = 86_400_000;

/** Durations were checked by the schema. */
export function ms(duration: string): number {
  const value = parseDuration(duration);
  if (value === undefined) throw new TypeError(`${duration} is no duration`);
  return value;
}

/** Adds a load given as a rate at the middle of each interval, from the start in milliseconds. */
function addRate(curve: LoadCurve, rateAt: (ms: number) => number): void {
  for (let i = 0; i < curve.rates.length; i++) curve.rates[i] = (curve.rates[i] ?? 0) + rateAt((i + 0.5) * curve.intervalMs);
}

const constant: Add<'constant'> = (curve, { rate }) => addRate(curve, () => rate);

const diurnal: Add<'diurnal'> = (curve, { mean, amplitude, period, peakAt }) => {
  const periodMs = period === undefined ? DAY_MS : ms(period);
  const peakMs = peakAt === undefined ? periodMs / 2 : ms(peakAt);
  addRate(curve, (at) => mean * (1 + amplitude * Math.cos((2 * Math.PI * (at - peakMs)) / periodMs)));
};

const ramp: Add<'ramp'> = (curve, { at, lasts, by }) => {
  addRate(curve, (now) => by * Math.min(1, Math.max(0, (now - ms(at)) / ms(lasts))));
};

const step: Add<'step'> = (curve, { at, by, lasts }) => {
  const endMs = lasts === undefined ? Number.POSITIVE_INFINITY : ms(at) + ms(lasts);
  addRate(curve, (now) => (now >= ms(at) && now < endMs ? by : 0));
};

const flashCrowd: Add<'flashCrowd'> = (curve, { at, by, rise, halfLife }) => {
  const peakMs = ms(at) + ms(rise);
  addRate(curve, (now) => {
    if (now < ms(at)) return 0;
    if (now < peakMs) return (by * (now - ms(at))) / ms(rise);
    return by * 2 ** (-(now - peakMs) / ms(halfLife));
  });
};

const sparse: Add<'sparse'> = (curve, { burstsPerDay, rate, lasts }, random) => {
  const lengthIntervals = Math.max(1, Math.round(ms(lasts) / curve.intervalMs));
  const perInterval = (burstsPerDay * curve.intervalMs) / DAY_MS;
  for (let i = 0; i < curve.rates.length; i++) {
    const bursts = drawPoisson(perInterval, random);
    if (bursts === 0) continue;
    for (let j = i; j < Math.min(curve.rates.length, i + lengthIntervals); j++) curve.rates[j] = (curve.rates[j] ?? 0) + bursts * rate;
  }
};

const announcedEvent: Add<'announcedEvent'> = (curve, { at, lasts, by }) => {
  addRate(curve, (now) => (now >= ms(at) && now < ms(at) + ms(lasts) ? by : 0));
};

/** A lognormal factor with mean 1; with a memory, an AR(1) process in its logarithm. */
const noise: Add<'noise'> = (curve, { relative, memory }, random) => {
  const keep = memory === undefined ? 0 : Math.exp(-curve.intervalMs / ms(memory));
  const fresh = Math.sqrt(1 - keep * keep);
  let state = drawNormal(random);
  for (let i = 0; i < curve.rates.length; i++) {
    curve.rates[i] = (curve.rates[i] ?? 0) * Math.exp(relative * state - (relative * relative) / 2);
    state = keep * state + fresh * drawNormal(random);
  }
};

/** Nothing arrives: neither during an outage nor before a storm of retries. */
const outage: Add<'outage'> = (curve, { at, lasts, loses }) => {
  if (loses !== 'reports') scale(curve, (now) => (now >= ms(at) && now < ms(at) + ms(lasts) ? 0 : 1));
};

const retryStorm: Add<'retryStorm'> = (curve, { at, outage: out, factor, halfLife }) => {
  const backMs = ms(at) + ms(out);
  scale(curve, (now) => {
    if (now < ms(at)) return 1;
    return now < backMs ? 0 : 1 + (factor - 1) * 2 ** (-(now - backMs) / ms(halfLife));
  });
};

function scale(curve: LoadCurve, factorAt: (ms: number) => number): void {
  for (let i = 0; i < curve.rates.length; i++) curve.rates[i] = (curve.rates[i] ?? 0) * factorAt((i + 0.5) * curve.intervalMs);
}

/** In the order in which they are applied: loads first, then what acts on their sum. */
const RULES = { constant, diurnal, ramp, step, flashCrowd, sparse, announcedEvent, noise, outage, retryStorm } as const;
const ORDER = Object.keys(RULES) as (keyof typeof RULES)[];

/** The load of a list of shapes. Randomness is drawn per shape, so that one more shape does not change the others. */
export function shapeLoad(shapes: readonly Shape[], intervals: number, intervalMs: number, random: Random): Float64Array {
  const curve: LoadCurve = { intervalMs, rates: new Float64Array(intervals) };
  for (const kind of ORDER) {
    for (const [index, shape] of shapes.entries()) apply(kind, curve, shape, random.fork(`${index}`));
  }
  return curve.rates;
}

function apply<K extends keyof typeof RULES>(kind: K, curve: LoadCurve, shape: Shape, random: Random): void {
  const given = shape[kind];
  if (given === undefined) return;
  const rule = RULES[kind] as Add<K>;
  rule(curve, given, random);
}
