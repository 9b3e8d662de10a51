/**
 * The largest of some numbers over any of the last windows, in a bounded number of spans of time: what rules that hold, or
 * that look back, have to remember.
 */
export interface PeakSpan {
  /** Start of its first and of its last interval. */
  readonly fromMs: number;
  readonly toMs: number;
  /** One number for each thing that is remembered. */
  readonly largest: readonly number[];
}

export const PEAK_SPANS_MAX = 64;

/** Adds an interval. Spans are `windowMs / (PEAK_SPANS_MAX - 1)` long at the most, one interval at the least. */
export function recordPeaks(spans: readonly PeakSpan[], startMs: number, values: readonly number[], windowMs: number): readonly PeakSpan[] {
  const kept = spans.filter((span) => span.toMs > startMs - windowMs && span.toMs < startMs);
  const last = kept.at(-1);
  if (last !== undefined && startMs - last.fromMs < windowMs / (PEAK_SPANS_MAX - 1)) {
    const largest = last.largest.map((value, i) => Math.max(value, values[i] ?? 0));
    return [...kept.slice(0, -1), { fromMs: last.fromMs, toMs: startMs, largest }];
  }
  return [...kept.slice(-(PEAK_SPANS_MAX - 1)), { fromMs: startMs, toMs: startMs, largest: values }];
}

/** The largest number of the window that ends with the interval at `startMs`; that interval always counts. 0 without any. */
export function peakOf(spans: readonly PeakSpan[], which: number, startMs: number, windowMs: number): number {
  let largest = 0;
  for (let i = spans.length - 1; i >= 0; i -= 1) {
    const span = spans[i];
    if (span === undefined || (span.toMs <= startMs - windowMs && span.toMs !== startMs)) break;
    const value = span.largest[which] ?? 0;
    if (value > largest) largest = value;
  }
  return largest;
}
