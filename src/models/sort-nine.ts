import { LEVELS } from './quantile-tracker.ts';

/** Insertion sort: nine values that are nearly in order. */
export function sortNine(values: Float64Array): void {
  for (let i = 1; i < LEVELS; i++) {
    const value = values[i] as number;
    let j = i - 1;
    while (j >= 0 && (values[j] as number) > value) {
      values[j + 1] = values[j] as number;
      j -= 1;
    }
    values[j + 1] = value;
  }
}
