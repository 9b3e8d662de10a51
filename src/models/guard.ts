import type { Arena } from './arena.ts';
import { LEVELS, MEDIAN, TAU } from './quantile-tracker.ts';

const STEP = 0.004;
/** Corrections never exceed this many typical errors: an unbounded one buys tenths of a point of coverage dearly. */
const CORRECTION_MAX = 3;

/**
 * Outer correction of the mixed quantiles of all heads: each level is moved by the gradient of its own coverage, in steps of the
 * typical error (quantile tracking, Angelopoulos, Candes and Tibshirani 2023), within bounds.
 */
export class Guard {
  /** Nine per head. */
  readonly corrections: Float64Array;
  /** Typical error of the mixture's median, per head. */
  readonly spreads: Float64Array;

  constructor(heads: number, arena: Arena) {
    this.corrections = arena.float64(heads * LEVELS);
    this.spreads = arena.float64(heads);
  }

  /**
   * @param count how many the head has learnt, this one included
   * @param answers corrected quantiles that were given
   * @param mixtures uncorrected ones, both at `at`
   */
  learn(head: number, count: number, value: number, answers: Float32Array, mixtures: Float32Array, at: number, unit: number): void {
    const { corrections, spreads } = this;
    const spread = spreads[head] as number;
    const typical = spread + 1e-9 * unit;
    // In the precision of what was said: a value that equals its quantile says neither too high nor too low.
    const came = Math.fround(value);
    for (let j = 0, to = head * LEVELS; j < LEVELS; j++, to++) {
      const aim = 1 - (TAU[j] as number);
      const said = answers[at + j] as number;
      const above = came > said ? 1 : came < said ? 0 : aim;
      const moved = (corrections[to] as number) + STEP * typical * (above - aim);
      corrections[to] = Math.max(-CORRECTION_MAX * typical, Math.min(CORRECTION_MAX * typical, moved));
    }
    const error = Math.abs(value - (mixtures[at + MEDIAN] as number));
    const rate = Math.max(0.005, 1 / count);
    spreads[head] = spread + rate * (count === 1 ? error : Math.min(error, 20 * spread + 1e-3 * unit) - spread);
  }
}
