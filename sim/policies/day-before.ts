import type { Workload } from '../workloads/workload.ts';

const DAY_MS = 86_400_000;

/** What was seen so far, looked up a day before a time: what policies with a daily forecast start from. */
export class DayBefore {
  readonly #values: number[] = [];
  readonly #perDay: number;
  readonly #intervalMs: number;

  constructor({ intervalMs }: Pick<Workload, 'intervalMs'>) {
    this.#intervalMs = intervalMs;
    this.#perDay = Math.max(1, Math.round(DAY_MS / intervalMs));
  }

  /** Unmeasured intervals go on as they last were. */
  record(value: number): void {
    this.#values.push(Number.isNaN(value) ? (this.#values.at(-1) ?? 0) : value);
  }

  get days(): number {
    return this.#values.length / this.#perDay;
  }

  /** Largest value, a day before, of the time from now for so long; undefined before a day is known. */
  largestAhead(spanMs: number): number | undefined {
    const from = this.#values.length - this.#perDay;
    if (from < 0) return undefined;
    const count = Math.max(1, Math.ceil(spanMs / this.#intervalMs));
    return Math.max(...this.#values.slice(from, from + count));
  }

  /** The same from means over `smoothMs`, centred: a low pass. */
  largestSmoothAhead(spanMs: number, smoothMs: number): number | undefined {
    const from = this.#values.length - this.#perDay;
    if (from < 0) return undefined;
    const half = Math.floor(smoothMs / this.#intervalMs / 2);
    const count = Math.max(1, Math.ceil(spanMs / this.#intervalMs));
    let largest = 0;
    for (let at = from; at < Math.min(from + count, this.#values.length); at += 1) {
      const around = this.#values.slice(Math.max(0, at - half), at + half + 1);
      largest = Math.max(largest, around.reduce((sum, value) => sum + value, 0) / around.length);
    }
    return largest;
  }

  /** Correlation of the last day with the one before; undefined before two days are known. */
  likeness(): number | undefined {
    const n = this.#perDay;
    if (this.#values.length < 2 * n) return undefined;
    const last = this.#values.slice(-n);
    const before = this.#values.slice(-2 * n, -n);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / n;
    const [a, b] = [mean(last), mean(before)];
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = 0; i < n; i += 1) {
      const [x, y] = [(last[i] ?? 0) - a, (before[i] ?? 0) - b];
      [ab, aa, bb] = [ab + x * y, aa + x * x, bb + y * y];
    }
    return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
  }
}
