/**
 * The time at which requests arrive. To ask for it is a third of what a request costs; so while many come, a timer reads it
 * and they share what it read: at most `READ_EVERY_MS`, and what the event loop was held up, too early.
 */
import type { Clock } from '../ports/clock.ts';

const READ_EVERY_MS = 10;
/** So many within that time are many: a thousand a second. */
const MANY = 10;

export class RequestClock {
  readonly #clock: Clock;
  #isShared = false;
  #readMs = Number.NEGATIVE_INFINITY;
  #asked = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  nowMs(): number {
    this.#asked += 1;
    return this.#isShared ? this.#readMs : this.#ask();
  }

  #ask(): number {
    const nowMs = this.#clock.nowMs();
    const isNewSpan = !(nowMs >= this.#readMs && nowMs < this.#readMs + READ_EVERY_MS);
    if (isNewSpan) this.#begin(nowMs);
    else if (this.#asked > MANY) this.#share(nowMs);
    return nowMs;
  }

  #begin(nowMs: number): void {
    this.#readMs = nowMs;
    this.#asked = 1;
  }

  #share(nowMs: number): void {
    this.#begin(nowMs);
    this.#isShared = true;
    this.#clock.setTimer(READ_EVERY_MS, () => {
      if (this.#asked > MANY) this.#share(this.#clock.nowMs());
      else this.#isShared = false;
    });
  }
}
