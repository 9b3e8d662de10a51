import type { Clock } from '../../src/ports/clock.ts';

/** Time that passes when a test says so, for adapters that do real I/O. */
export interface ManualClock extends Clock {
  /** Fires what is due on the way, in order, and lets I/O happen in between. */
  advance(ms: number): Promise<void>;
}

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

const START_MS = 1_700_000_000_000;

export function createManualClock(): ManualClock {
  const timers = new Set<Timer>();
  let elapsedMs = 0;
  return {
    nowMs: () => START_MS + elapsedMs,
    monotonicMs: () => elapsedMs,
    setTimer(delayMs, callback) {
      const timer = { dueMs: elapsedMs + Math.max(0, delayMs), callback };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    async advance(ms) {
      const untilMs = elapsedMs + ms;
      for (;;) {
        const [next] = [...timers].filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined) break;
        timers.delete(next);
        elapsedMs = Math.max(elapsedMs, next.dueMs);
        next.callback();
        await turn();
      }
      elapsedMs = untilMs;
      await turn();
    },
  };
}

/** A few turns of the event loop: bytes on loopback arrive. */
export async function turn(turns = 3): Promise<void> {
  for (let i = 0; i < turns; i += 1) await new Promise((resolve) => void setImmediate(resolve));
}
