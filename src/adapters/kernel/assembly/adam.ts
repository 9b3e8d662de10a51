// Adam (Kingma and Ba 2015), on a gradient that is shortened to a norm.
import { LANE_BYTES, laneSum } from './lanes';
import { gradientAt, moments, parameterBytes, parameters, squares } from './plan';

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;

/** beta1 and beta2 to the number of steps made. */
let power1: f64 = 1;
let power2: f64 = 1;

export function forget(): void {
  power1 = 1;
  power2 = 1;
  memory.fill(moments, 0, parameterBytes);
  memory.fill(squares, 0, parameterBytes);
}

export function update(rate: f64, normMax: f64): void {
  const norm = gradientNorm();
  // A gradient that is not finite must not reach the parameters.
  if (!isFinite(norm)) return;
  const shorten = f32x4.splat(norm > normMax ? <f32>(normMax / norm) : 1);
  power1 *= BETA1;
  power2 *= BETA2;
  const size = f32x4.splat(<f32>((rate * Math.sqrt(1 - power2)) / (1 - power1)));
  const epsilon = f32x4.splat(<f32>(1e-7 * Math.sqrt(1 - power2)));
  for (let i: usize = 0; i < parameterBytes; i += LANE_BYTES) {
    const g = f32x4.mul(v128.load(parameters + gradientAt + i), shorten);
    const m = f32x4.add(f32x4.mul(v128.load(moments + i), f32x4.splat(0.9)), f32x4.mul(g, f32x4.splat(0.1)));
    const s = f32x4.add(f32x4.mul(v128.load(squares + i), f32x4.splat(0.999)), f32x4.mul(f32x4.mul(g, g), f32x4.splat(0.001)));
    v128.store(moments + i, m);
    v128.store(squares + i, s);
    const step = f32x4.div(f32x4.mul(size, m), f32x4.add(f32x4.sqrt(s), epsilon));
    v128.store(parameters + i, f32x4.sub(v128.load(parameters + i), step));
  }
}

function gradientNorm(): f64 {
  let sum: f64 = 0;
  for (let i: usize = 0; i < parameterBytes; i += LANE_BYTES) {
    const g = v128.load(parameters + gradientAt + i);
    sum += <f64>laneSum(f32x4.mul(g, g));
  }
  return Math.sqrt(sum);
}
