import { QUANTILE_LEVELS, type ForecastKind } from '../../src/models/index.ts';
import { targetOf } from './score.ts';

/**
 * The last value with quantiles of its own matured errors (the newest 1,440 of one-minute series, 576 of five-minute ones, 288 of
 * slower ones; rank ceil((n + 1) level)): what every forecaster is compared with.
 */
export function createNaive(values: ArrayLike<number>, intervalMs: number, steps: number, kind: ForecastKind) {
  const window = intervalMs <= 60_000 ? 1_440 : intervalMs <= 300_000 ? 576 : 288;
  const lasts = carriedOn(values);
  const sorted: number[] = [];
  const queue: number[] = [];
  const quantiles = new Float64Array(QUANTILE_LEVELS.length);
  return {
    /** Takes a row in; rows in order. @returns nine quantiles for the target of this row. */
    next(row: number): Float64Array {
      const origin = row - steps;
      if (origin >= 0) {
        const error = targetOf(values, origin, steps, kind) - (lasts[origin] ?? Number.NaN);
        if (!Number.isNaN(error)) {
          insert(sorted, error);
          queue.push(error);
          if (queue.length > window) remove(sorted, queue.shift() ?? 0);
        }
      }
      for (let j = 0; j < quantiles.length; j++) {
        const rank = Math.min(sorted.length, Math.max(1, Math.ceil((sorted.length + 1) * (QUANTILE_LEVELS[j] ?? 0) - 1e-9)));
        quantiles[j] = Math.max(0, (lasts[row] ?? 0) + (sorted[rank - 1] ?? 0));
      }
      return quantiles;
    },
  };
}

function carriedOn(values: ArrayLike<number>): Float64Array {
  let last = Number.NaN;
  return Float64Array.from({ length: values.length }, (_, i) => {
    const value = values[i] ?? Number.NaN;
    if (!Number.isNaN(value)) last = value;
    return last;
  });
}

function positionOf(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(sorted: number[], value: number): void {
  sorted.splice(positionOf(sorted, value), 0, value);
}

function remove(sorted: number[], value: number): void {
  sorted.splice(positionOf(sorted, value), 1);
}
