import type { Random } from '../ports/random.ts';

/** A load that comes and goes: a small day in a few minutes. */
export interface LoadShape {
  /** Length of a cycle, milliseconds. */
  readonly periodMs: number;
  /** Requests per second at the quietest and the busiest moment of a cycle, without noise. */
  readonly troughPerSecond: number;
  readonly peakPerSecond: number;
  /** Standard deviation of the noise of a second relative to the load, 0 to 1. */
  readonly noise: number;
}

/** What the load generator is told. */
export interface LoadOrder extends LoadShape {
  readonly seed: number;
  /** When the present cycle began, epoch ms; in the past. */
  readonly cycleStartMs: number;
}

/** How much steeper the load rises than it falls: radians by which the first half of a cycle runs ahead, under 1. */
const LEAN = 0.5;
/** How much of a second's noise is left in the next. */
const NOISE_MEMORY = 0.8;

/** Requests per second at a time since the start, without noise. Begins at the trough. */
export function shapeAt(shape: LoadShape, sinceStartMs: number): number {
  const phase = (2 * Math.PI * sinceStartMs) / shape.periodMs;
  const leaning = phase + LEAN * (1 - Math.cos(phase));
  return shape.troughPerSecond + ((shape.peakPerSecond - shape.troughPerSecond) * (1 - Math.cos(leaning))) / 2;
}

/** Multiplies the load second by second: a positive factor around 1, correlated from one second to the next. */
export function createNoise(random: Random, deviation: number): () => number {
  let state = 0;
  const fresh = deviation * Math.sqrt(1 - NOISE_MEMORY ** 2);
  return () => {
    state = NOISE_MEMORY * state + fresh * standardNormal(random);
    return Math.exp(state - deviation ** 2 / 2);
  };
}

/** Milliseconds to the next arrival of a Poisson process. */
export function arrivalGapMs(random: Random, perSecond: number): number {
  return (-Math.log(1 - random.next()) / perSecond) * 1_000;
}

/** Box and Muller. */
function standardNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
