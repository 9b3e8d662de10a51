import { sleep, type Clock } from '../ports/clock.ts';

/** In virtual time a slice never ends by the clock, so the number of pieces bounds it, too. */
const PIECES_MAX = 16;

/** Gives the event loop its turn: with a bus in memory, a backlog would otherwise be one endless chain of promises. */
export class Pacer {
  readonly #clock: Clock;
  readonly #sliceMs: number;
  #sliceEndMs: number;
  #pieces = 0;

  constructor(clock: Clock, sliceMs: number) {
    this.#clock = clock;
    this.#sliceMs = sliceMs;
    this.#sliceEndMs = clock.monotonicMs() + sliceMs;
  }

  /** To be awaited after every piece of work that may be one of many. */
  async pause(): Promise<void> {
    this.#pieces += 1;
    if (this.#pieces < PIECES_MAX && this.#clock.monotonicMs() < this.#sliceEndMs) return;
    await sleep(this.#clock, 0);
    this.#pieces = 0;
    this.#sliceEndMs = this.#clock.monotonicMs() + this.#sliceMs;
  }
}
