import type { Arena } from './arena.ts';

/** Simple exponential smoothing at several half-lives (Brown 1956): one level each. */
export class SmoothedLevels {
  readonly levels: Float64Array;

  constructor(count: number, arena: Arena) {
    this.levels = arena.float64(count);
  }

  start(value: number): void {
    this.levels.fill(value);
  }

  /** @param rates shares of the way to the value, one per level. */
  update(value: number, rates: readonly number[]): void {
    const { levels } = this;
    for (let i = 0; i < levels.length; i++) {
      const level = levels[i] as number;
      levels[i] = level + (rates[i] as number) * (value - level);
    }
  }

  map(change: (level: number) => number): void {
    for (let i = 0; i < this.levels.length; i++) this.levels[i] = change(this.levels[i] as number);
  }
}
