/** Latencies of the last seconds, in a ring of fixed size. */
export interface Latencies {
  record(atMs: number, latencyMs: number): void;
  /** Percentiles of what was recorded within the window, milliseconds; undefined when there is nothing. */
  summary(nowMs: number): LatencySummary | undefined;
}

export interface LatencySummary {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Keeps at most `capacity` of the latest; an answer older than `windowMs` does not count. */
export function createLatencies(capacity: number, windowMs: number): Latencies {
  const times = new Float64Array(capacity).fill(Number.NEGATIVE_INFINITY);
  const values = new Float64Array(capacity);
  let next = 0;
  return {
    record(atMs, latencyMs) {
      times[next] = atMs;
      values[next] = latencyMs;
      next = (next + 1) % capacity;
    },
    summary(nowMs) {
      const recent = values.filter((_, index) => (times[index] ?? 0) > nowMs - windowMs).sort();
      if (recent.length === 0) return undefined;
      const at = (share: number): number =>
        Math.round((recent[Math.min(recent.length - 1, Math.floor(share * recent.length))] ?? 0) * 10) / 10;
      return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
    },
  };
}
