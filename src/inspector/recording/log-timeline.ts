import type { DecisionsFile, RecordedDecision, Seen } from './decisions-file.ts';
import { ROWS_MAX, type ReadTimeline } from './timeline-file.ts';

const INTERVAL_MIN_MS = 1_000;

/** A log of decisions has no timeline beside it: one is made of what each of them saw, which holds until the next. */
export function timelineOf({ decisions, problem }: DecisionsFile): ReadTimeline {
  const seen = decisions.filter((one): one is RecordedDecision & { readonly seen: Seen } => one.seen !== null);
  const [first] = seen;
  const last = seen.at(-1);
  if (first === undefined || last === undefined) return { ok: false, problem: problem ?? 'it holds no decision with its inputs' };
  const intervalMs = intervalOf(seen);
  const rows = Math.floor((last.atMs - first.atMs) / intervalMs) + 1;
  if (!(rows >= 1 && rows <= ROWS_MAX)) return { ok: false, problem: `it spans ${rows} intervals, at most ${ROWS_MAX} can be shown` };
  const held: Seen[] = [];
  let next = 0;
  for (let row = 0; row < rows; row++) {
    while ((seen[next + 1]?.atMs ?? Number.POSITIVE_INFINITY) <= first.atMs + row * intervalMs) next += 1;
    held.push((seen[next] ?? first).seen);
  }
  return {
    ok: true,
    columns: {
      startMs: first.atMs,
      intervalMs,
      demand: held.map(({ load }) => load),
      required: held.map(({ required }) => required),
      ready: held.map(({ ready }) => ready),
      requested: held.map(({ requested }) => requested),
      // It was not measured.
      latency: held.map(() => 0),
      violation: held.map(({ ready, required }) => Number(ready < required)),
    },
  };
}

/** The usual time between decisions. */
function intervalOf(decisions: readonly RecordedDecision[]): number {
  const gaps = decisions.slice(1).map(({ atMs }, i) => atMs - (decisions[i]?.atMs ?? 0));
  const sorted = gaps.filter((gap) => gap > 0).sort((a, b) => a - b);
  const middle = sorted[sorted.length >> 1];
  return Math.max(INTERVAL_MIN_MS, Math.round((middle ?? 60_000) / 1_000) * 1_000);
}
