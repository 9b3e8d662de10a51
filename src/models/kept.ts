import type { Arena } from './arena.ts';

/** A copy of numbers, to go back to. In single precision, which is as good as the weights they are worked out from. */
export class Kept {
  private readonly numbers: Float32Array;

  constructor(arrays: readonly (Float32Array | Float64Array)[], arena: Arena) {
    this.numbers = arena.float32(arrays.reduce((sum, { length }) => sum + length, 0));
  }

  keep(arrays: readonly (Float32Array | Float64Array)[]): void {
    let at = 0;
    for (const array of arrays) {
      this.numbers.set(array, at);
      at += array.length;
    }
  }

  goBack(arrays: readonly (Float32Array | Float64Array)[]): void {
    let at = 0;
    for (const array of arrays) {
      array.set(this.numbers.subarray(at, at + array.length));
      at += array.length;
    }
  }
}
