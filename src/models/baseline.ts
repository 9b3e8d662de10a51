import type { Arena } from './arena.ts';
import { pinball } from './combiner.ts';
import { LEVELS, fillSteps, trackQuantiles } from './quantile-tracker.ts';

/** Errors that the quantiles remember, as those of the experts. */
const MEMORY = 600;
/** Errors before the quantiles say anything. */
const ERRORS_MIN = 10;

/**
 * A plain answer by which skill is measured: one value (the last one, or that of a day ago) with running quantiles of its own
 * matured errors, for all heads of a forecaster.
 */
export class Baseline {
  private readonly quantiles: Float32Array;
  /** Per head: typical size of an error, and how many were met. */
  private readonly errors: Float64Array;

  constructor(heads: number, arena: Arena) {
    this.quantiles = arena.float32(heads * LEVELS);
    this.errors = arena.float64(2 * heads);
  }

  /** Writes the loss of each level, then learns the error. @returns false while too few errors are known for a loss to count. */
  score(losses: Float64Array, head: number, target: number, plain: number): boolean {
    const { quantiles, errors } = this;
    const first = head * LEVELS;
    for (let j = 0; j < LEVELS; j++) losses[j] = pinball(j, target - Math.max(0, plain + (quantiles[first + j] as number)));
    const typical = errors[2 * head] as number;
    const count = errors[2 * head + 1] as number;
    const error = target - plain;
    if (count === 0) quantiles.fill(error, first, first + LEVELS);
    const size = typical + Math.max(0.005, 1 / (count + 1)) * (Math.abs(error) - typical);
    fillSteps(Math.min(count + 1, MEMORY), UP, DOWN);
    trackQuantiles(quantiles, first, error, size + 1e-300, UP, DOWN);
    errors[2 * head] = size;
    errors[2 * head + 1] = count + 1;
    return count >= ERRORS_MIN;
  }
}

/** Work space; holds nothing between calls. */
const UP = new Float64Array(LEVELS);
const DOWN = new Float64Array(LEVELS);
