import type { ForecastKind } from '../../src/models/index.ts';
import { QUANTILE_LEVELS } from '../../src/models/index.ts';

/** Levels over which calibration is judged, as positions among QUANTILE_LEVELS: .5 .9 .95 .975 .99. */
const CALIBRATION = [3, 5, 6, 7, 8];
const Q95 = 6;
const DAY_MS = 86_400_000;
/** A day with fewer origins says nothing about its coverage. */
const DAY_ORIGINS_MIN = 20;

export interface Score {
  readonly origins: number;
  /** Weighted quantile loss: mean over levels of 2 sum(pinball) / sum |value|; NaN where all values are 0. */
  readonly wql: number;
  /** Mean gap between coverage and level, in points; a level between the shares of < and <= counts as met. */
  readonly calibrationError: number;
  /** Least coverage of q95 on one UTC day; NaN without a day of enough origins. */
  readonly worstDay: number;
}

/** Sums up answers of one series, horizon and kind. */
export class Scorer {
  private loss = 0;
  private size = 0;
  private origins = 0;
  private readonly below = new Float64Array(QUANTILE_LEVELS.length);
  private readonly covered = new Float64Array(QUANTILE_LEVELS.length);
  private readonly days = new Map<number, { origins: number; hits: number }>();

  add(originMs: number, value: number, quantiles: ArrayLike<number>): void {
    if (Number.isNaN(value)) return;
    this.origins += 1;
    this.size += Math.abs(value);
    for (let j = 0; j < QUANTILE_LEVELS.length; j++) {
      const level = QUANTILE_LEVELS[j] ?? 0;
      const error = value - (quantiles[j] ?? Number.NaN);
      this.loss += Math.max(level * error, (level - 1) * error);
      if (error <= 0) this.covered[j] = (this.covered[j] ?? 0) + 1;
      if (error < 0) this.below[j] = (this.below[j] ?? 0) + 1;
    }
    const key = Math.floor(originMs / DAY_MS);
    const day = this.days.get(key) ?? { origins: 0, hits: 0 };
    this.days.set(key, { origins: day.origins + 1, hits: day.hits + (value <= (quantiles[Q95] ?? 0) ? 1 : 0) });
  }

  score(): Score {
    const { origins } = this;
    const gaps = CALIBRATION.map((j) => {
      const level = QUANTILE_LEVELS[j] ?? 0;
      return Math.max(0, (this.below[j] ?? 0) / origins - level, level - (this.covered[j] ?? 0) / origins);
    });
    const fullest = Math.max(0, ...[...this.days.values()].map((day) => day.origins));
    const shares = [...this.days.values()]
      .filter((day) => day.origins >= Math.max(DAY_ORIGINS_MIN, fullest / 4))
      .map((day) => day.hits / day.origins);
    return {
      origins,
      wql: this.size > 0 ? (2 * this.loss) / QUANTILE_LEVELS.length / this.size : Number.NaN,
      calibrationError: (100 * gaps.reduce((sum, gap) => sum + gap, 0)) / gaps.length,
      worstDay: shares.length > 0 ? Math.min(...shares) : Number.NaN,
    };
  }
}

/** What came after an origin; NaN if it was not measured or lies beyond the end. */
export function targetOf(values: ArrayLike<number>, row: number, steps: number, kind: ForecastKind): number {
  if (row + steps >= values.length) return Number.NaN;
  if (kind === 'point') return values[row + steps] ?? Number.NaN;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = row + 1; i <= row + steps; i++) most = Math.max(most, values[i] ?? Number.NaN);
  return most;
}

export function geometricMean(values: readonly number[]): number {
  const usable = values.filter((value) => value > 0 && Number.isFinite(value));
  return Math.exp(usable.reduce((sum, value) => sum + Math.log(value), 0) / usable.length);
}

export function mean(values: readonly number[]): number {
  const usable = values.filter((value) => !Number.isNaN(value));
  return usable.reduce((sum, value) => sum + value, 0) / usable.length;
}

export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
