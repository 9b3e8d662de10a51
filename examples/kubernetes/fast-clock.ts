import type { Clock } from '../../src/ports/clock.ts';
import { createSystemClock } from '../../src/adapters/system/clock.ts';

/** A clock that runs so many times as fast as that of the machine: hours of a cluster in minutes, with real sockets. */
export function fastClock(factor: number, startMs: number): Clock {
  const real = createSystemClock();
  const beganMs = real.monotonicMs();
  const passedMs = (): number => (real.monotonicMs() - beganMs) * factor;
  return {
    nowMs: () => Math.floor(startMs + passedMs()),
    monotonicMs: passedMs,
    setTimer: (delayMs, callback) => real.setTimer(delayMs / factor, callback),
  };
}
