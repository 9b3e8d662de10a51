// The kernel: forward, backward and Adam of one small recurrent network, on batches that the host writes into memory.
import { gruBackward, gruForward } from './gru';
import { lstmBackward, lstmForward } from './lstm';
import { addOuterProducts, addTo, passBack, product } from './matrix';
import {
  LSTM,
  cell,
  denseBias,
  denseKernel,
  gradientAt,
  importances,
  inputs,
  levels,
  outputBytes,
  outputDelta,
  outputs,
  parameterBytes,
  parameters,
  stateDelta,
  states,
  steps,
  targets,
  unitBytes,
  units,
  windowBytes,
} from './plan';

export { forget, update } from './adam';
// The host reads the addresses after `plan`.
export { gradientAt, importances, inputs, levels, outputs, parameters, plan, targets } from './plan';

/** Answers for the first `count` windows of the batch. */
export function predict(count: i32): void {
  for (let i = 0; i < count; i++) forward(i);
}

/**
 * Sets the gradient of the mean over `count` windows of importance x mean pinball loss of the known targets.
 * @returns the sum of those losses over the windows.
 */
export function gradients(count: i32): f64 {
  memory.fill(parameters + gradientAt, 0, parameterBytes);
  let loss: f64 = 0;
  for (let i = 0; i < count; i++) {
    forward(i);
    loss += pinball(i, count);
    backward(i);
  }
  return loss;
}

function lastState(): usize {
  return states + <usize>steps * unitBytes;
}

function forward(i: i32): void {
  const window = inputs + <usize>i * windowBytes;
  if (cell == LSTM) lstmForward(window);
  else gruForward(window);
  const output = outputs + <usize>i * outputBytes;
  product(lastState(), units, denseKernel, outputBytes, denseBias, output, outputBytes);
}

function backward(i: i32): void {
  const window = inputs + <usize>i * windowBytes;
  passBack(units, denseKernel, outputBytes, outputDelta, outputBytes, stateDelta);
  addOuterProducts(lastState(), 0, units, outputDelta, outputBytes, 1, denseKernel + gradientAt, outputBytes, outputBytes);
  addTo(denseBias + gradientAt, outputDelta, outputBytes);
  if (cell == LSTM) lstmBackward(window);
  else gruBackward(window);
}

/** Loss of one window, and outputDelta: the loss by each output. Padded outputs have no target, so they stay out. */
function pinball(i: i32, count: i32): f64 {
  const at = <usize>i * outputBytes;
  let known = 0;
  let sum: f64 = 0;
  for (let j: usize = 0; j < outputBytes; j += 4) {
    const error = load<f32>(targets + at + j) - load<f32>(outputs + at + j);
    const level = load<f32>(levels + j);
    let slope: f32 = 0;
    if (error == error) {
      known += 1;
      slope = error > 0 ? -level : error < 0 ? 1 - level : 0;
      sum -= <f64>error * <f64>slope;
    }
    store<f32>(outputDelta + j, slope);
  }
  if (known == 0) return 0;
  const importance = <f64>load<f32>(importances + ((<usize>i) << 2));
  const share = f32x4.splat(<f32>(importance / <f64>(known * count)));
  for (let j: usize = 0; j < outputBytes; j += 16) v128.store(outputDelta + j, f32x4.mul(v128.load(outputDelta + j), share));
  return (importance * sum) / <f64>known;
}
