import { fitArma, type ArmaModel } from './arma-fit.ts';

/** What batch training found in a window of a series. Plain data that JSON can carry. */
export interface SeriesModel {
  readonly format: 1;
  readonly intervalMs: number;
  /** null where the window cannot teach one. */
  readonly arma: ArmaModel | null;
  /** Why there is no ARMA, for people; null if there is one. */
  readonly armaProblem: string | null;
}

export interface TrainingWindow {
  readonly intervalMs: number;
  /** Start of the first interval, epoch ms. */
  readonly startMs: number;
  /** One value per interval; NaN (or null, as JSON tells it) where it was not measured. */
  readonly values: ArrayLike<number | null>;
}

/** Values beyond this many are not looked at: the newest count. */
const WINDOW_MAX = 20_000;

/**
 * Batch training of one series: a few milliseconds for two days of minutes. Pure, so it runs anywhere: on a worker, in a
 * simulation, in a test. The answer goes to `Forecaster.adopt`.
 */
export function fitSeries({ intervalMs, values }: TrainingWindow): SeriesModel {
  const skipped = Math.max(0, values.length - WINDOW_MAX);
  const newest = Float64Array.from({ length: values.length - skipped }, (_, i) => values[skipped + i] ?? Number.NaN);
  const usable = newest.map((value) => (Number.isFinite(value) && Math.abs(value) < 1e18 ? value : Number.NaN));
  const arma = fitArma(usable);
  return typeof arma === 'string'
    ? { format: 1, intervalMs, arma: null, armaProblem: arma }
    : { format: 1, intervalMs, arma, armaProblem: null };
}
