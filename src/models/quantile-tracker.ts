import { QUANTILE_LEVELS } from './forecast.ts';

/** Number of quantile levels. */
export const LEVELS = QUANTILE_LEVELS.length;
/** Index of the median among the levels. */
export const MEDIAN = QUANTILE_LEVELS.indexOf(0.5);
/** The levels as doubles, for hot loops. */
export const TAU = Float64Array.from(QUANTILE_LEVELS);

/** Density of the tracked values at a quantile is taken as DENSITY * level * (1 - level) / scale (a Laplace-like shape). */
const DENSITY = 1.6;
/** No single value moves a quantile by more than this many scales. */
const STEP_MAX = 2.5;

/**
 * Step of the tracker at each level, in scales, such that every level forgets at the same pace (`memory` values).
 * Tails have little density and so need the larger steps.
 */
export function trackerSteps(memory: number): Float64Array {
  return TAU.map((level) => Math.min(STEP_MAX, 2 / (memory * DENSITY * level * (1 - level))));
}

/**
 * Moves nine running quantiles towards a new value by the gradient of the pinball loss (quantile tracking:
 * Angelopoulos, Candes and Tibshirani 2023): 36 bytes instead of a sorted window, O(1) in its length. Ties count half-way, so
 * a quantile rests on a value that repeats.
 * @param at where the nine quantiles start in `quantiles`.
 * @param scale typical size of a value, above 0.
 */
export function trackQuantiles(quantiles: Float32Array, at: number, value: number, scale: number, steps: Float64Array): void {
  for (let j = 0; j < LEVELS; j++) {
    const q = quantiles[at + j] as number;
    const tau = TAU[j] as number;
    const gradient = value > q ? tau : tau - 1;
    const move = (steps[j] as number) * scale * gradient;
    const gap = value - q;
    // A step never jumps over the value that caused it.
    quantiles[at + j] = Math.abs(move) > Math.abs(gap) ? value : q + move;
  }
}
