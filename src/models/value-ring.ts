const FIRST_LENGTH = 64;

/**
 * The newest values of a series, NaN where missing, in single precision (what must be exact is kept elsewhere). Grows geometrically
 * up to its limit, so that a new series is small.
 */
export class ValueRing {
  private values = new Float32Array(FIRST_LENGTH);
  private pushed = 0;
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  push(value: number): void {
    const { length } = this.values;
    if (this.pushed === length && length < this.limit) this.grow(Math.min(this.limit, 2 * length));
    this.values[this.pushed % this.values.length] = value;
    this.pushed += 1;
  }

  /** Value `back` intervals before the newest; NaN where it is missing, forgotten, before the first or in the future. */
  back(back: number): number {
    const index = this.pushed - 1 - back;
    if (back < 0 || index < 0 || back >= this.values.length) return Number.NaN;
    return this.values[index % this.values.length] as number;
  }

  get length(): number {
    return Math.min(this.pushed, this.values.length);
  }

  /** Oldest first. */
  toArray(): number[] {
    return Array.from({ length: this.length }, (_, i) => this.back(this.length - 1 - i));
  }

  /** Only called while nothing has been overwritten, so the order is that of the indices. */
  private grow(length: number): void {
    const larger = new Float32Array(length);
    larger.set(this.values);
    this.values = larger;
  }
}
