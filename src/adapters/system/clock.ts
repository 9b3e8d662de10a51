import type { Clock } from '../../ports/clock.ts';

/** setTimeout fires at once above this; longer delays are taken in parts. */
const DELAY_MAX_MS = 2 ** 31 - 1;

/** The machine's clocks. Wall time may jump; monotonic time does not, and goes on while the process is stopped. */
export function createSystemClock(): Clock {
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    setTimer(delayMs, callback) {
      // No delay means "after pending I/O": setTimeout would wait a whole millisecond.
      if (delayMs <= 0) {
        const immediate = setImmediate(callback);
        return { cancel: () => clearImmediate(immediate) };
      }
      let timeout: NodeJS.Timeout;
      const dueMs = performance.now() + delayMs;
      // Looks again when it is called: the engine's timers count whole milliseconds and may be up to one early.
      const wait = (): void => {
        const leftMs = dueMs - performance.now();
        if (leftMs <= 0) callback();
        else timeout = setTimeout(wait, Math.min(Math.ceil(leftMs), DELAY_MAX_MS));
      };
      wait();
      return { cancel: () => clearTimeout(timeout) };
    },
  };
}
