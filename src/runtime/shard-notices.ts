/** What happens to many shards at once is told in one line: whoever loses the bus has sixty-four of them. */
import type { Clock, TimerHandle } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** What comes within this long of the first is told with it, milliseconds. */
const GATHER_MS = 100;

interface Notice {
  readonly message: string;
  readonly reason: string;
  readonly shards: Set<number>;
}

export class ShardNotices {
  readonly #clock: Clock;
  readonly #log: Log;
  /** By what they tell; shards are few, and reasons, too, until the next line. */
  readonly #waiting = new Map<string, Notice>();
  #timer: TimerHandle | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  warn(shard: number, reason: string, message: string): void {
    const key = `${message}\n${reason}`;
    const notice = this.#waiting.get(key) ?? { message, reason, shards: new Set() };
    notice.shards.add(shard);
    this.#waiting.set(key, notice);
    this.#timer ??= this.#clock.setTimer(GATHER_MS, () => this.tell());
  }

  /** Tells what waits: nothing is kept back by who ends. */
  tell(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const { message, reason, shards } of this.#waiting.values())
      this.#log.warn({ shards: [...shards].sort((a, b) => a - b), reason }, message);
    this.#waiting.clear();
  }
}
