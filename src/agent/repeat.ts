import type { Clock } from '../ports/clock.ts';

/** Does something again and again, never twice at a time. Begins at once. */
export interface Repeat {
  stop(): Promise<void>;
}

/** `work` must not reject. `phaseMs`: the end of a piece of work is counted from whole multiples of `everyMs`, plus this. */
export function repeat(clock: Clock, everyMs: number, work: (signal: AbortSignal) => Promise<void>, phaseMs?: number): Repeat {
  const stop = new AbortController();
  let wake: (() => void) | undefined;
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const begunMs = clock.monotonicMs();
      await work(stop.signal);
      if (stop.signal.aborted) return;
      const nowMs = clock.nowMs();
      const waitMs =
        phaseMs === undefined ? everyMs - (clock.monotonicMs() - begunMs) : everyMs - ((((nowMs - phaseMs) % everyMs) + everyMs) % everyMs);
      await new Promise<void>((resolve) => {
        const timer = clock.setTimer(Math.max(1, waitMs), resolve);
        wake = () => {
          timer.cancel();
          resolve();
        };
      });
    }
  };
  const running = loop();
  return {
    stop() {
      stop.abort();
      wake?.();
      return running;
    },
  };
}
