import type { Arena } from './arena.ts';

/** The newest values of a series, NaN where missing, in single precision (what must be exact is kept elsewhere). */
export class ValueRing {
  private readonly values: Float32Array;
  private pushed = 0;

  constructor(length: number, arena: Arena) {
    this.values = arena.float32(length);
  }

  push(value: number): void {
    this.values[this.pushed % this.values.length] = value;
    this.pushed += 1;
  }

  /** Value `back` intervals before the newest; NaN where it is missing, forgotten, before the first or in the future, or `back` is not whole. */
  back(back: number): number {
    const index = this.pushed - 1 - back;
    if (back < 0 || index < 0 || back >= this.values.length) return Number.NaN;
    return this.values[index % this.values.length] ?? Number.NaN;
  }

  get length(): number {
    return Math.min(this.pushed, this.values.length);
  }

  /** Oldest first. */
  toArray(): number[] {
    return Array.from({ length: this.length }, (_, i) => this.back(this.length - 1 - i));
  }
}
