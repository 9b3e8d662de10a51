/** Replica counts that held for a stretch of time. */
export interface Segment {
  readonly fromMs: number;
  readonly toMs: number;
  /** Replicas paid for: asked for and not ended, starting ones included. */
  readonly requested: number;
  readonly ready: number;
}

/** Keeps what a cloud had over time, until it is taken in stretches. A count recorded at a time holds from it on. */
export class Ledger {
  #changes: { readonly atMs: number; readonly requested: number; readonly ready: number }[] = [];
  #takenMs: number;
  #held: { readonly requested: number; readonly ready: number };

  constructor(startMs: number, replicas: number) {
    this.#takenMs = startMs;
    this.#held = { requested: replicas, ready: replicas };
  }

  /** Times must not go back, nor under what was taken. */
  record(atMs: number, requested: number, ready: number): void {
    this.#changes.push({ atMs, requested, ready });
  }

  /** Everything from the last take up to `toMs`, in order and without gaps. What changed at `toMs` belongs to the next. */
  take(toMs: number): Segment[] {
    const segments: Segment[] = [];
    const close = (untilMs: number): void => {
      if (untilMs > this.#takenMs) segments.push({ fromMs: this.#takenMs, toMs: untilMs, ...this.#held });
      this.#takenMs = untilMs;
    };
    let done = 0;
    for (const change of this.#changes) {
      if (change.atMs >= toMs) break;
      close(change.atMs);
      this.#held = { requested: change.requested, ready: change.ready };
      done += 1;
    }
    this.#changes = this.#changes.slice(done);
    close(toMs);
    return segments;
  }
}

/** The least ready count, and time-weighted means. */
export interface Usage {
  readonly readyLeast: number;
  readonly readyMean: number;
  readonly requestedMean: number;
}

export function usageOf(segments: readonly Segment[]): Usage {
  let spanMs = 0;
  let readyLeast = Number.POSITIVE_INFINITY;
  let ready = 0;
  let requested = 0;
  for (const segment of segments) {
    const lengthMs = segment.toMs - segment.fromMs;
    spanMs += lengthMs;
    readyLeast = Math.min(readyLeast, segment.ready);
    ready += segment.ready * lengthMs;
    requested += segment.requested * lengthMs;
  }
  if (spanMs === 0) return { readyLeast: 0, readyMean: 0, requestedMean: 0 };
  return { readyLeast, readyMean: ready / spanMs, requestedMean: requested / spanMs };
}
