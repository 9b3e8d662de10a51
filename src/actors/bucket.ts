import type { PoolSettings } from './pool-settings.ts';
import { addLoads, NO_LOAD, spread, type Loads } from './measure.ts';

/** Nobody plans with the forecast of a single producer by the second; a day's shape has a place a minute. */
const BUCKET_MAX_MS = 60_000;
/** The shortest horizon is at least so many buckets long. */
const BUCKETS_A_HORIZON = 5;

/** Intervals of a single producer that are forecast as one: the last of them is still to come. */
export interface Bucket {
  readonly startMs: number;
  /** Start of the last interval taken. */
  lastMs: number;
  /** Sums of the rates of the intervals that were measured, and how many they are. */
  sums: Loads;
  measured: number;
}

/**
 * The interval by which single producers are forecast: as many intervals of the pool as fit a minute and a fifth of the shortest
 * horizon. Where others read a producer's forecast by the pool's interval, it is that.
 */
export function bucketMsOf({ intervalMs, horizonsMs, bottomUp }: PoolSettings, hasNetwork: boolean): number {
  if (hasNetwork || bottomUp === true) return intervalMs;
  const mostMs = Math.min(BUCKET_MAX_MS, (horizonsMs[0] ?? 0) / BUCKETS_A_HORIZON);
  for (let count = Math.floor(mostMs / intervalMs); count > 1; count -= 1) {
    if (horizonsMs.every((horizonMs) => horizonMs % (count * intervalMs) === 0)) return count * intervalMs;
  }
  return intervalMs;
}

/**
 * Start of a bucket of a producer, one of many: those of a pool end at different intervals. A node forecasts ten thousand producers
 * in the course of a minute, and not in one go at the end of it, when everything else would have to wait.
 */
export function firstBucketMs(address: string, intervalMs: number, bucketMs: number): number {
  return Math.floor((spread(address) * bucketMs) / intervalMs) * intervalMs;
}

/** The bucket of an interval, whole buckets away from one that starts at `anchorMs`. */
export function openBucket(startMs: number, bucketMs: number, anchorMs: number): Bucket {
  const past = Math.floor((startMs - anchorMs) / bucketMs);
  return { startMs: anchorMs + past * bucketMs, lastMs: startMs, sums: NO_LOAD, measured: 0 };
}

export function fillBucket(bucket: Bucket, startMs: number, rates: Loads): void {
  bucket.lastMs = startMs;
  bucket.sums = addLoads(bucket.sums, rates);
  bucket.measured += 1;
}

/** Means over what was measured. */
export function ratesOf({ sums, measured }: Bucket): Loads {
  return [sums[0] / measured, sums[1] / measured, sums[2] / measured, sums[3] / measured];
}

/** The means of values by a longer interval: a whole multiple of the shorter. NaN where nothing was measured. */
export function coarser(
  values: readonly number[],
  startMs: number,
  intervalMs: number,
  longerMs: number,
): { readonly startMs: number; readonly values: readonly number[] } {
  const firstMs = Math.floor(startMs / longerMs) * longerMs;
  const sums: number[] = [];
  const counts: number[] = [];
  for (const [i, value] of values.entries()) {
    const at = Math.floor((startMs + i * intervalMs - firstMs) / longerMs);
    sums[at] = (sums[at] ?? 0) + (Number.isNaN(value) ? 0 : value);
    counts[at] = (counts[at] ?? 0) + (Number.isNaN(value) ? 0 : 1);
  }
  return { startMs: firstMs, values: sums.map((sum, at) => sum / (counts[at] ?? 0)) };
}
