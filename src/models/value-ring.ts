import type { Arena } from './arena.ts';

/** A ring of single-precision values within a buffer. */
export interface FrozenRing {
  /** Byte where its first slot begins. */
  readonly at: number;
  readonly slots: number;
  /** Slot of the oldest value. */
  readonly oldest: number;
  /** Values, each in the slot after the one before it, the first after the last. */
  readonly length: number;
}

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

  /** Where the values lie in the numbers of the state. */
  freeze(): FrozenRing {
    const { values, pushed, length } = this;
    return { at: values.byteOffset, slots: values.length, oldest: (pushed - length) % values.length, length };
  }

  /** Oldest first. */
  toArray(): number[] {
    return Array.from({ length: this.length }, (_, i) => this.back(this.length - 1 - i));
  }
}
