export interface HoltWintersSettings {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  /** Values in a season, at least 2. */
  readonly period: number;
}

/**
 * Additive Holt-Winters (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 8.3), started from the
 * first two seasons: their means give level and trend, the first season's deviations the season.
 */
export class HoltWinters {
  readonly #settings: HoltWintersSettings;
  #first: number[] = [];
  #season: number[] = [];
  #level = 0;
  #trend = 0;
  #at = 0;

  constructor(settings: HoltWintersSettings) {
    this.#settings = settings;
  }

  observe(value: number): void {
    if (this.#season.length === 0) this.#collect(value);
    else this.#update(value);
  }

  /** One step ahead; undefined before two seasons. */
  next(): number | undefined {
    if (this.#season.length === 0) return undefined;
    return this.#level + this.#trend + (this.#season[this.#at] ?? 0);
  }

  #collect(value: number): void {
    const { period } = this.#settings;
    this.#first.push(value);
    if (this.#first.length < 2 * period) return;
    const mean = (from: number): number => this.#first.slice(from, from + period).reduce((sum, one) => sum + one, 0) / period;
    const [first, second] = [mean(0), mean(period)];
    this.#trend = (second - first) / period;
    this.#level = second + (this.#trend * (period - 1)) / 2;
    this.#season = this.#first.slice(period).map((one, i) => one - (second + this.#trend * (i - (period - 1) / 2)));
    this.#first = [];
  }

  #update(value: number): void {
    const { alpha, beta, gamma, period } = this.#settings;
    const season = this.#season[this.#at] ?? 0;
    const before = this.#level + this.#trend;
    const level = alpha * (value - season) + (1 - alpha) * before;
    this.#trend = beta * (level - this.#level) + (1 - beta) * this.#trend;
    this.#season[this.#at] = gamma * (value - before) + (1 - gamma) * season;
    this.#level = level;
    this.#at = (this.#at + 1) % period;
  }
}
