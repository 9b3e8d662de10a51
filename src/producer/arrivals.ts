/**
 * When requests arrive. To ask for the time with each is much of what a request costs; so while many come, the clock is asked
 * with every n-th alone, n as many as come within ten milliseconds, and those between are counted. They are told with the next
 * n-th or before the interval closes; so at most n - 1, a hundredth of what a second brings, are put into the second before.
 */
import type { Clock } from '../ports/clock.ts';
import type { Recorder } from './recorder.ts';

const SPAN_MS = 10;
const COUNTED_MAX = 127;
/** In shorter intervals a time of ten milliseconds ago would often be of the interval before. */
const COUNTS_FROM_MS = 1_000;

export class Arrivals {
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  /** When the clock was last asked. */
  #askedMs = Number.NaN;
  /** Requests since then, and after how many it is asked again. */
  #counted = 0;
  #countedMax = 0;

  constructor(recorder: Recorder, clock: Clock) {
    this.#recorder = recorder;
    this.#clock = clock;
    recorder.beforeClose(() => {
      this.#tell();
      // What comes after is of the next interval.
      this.#countedMax = 0;
    });
  }

  /** A request has arrived. */
  count(): void {
    if (this.#counted < this.#countedMax) this.#counted += 1;
    else this.#ask();
  }

  #ask(): void {
    const nowMs = this.#clock.nowMs();
    const countedMax = this.#countedMaxAfter(nowMs - this.#askedMs);
    this.#tell();
    this.#recorder.arrive(nowMs);
    this.#askedMs = nowMs;
    this.#countedMax = countedMax;
  }

  /** How many to count from now on, if as many as until now took so long. */
  #countedMaxAfter(tookMs: number): number {
    // Where nobody flushes, nothing but the next request would tell that an interval is over.
    const isCounting = this.#recorder.isFlushed && this.#recorder.intervalMs >= COUNTS_FROM_MS;
    if (!isCounting || !(tookMs >= 0 && tookMs <= SPAN_MS)) return 0;
    return 2 * tookMs <= SPAN_MS ? Math.min(COUNTED_MAX, 2 * this.#countedMax + 1) : this.#countedMax;
  }

  #tell(): void {
    if (this.#counted > 0) this.#recorder.arriveMore(this.#askedMs, this.#counted);
    this.#counted = 0;
  }
}
