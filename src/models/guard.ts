import type { Arena } from './arena.ts';
import { LEVELS, MEDIAN, Q95, TAU } from './quantile-tracker.ts';
import { sortNine } from './sort-nine.ts';

const STEP = 0.004;
/**
 * Corrections never exceed this share of a typical error. Ten times as much wins no coverage and costs 0.3% of loss, most of it where
 * values repeat: there it is what the share of the way is for.
 */
const CORRECTION_MAX = 0.3;
/** Step of the share of the way to the neighbouring level. Larger ones win little: 0.02 takes a tenth of a point of error for 0.5% of loss. */
const SHARE_STEP = 0.001;
/** How fast the recent shortfall of q95 is followed: about the last twenty targets. */
const RECENT_RATE = 0.05;
/** Share of the way to q975 for each point that q95 was recently short: three points too many misses move it by 0.4. */
const RECENT_SHARE = 14;
/** Where q95 is steered to: it lags behind what changes, most at the longest horizons, and would be short of 0.95 on the days that do. */
const Q95_AIM = 0.956;
/** Share of targets that should lie above each level. */
const ABOVE = TAU.map((tau, j) => 1 - (j === Q95 ? Q95_AIM : tau));

/**
 * Outer correction of the mixed quantiles of all heads, by the coverage that each level turns out to have, in three ways:
 *
 * - each level is moved in steps of the typical error (quantile tracking: Angelopoulos, Candes and Tibshirani 2023), within bounds;
 * - then towards its neighbour, by a share of the way (conformal PID control: the same authors; adaptive conformal inference: Gibbs
 *   and Candes 2021, with the level bounded by its neighbours so that it cannot run away). Where values repeat, or lie on two scales, the
 *   typical error says nothing about how close the levels are, and the share does;
 * - q95, from which capacity is planned and on which the alarm stands, by what it was short of over the last targets, so that a bad
 *   hour does not become a bad day.
 */
export class Guard {
  /** Typical error of the mixture's median, per head. */
  readonly spreads: Float64Array;
  /** Nine per head. */
  private readonly corrections: Float32Array;
  /** Nine per head, -1 (the level below) to 1 (the level above). */
  private readonly shares: Float32Array;
  /** Share of misses of q95 lately, less the share it should have; per head. */
  private readonly recent: Float64Array;

  constructor(heads: number, arena: Arena) {
    this.corrections = arena.float32(heads * LEVELS);
    this.shares = arena.float32(heads * LEVELS);
    this.recent = arena.float64(heads);
    this.spreads = arena.float64(heads);
  }

  /** What it has learnt, beside the latest. */
  get lasting(): readonly (Float32Array | Float64Array)[] {
    return [this.corrections, this.shares, this.spreads];
  }

  /** Corrects nine quantiles in place. */
  correct(head: number, quantiles: Float64Array): void {
    const first = head * LEVELS;
    for (let j = 0; j < LEVELS; j++) quantiles[j] = (quantiles[j] as number) + (this.corrections[first + j] as number);
    sortNine(quantiles);
    for (let j = 0; j < LEVELS; j++) {
      const here = quantiles[j] as number;
      const share = bounded((this.shares[first + j] as number) + (j === Q95 ? RECENT_SHARE * (this.recent[head] as number) : 0));
      // The level below has been moved already: levels that should be one value come down to it together.
      const towards = quantiles[share < 0 ? Math.max(0, j - 1) : Math.min(LEVELS - 1, j + 1)] as number;
      quantiles[j] = here + Math.abs(share) * (towards - here);
    }
  }

  /**
   * @param count how many the head has learnt, this one included
   * @param answers corrected quantiles that were given
   * @param mixtures uncorrected ones, both at `at`
   */
  learn(head: number, count: number, value: number, answers: Float32Array, mixtures: Float32Array, at: number, unit: number): void {
    const { corrections, shares, recent, spreads } = this;
    const spread = spreads[head] as number;
    const typical = spread + 1e-9 * unit;
    // In the precision of what was said: a value that equals its quantile says neither too high nor too low.
    const came = Math.fround(value);
    for (let j = 0, to = head * LEVELS; j < LEVELS; j++, to++) {
      const aim = ABOVE[j] as number;
      const said = answers[at + j] as number;
      const above = came > said ? 1 : came < said ? 0 : aim;
      const moved = (corrections[to] as number) + STEP * typical * (above - aim);
      corrections[to] = Math.max(-CORRECTION_MAX * typical, Math.min(CORRECTION_MAX * typical, moved));
      shares[to] = bounded((shares[to] as number) + SHARE_STEP * (above - aim));
      if (j === Q95) recent[head] = (recent[head] as number) + RECENT_RATE * (above - aim - (recent[head] as number));
    }
    const error = Math.abs(value - (mixtures[at + MEDIAN] as number));
    const rate = Math.max(0.005, 1 / count);
    spreads[head] = spread + rate * (count === 1 ? error : Math.min(error, 20 * spread + 1e-3 * unit) - spread);
  }
}

function bounded(share: number): number {
  return Math.max(-1, Math.min(1, share));
}
