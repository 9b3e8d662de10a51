import type { Timeline } from '../../api/recording.ts';

export function between(least: number, value: number, most: number): number {
  return Math.max(least, Math.min(most, Number.isFinite(value) ? value : least));
}

/** Index of the last decision at or before a time; -1 when there is none. */
export function decisionAt({ decisionAtMs }: Timeline, atMs: number): number {
  let low = 0;
  let high = decisionAtMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((decisionAtMs[middle] ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The first interval that begins at or after a time: where what happened then is over. */
export function intervalAt({ startMs, intervalMs, required }: Timeline, atMs: number): number {
  return between(0, Math.ceil((atMs - startMs) / intervalMs), required.length - 1);
}

/** The interval in which the next decision was made; undefined when there is none. */
export function nextDecision(timeline: Timeline, at: number): number | undefined {
  const { startMs, intervalMs, decisionAtMs } = timeline;
  const next = decisionAtMs[decisionAt(timeline, startMs + at * intervalMs) + 1];
  return next === undefined ? undefined : Math.max(Math.min(at + 1, timeline.required.length - 1), intervalAt(timeline, next));
}

/** Where the next stretch of violations begins; undefined when there is none. */
export function nextViolation({ violation }: Timeline, at: number): number | undefined {
  let i = at;
  while (violation[i] === 1) i += 1;
  while (i < violation.length && violation[i] !== 1) i += 1;
  return i < violation.length ? i : undefined;
}
