/** The shape of a network: one recurrent layer that reads a window of steps, and one dense layer on its last state. */
export interface NetworkSpec {
  /** `lstm`, or `gru` with the reset gate before the product (Keras `reset_after=False`, the only one TensorFlow.js has). */
  readonly cell: CellKind;
  /** Width of the recurrent state: a multiple of 4 from 4 to 128. */
  readonly units: number;
  /** Steps of a window, 1 to 512. */
  readonly steps: number;
  /** Numbers a step, 1 to 64. */
  readonly features: number;
  /** Numbers the network answers, 1 to 512. */
  readonly outputs: number;
}

export type CellKind = 'lstm' | 'gru';

/** Block of the flat parameters: a matrix in row-major order, or a vector (one row). */
export interface Block {
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Where each block lies in the flat parameters. Order and meaning are those of a Keras model `[recurrent layer, dense]`, so
 * the bytes of the parameters are the bytes of the weights file of a TensorFlow.js layers model. Gates lie side by side in
 * the columns: input, forget, cell, output for `lstm`; update, reset, candidate for `gru`.
 */
export interface Layout {
  readonly gates: number;
  readonly kernel: Block;
  readonly recurrent: Block;
  readonly bias: Block;
  readonly denseKernel: Block;
  readonly denseBias: Block;
  /** Parameters in all. */
  readonly length: number;
}

const RANGES = {
  units: [4, 128],
  steps: [1, 512],
  features: [1, 64],
  outputs: [1, 512],
} as const satisfies Record<string, readonly [number, number]>;

/** What is wrong with a spec, as one sentence; undefined if nothing is. */
export function specProblem(spec: NetworkSpec): string | undefined {
  const wrong: string[] = [];
  if (spec.cell !== 'lstm' && spec.cell !== 'gru') wrong.push(`cell is ${String(spec.cell)}, wanted lstm or gru`);
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value = spec[name as keyof typeof RANGES];
    if (!(Number.isInteger(value) && value >= least && value <= most)) {
      wrong.push(`${name} is ${String(value)}, wanted a whole number from ${least} to ${most}`);
    }
  }
  if (wrong.length === 0 && spec.units % 4 !== 0) wrong.push(`units is ${spec.units}, wanted a multiple of 4`);
  return wrong.length === 0 ? undefined : wrong.join('; ');
}

/** @throws RangeError that lists everything wrong with the spec. */
export function checkSpec(spec: NetworkSpec): void {
  const problem = specProblem(spec);
  if (problem !== undefined) throw new RangeError(problem);
}

/** @throws RangeError if the spec is out of range. */
export function layoutOf(spec: NetworkSpec): Layout {
  checkSpec(spec);
  const { cell, units, features, outputs } = spec;
  const gates = cell === 'lstm' ? 4 : 3;
  let length = 0;
  const block = (rows: number, columns: number): Block => {
    const offset = length;
    length += rows * columns;
    return { offset, rows, columns };
  };
  const kernel = block(features, gates * units);
  const recurrent = block(units, gates * units);
  const bias = block(1, gates * units);
  const denseKernel = block(units, outputs);
  const denseBias = block(1, outputs);
  return { gates, kernel, recurrent, bias, denseKernel, denseBias, length };
}
