/** Time, as the runtime and the adapters see it. Production: the machine's clocks. Simulation: virtual time. */
export interface Clock {
  /** Wall-clock time in epoch milliseconds; may jump. */
  nowMs(): number;
  /** Monotonic time in milliseconds from an arbitrary origin; never goes back. */
  monotonicMs(): number;
  /** Calls `callback` once, not before `delayMs` from now. */
  setTimer(delayMs: number, callback: () => void): TimerHandle;
}

export interface TimerHandle {
  cancel(): void;
}

/** Resolves after `delayMs` of the clock, or at once when `signal` aborts (it never rejects). */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      signal?.removeEventListener('abort', stop);
      resolve();
    };
    const timer = clock.setTimer(delayMs, done);
    const stop = (): void => {
      timer.cancel();
      done();
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}
