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
    if (this.#pieces >= PIECES_MAX || this.#isOver()) await this.#nextTurn();
  }

  /** To be called within a piece that may be long, and before it. Undefined while the slice lasts. */
  breathe(): Promise<void> | undefined {
    return this.#isOver() ? this.#nextSlice() : undefined;
  }

  #isOver(): boolean {
    return this.#clock.monotonicMs() >= this.#sliceEndMs;
  }

  async #nextSlice(): Promise<void> {
    while (this.#isOver()) await this.#nextTurn();
  }

  /** One for all who want it: sixty-four shards with a slice each would keep the event loop for sixty-four slices. */
  #nextTurn(): Promise<void> {
    return (this.#turn ??= this.#takeTurn());
  }

  async #takeTurn(): Promise<void> {
    await sleep(this.#clock, 0);
    this.#turn = undefined;
    this.#pieces = 0;
    this.#sliceEndMs = this.#clock.monotonicMs() + this.#sliceMs;
  }
}
