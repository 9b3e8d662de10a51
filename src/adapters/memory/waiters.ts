import type { ShardCursor } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';

/** Readers that wait for an entry in one of several shards. */
export class Waiters {
  readonly #clock: Clock;
  readonly #waiting = new Set<{ readonly cursors: readonly ShardCursor[]; readonly wake: () => void }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves at an append to one of the shards, after `waitMs`, or when the signal aborts. */
  wait(cursors: readonly ShardCursor[], waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(waiter);
        timer.cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const waiter = { cursors, wake };
      const timer = this.#clock.setTimer(waitMs, wake);
      this.#waiting.add(waiter);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  wake(shard: number): void {
    for (const waiter of this.#waiting) if (waiter.cursors.some((cursor) => cursor.shard === shard)) waiter.wake();
  }

  wakeAll(): void {
    for (const waiter of this.#waiting) waiter.wake();
  }
}
