/**
 * Which producers have been there for long enough that what they use is for their requests: one that has just started, or
 * started anew under its name as in a rollout, compiles and fills its caches. By name.
 */
export type WarmProducers = Map<string, SeenProducer>;

export interface SeenProducer {
  readonly incarnation: number;
  readonly sinceMs: number;
  lastMs: number;
}

const WARM_UP_MS = 300_000;
const WARM_UP_INTERVALS = 2;
/** Who has been silent for this long is forgotten. */
const SILENT_MS = 3_600_000;
/** Producers that are kept at the most; others are never warm. */
const PRODUCERS_MAX = 10_000;

/** Notes its interval, and says whether it was warm when that began. */
export function isWarm(seen: WarmProducers, producer: string, incarnation: number, startMs: number, intervalMs: number): boolean {
  const known = seen.get(producer);
  if (known === undefined || known.incarnation < incarnation) {
    if (known !== undefined || seen.size < PRODUCERS_MAX) seen.set(producer, { incarnation, sinceMs: startMs, lastMs: startMs });
    return false;
  }
  known.lastMs = Math.max(known.lastMs, startMs);
  return known.incarnation === incarnation && startMs - known.sinceMs >= Math.max(WARM_UP_MS, WARM_UP_INTERVALS * intervalMs);
}

export function forgetSilent(seen: WarmProducers, nowMs: number): void {
  for (const [producer, { lastMs }] of seen) if (nowMs - lastMs > SILENT_MS) seen.delete(producer);
}
