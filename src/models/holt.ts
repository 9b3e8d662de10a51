import type { Arena } from './arena.ts';

export interface HoltRates {
  readonly level: number;
  readonly trend: number;
  /** What is left of the trend after each interval, below 1. */
  readonly damping: number;
}

/** Exponential smoothing with a damped trend (Gardner and McKenzie 1985), several sets of rates side by side. */
export class DampedHolt {
  readonly levels: Float64Array;
  readonly trends: Float64Array;
  private readonly rates: Float64Array;

  constructor(rates: readonly HoltRates[], arena: Arena) {
    this.levels = arena.float64(rates.length);
    this.trends = arena.float64(rates.length);
    this.rates = arena.float64(3 * rates.length);
    this.rates.set(rates.flatMap(({ level, trend, damping }) => [level, trend, damping]));
  }

  start(value: number): void {
    this.levels.fill(value);
  }

  update(value: number): void {
    const { levels, trends, rates } = this;
    for (let i = 0; i < levels.length; i++) {
      const trendRate = rates[3 * i + 1] as number;
      const damped = (rates[3 * i + 2] as number) * (trends[i] as number);
      const before = levels[i] as number;
      const expected = before + damped;
      const level = expected + (rates[3 * i] as number) * (value - expected);
      trends[i] = trendRate * (level - before) + (1 - trendRate) * damped;
      levels[i] = level;
    }
  }

  /** Level plus the sum of the damped trend over `steps` intervals. */
  forecast(i: number, steps: number): number {
    const damping = this.rates[3 * i + 2] as number;
    return (this.levels[i] as number) + ((damping * (1 - damping ** steps)) / (1 - damping)) * (this.trends[i] as number);
  }

  rescale(change: (level: number) => number, factor: number): void {
    for (let i = 0; i < this.levels.length; i++) {
      this.levels[i] = change(this.levels[i] as number);
      this.trends[i] = (this.trends[i] as number) * factor;
    }
  }
}
