import { fitArma, type ArmaModel } from './arma-fit.ts';
import { findPeriods, tolerance } from './periods.ts';

/** What batch training found in a window of a series. Plain data that JSON can carry. */
export interface SeriesModel {
  readonly format: 1;
  readonly intervalMs: number;
  /** null where the window cannot teach one. */
  readonly arma: ArmaModel | null;
  /** Why there is no ARMA, for people; null if there is one. */
  readonly armaProblem: string | null;
  /** The strongest cycle that is neither a day nor a week, which are always looked at; null: there is none; absent: it was not looked for. */
  readonly cycle?: Cycle | null;
}

export interface Cycle {
  readonly lengthMs: number;
  /** How much another length may differ and be the same as far as this window can tell, milliseconds. */
  readonly nearMs: number;
}

/** The recent past of one series. `intervalMs`: length of its intervals. */
export interface TrainingWindow {
  readonly intervalMs: number;
  /** Start of the first interval, epoch ms. */
  readonly startMs: number;
  /** One value per interval; NaN (or null, as JSON tells it) where it was not measured. */
  readonly values: ArrayLike<number | null>;
  /** Whether cycles are looked for. Default true. */
  readonly cycles?: boolean;
}

/** Values beyond this many are not looked at: the newest count. */
const WINDOW_MAX = 20_000;
/** Cycles are looked for in the newest values, so many at most. */
const CYCLE_WINDOW_MAX = 4_096;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Batch training of one series: a few milliseconds for two days of minutes. Pure, so it runs anywhere: on a worker, in a
 * simulation, in a test. The answer goes to `Forecaster.adopt`.
 */
export function fitSeries({ intervalMs, startMs, values, cycles = true }: TrainingWindow): SeriesModel {
  const skipped = Math.max(0, values.length - WINDOW_MAX);
  const newest = Float64Array.from({ length: values.length - skipped }, (_, i) => values[skipped + i] ?? Number.NaN);
  const usable = newest.map((value) => (Number.isFinite(value) && Math.abs(value) < 1e18 ? value : Number.NaN));
  const arma = fitArma(usable, { startMs: startMs + skipped * intervalMs, intervalMs });
  const found = cycles ? { cycle: findCycle(usable.subarray(-CYCLE_WINDOW_MAX), intervalMs) } : {};
  return typeof arma === 'string'
    ? { format: 1, intervalMs, arma: null, armaProblem: arma, ...found }
    : { format: 1, intervalMs, arma, armaProblem: null, ...found };
}

function findCycle(values: Float64Array, intervalMs: number): Cycle | null {
  for (const period of findPeriods(values)) {
    const nearMs = tolerance(period, values.length) * intervalMs;
    const lengthMs = rounded(period * intervalMs, nearMs, [MINUTE_MS, intervalMs]);
    if (lengthMs < DAY_MS - nearMs) return { lengthMs, nearMs: nearMs / 2 };
  }
  return null;
}

/** What people and their schedulers set is whole: the first unit of which there is a multiple near enough. */
function rounded(lengthMs: number, nearMs: number, unitsMs: readonly number[]): number {
  const whole = unitsMs.map((unitMs) => Math.round(lengthMs / unitMs) * unitMs);
  return whole.find((candidateMs) => candidateMs > 0 && Math.abs(candidateMs - lengthMs) <= nearMs) ?? lengthMs;
}
