import type { Clock } from '../../ports/clock.ts';
import type { Told } from '../external/answer.ts';
import type { News } from '../external/target.ts';

/** What the other side of one pool said last, while it counts. */
export class PoolNews implements News {
  readonly #clock: Clock;
  readonly #freshMs: number;
  #news: { readonly told: Told; readonly atMs: number } | undefined;
  #generationMin = 0;

  constructor(clock: Clock, freshMs: number) {
    this.#clock = clock;
    this.#freshMs = freshMs;
  }

  expect(generation: number): void {
    this.#news = undefined;
    this.#generationMin = generation;
  }

  /** False for news of a count that a later write replaced: they are passed over. */
  put(told: Told): boolean {
    if (told.generation !== undefined && told.generation < this.#generationMin) return false;
    this.#generationMin = told.generation ?? this.#generationMin;
    this.#news = { told, atMs: this.#clock.monotonicMs() };
    return true;
  }

  fresh(): Told | undefined {
    const news = this.#news;
    return news !== undefined && this.#clock.monotonicMs() - news.atMs <= this.#freshMs ? news.told : undefined;
  }
}
