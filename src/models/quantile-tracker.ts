import { QUANTILE_LEVELS } from './forecast.ts';

/** Number of quantile levels. */
export const LEVELS = QUANTILE_LEVELS.length;
/** Index of the median among the levels. */
export const MEDIAN = QUANTILE_LEVELS.indexOf(0.5);
/** Index of the level from which capacity is planned by default. */
export const Q95 = QUANTILE_LEVELS.indexOf(0.95);
/** The levels as doubles, for hot loops. */
export const TAU = Float64Array.from(QUANTILE_LEVELS);

/** Density at a quantile is taken as DENSITY * level * (1 - level) / scale, which is about right for peaked distributions. */
const DENSITY = 1.6;
/** No single value moves a quantile by more than this many scales. */
const STEP_MAX = 2.5;

/**
 * Steps up (by a value above the quantile) and down, at each level, in scales, so that every level forgets at the same pace:
 * after about `memory` values. Tails have little density and so need the larger steps.
 */
export function fillSteps(memory: number, up: Float64Array, down: Float64Array): void {
  for (let j = 0; j < LEVELS; j++) {
    const tau = TAU[j] as number;
    const step = Math.min(STEP_MAX, 2 / (memory * DENSITY * tau * (1 - tau)));
    up[j] = step * tau;
    down[j] = step * (1 - tau);
  }
}

/**
 * Moves nine running quantiles towards a value by the gradient of the pinball loss (quantile tracking: Angelopoulos, Candes
 * and Tibshirani 2023). 36 bytes take the place of a sorted window. A step never jumps over the value that caused it, so
 * quantiles come to rest on a value that repeats.
 * @param at where the nine quantiles start.
 * @param scale typical size of a value, above 0.
 */
export function trackQuantiles(
  quantiles: Float32Array,
  at: number,
  value: number,
  scale: number,
  up: Float64Array,
  down: Float64Array,
): void {
  for (let j = 0; j < LEVELS; j++) {
    const q = quantiles[at + j] as number;
    if (value > q) {
      const moved = q + (up[j] as number) * scale;
      quantiles[at + j] = moved < value ? moved : value;
    } else {
      const moved = q - (down[j] as number) * scale;
      quantiles[at + j] = moved > value ? moved : value;
    }
  }
}
