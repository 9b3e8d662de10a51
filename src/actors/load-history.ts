/**
 * The largest load of each bounding resource over a window, in a bounded number of spans. A span leaves when its last
 * interval does.
 */
export interface LoadSpan {
  /** Starts of the first and the last interval in it. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Largest load, one per bounding resource. */
  readonly largest: readonly number[];
}

const SPANS_MAX = 24;

export function recordLoads(spans: readonly LoadSpan[], startMs: number, loads: readonly number[], windowMs: number): readonly LoadSpan[] {
  const kept = spans.filter((span) => span.toMs > startMs - windowMs);
  const last = kept.at(-1);
  if (last !== undefined && startMs - last.fromMs < windowMs / (SPANS_MAX - 1)) {
    const largest = last.largest.map((load, i) => Math.max(load, loads[i] ?? 0));
    return [...kept.slice(0, -1), { fromMs: last.fromMs, toMs: startMs, largest }];
  }
  return [...kept.slice(-(SPANS_MAX - 1)), { fromMs: startMs, toMs: startMs, largest: loads }];
}

/** Over the window that ends with the interval at `startMs`; null when nothing was measured in it. */
export function largestLoad(spans: readonly LoadSpan[], resource: number, startMs: number, windowMs: number): number | null {
  let largest: number | null = null;
  for (const span of spans) {
    const load = span.largest[resource];
    if (load === undefined || (span.toMs <= startMs - windowMs && span.toMs !== startMs)) continue;
    if (largest === null || load > largest) largest = load;
  }
  return largest;
}
