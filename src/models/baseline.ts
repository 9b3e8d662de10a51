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
  private readonly sizes: Float64Array;
  private readonly counts: Float64Array;

  constructor(heads: number, arena: Arena) {
    this.quantiles = arena.float32(heads * LEVELS);
    this.sizes = arena.float64(heads);
    this.counts = arena.float64(heads);
  }

  /** Writes the loss of each level, then learns the error. @returns false while too few errors are known for a loss to count. */
  score(losses: Float64Array, head: number, target: number, plain: number): boolean {
    const { quantiles, sizes, counts } = this;
    const first = head * LEVELS;
    for (let j = 0; j < LEVELS; j++) losses[j] = pinball(j, target - Math.max(0, plain + (quantiles[first + j] as number)));
    const count = counts[head] as number;
    const error = target - plain;
    if (count === 0) quantiles.fill(error, first, first + LEVELS);
    const size = (sizes[head] as number) + Math.max(0.005, 1 / (count + 1)) * (Math.abs(error) - (sizes[head] as number));
    sizes[head] = size;
    fillSteps(Math.min(count + 1, MEMORY), UP, DOWN);
    trackQuantiles(quantiles, first, error, size + 1e-300, UP, DOWN);
    counts[head] = count + 1;
    return count >= ERRORS_MIN;
  }
}

/** Work space; holds nothing between calls. */
const UP = new Float64Array(LEVELS);
const DOWN = new Float64Array(LEVELS);
