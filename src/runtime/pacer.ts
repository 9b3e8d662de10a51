import { sleep, type Clock } from '../ports/clock.ts';

/** In virtual time a slice never ends by the clock, so the number of pieces bounds it, too. */
const PIECES_MAX = 16;

/** Gives the event loop its turn: with a bus in memory, a backlog would otherwise be one endless chain of promises. */
export class Pacer {
  readonly #clock: Clock;
  readonly #sliceMs: number;
  #sliceEndMs: number;
  #pieces = 0;
  /** The next turn, while somebody waits for it. */
  #turn: Promise<void> | undefined;

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
    this.#begin();
  }

  /**
   * To be called within a piece that may be long. Undefined while the slice lasts; else a promise for the next one, which all
   * who want it share: sixty-four shards with a slice each would keep the event loop for sixty-four slices.
   */
  breathe(): Promise<void> | undefined {
    return this.#clock.monotonicMs() < this.#sliceEndMs ? undefined : this.#nextSlice();
  }

  async #nextSlice(): Promise<void> {
    while (this.#clock.monotonicMs() >= this.#sliceEndMs) {
      this.#turn ??= this.#takeTurn();
      await this.#turn;
    }
  }

  async #takeTurn(): Promise<void> {
    await sleep(this.#clock, 0);
    this.#turn = undefined;
    this.#begin();
  }

  #begin(): void {
    this.#pieces = 0;
    this.#sliceEndMs = this.#clock.monotonicMs() + this.#sliceMs;
  }
}
