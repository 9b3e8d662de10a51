import type { Block } from '../spec.ts';

/** A recurrent layer with its way back, one window at a time. */
export interface Cell {
  /** Reads the window that starts at `at`; returns the last state, valid until the next call. */
  forward(inputs: Float32Array, at: number): Float64Array;
  /** Adds the gradient of the window read last to `gradient`, from the loss by its last state (which is overwritten). */
  backward(inputs: Float32Array, at: number, stateDelta: Float64Array): void;
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** sums[j] += x[k] * matrix[k][j] for columns [from, to). */
export function addProduct(
  x: ArrayLike<number>,
  xAt: number,
  values: Float64Array,
  { offset, rows, columns }: Block,
  sums: Float64Array,
  from: number,
  to: number,
): void {
  for (let k = 0; k < rows; k++) {
    const xk = x[xAt + k] as number;
    const row = offset + k * columns;
    for (let j = from; j < to; j++) sums[j] = (sums[j] as number) + xk * (values[row + j] as number);
  }
}

/** gradient[k][j] += x[k] * d[j] for columns [from, to). */
export function addOuterProduct(
  x: ArrayLike<number>,
  xAt: number,
  gradient: Float64Array,
  { offset, rows, columns }: Block,
  d: Float64Array,
  from: number,
  to: number,
): void {
  for (let k = 0; k < rows; k++) {
    const xk = x[xAt + k] as number;
    const row = offset + k * columns;
    for (let j = from; j < to; j++) gradient[row + j] = (gradient[row + j] as number) + xk * (d[j] as number);
  }
}

/** out[k] = sum over columns [from, to) of matrix[k][j] * d[j]. */
export function passBack(
  values: Float64Array,
  { offset, rows, columns }: Block,
  d: Float64Array,
  from: number,
  to: number,
  out: Float64Array,
): void {
  for (let k = 0; k < rows; k++) {
    const row = offset + k * columns;
    let sum = 0;
    for (let j = from; j < to; j++) sum += (values[row + j] as number) * (d[j] as number);
    out[k] = sum;
  }
}
