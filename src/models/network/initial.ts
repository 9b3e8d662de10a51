import type { Drawer } from './drawer.ts';
import { layoutOf, type Block, type NetworkSpec } from './spec.ts';

/**
 * Parameters to begin with: Glorot and Bengio's uniform for the matrices, zeros for the biases, ones for the forget gate
 * (Gers et al.: an LSTM that forgets at first learns nothing long).
 *
 * @param outputBias value of each output before anything is learned, such as the quantiles of all targets. Default zeros.
 */
export function initialParameters(spec: NetworkSpec, random: Drawer, outputBias?: ArrayLike<number>): Float32Array {
  const layout = layoutOf(spec);
  const parameters = new Float32Array(layout.length);
  // Each gate is a matrix of its own: its bound comes from its own width.
  fillUniform(parameters, layout.kernel, spec.features + spec.units, random);
  fillUniform(parameters, layout.recurrent, 2 * spec.units, random);
  fillUniform(parameters, layout.denseKernel, spec.units + spec.outputs, random);
  if (spec.cell === 'lstm') parameters.fill(1, layout.bias.offset + spec.units, layout.bias.offset + 2 * spec.units);
  for (let j = 0; j < spec.outputs; j++) parameters[layout.denseBias.offset + j] = outputBias?.[j] ?? 0;
  return parameters;
}

function fillUniform(parameters: Float32Array, { offset, rows, columns }: Block, fan: number, random: Drawer): void {
  const bound = Math.sqrt(6 / fan);
  for (let i = offset; i < offset + rows * columns; i++) parameters[i] = (2 * random.next() - 1) * bound;
}
