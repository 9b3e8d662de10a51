import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';

/** Wrong tokens within a minute after which none is looked at. */
const FAILURES_MAX = 10;
const FAILURES_MS = 60_000;

/** Counts wrong tokens. */
export class Lockout {
  readonly #clock: Clock;
  #failures: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  noteFailure(): void {
    this.#failures = [...this.#failures.slice(-FAILURES_MAX), this.#clock.monotonicMs()];
  }

  isLockedOut(): boolean {
    const sinceMs = this.#clock.monotonicMs() - FAILURES_MS;
    return this.#failures.filter((atMs) => atMs > sinceMs).length >= FAILURES_MAX;
  }
}

/** Of equal length by their hashes, so that the time says nothing. */
export function isSameToken(given: string, wanted: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}
