import { LEVELS, MEDIAN, TAU } from './quantile-tracker.ts';

const STEP = 0.004;
/** Corrections never exceed this many typical errors: an unbounded one buys tenths of a point of coverage dearly. */
const CORRECTION_MAX = 3;

/**
 * Outer correction of the mixed quantiles: each level is moved by the gradient of its own coverage, in steps of the typical error
 * (quantile tracking, Angelopoulos, Candes and Tibshirani 2023), within bounds.
 */
export class Guard {
  readonly corrections = new Float64Array(LEVELS);
  /** Typical error of the mixture's median. */
  spread = 0;
  private count = 0;

  /** @param answers corrected quantiles that were given, @param mixtures uncorrected ones, both at `at`. */
  learn(value: number, answers: Float64Array, mixtures: Float64Array, at: number, unit: number): void {
    const { corrections } = this;
    const typical = this.spread + 1e-9 * unit;
    for (let j = 0; j < LEVELS; j++) {
      const aim = 1 - (TAU[j] as number);
      const said = answers[at + j] as number;
      // A value that equals its quantile says neither too high nor too low.
      const above = value > said ? 1 : value < said ? 0 : aim;
      const moved = (corrections[j] as number) + STEP * typical * (above - aim);
      corrections[j] = Math.max(-CORRECTION_MAX * typical, Math.min(CORRECTION_MAX * typical, moved));
    }
    this.count += 1;
    const error = Math.abs(value - (mixtures[at + MEDIAN] as number));
    const rate = Math.max(0.005, 1 / this.count);
    this.spread += rate * (this.count === 1 ? error : Math.min(error, 20 * this.spread + 1e-3 * unit) - this.spread);
  }
}
