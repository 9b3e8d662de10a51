import type { Arena } from './arena.ts';

/** Simple exponential smoothing at several half-lives (Brown 1956): one level each. */
export class SmoothedLevels {
  readonly levels: Float64Array;
  private readonly rates: Float64Array;

  /** @param halfLives in intervals, above 0. */
  constructor(halfLives: readonly number[], arena: Arena) {
    this.levels = arena.float64(halfLives.length);
    this.rates = arena.float64(halfLives.length);
    for (const [i, halfLife] of halfLives.entries()) this.rates[i] = 1 - 0.5 ** (1 / halfLife);
  }

  start(value: number): void {
    this.levels.fill(value);
  }

  update(value: number): void {
    const { levels, rates } = this;
    for (let i = 0; i < levels.length; i++) {
      const level = levels[i] as number;
      levels[i] = level + (rates[i] as number) * (value - level);
    }
  }

  map(change: (level: number) => number): void {
    for (let i = 0; i < this.levels.length; i++) this.levels[i] = change(this.levels[i] as number);
  }
}
