// Gated recurrent unit (Cho et al. 2014), gates z, r, h as in Keras with `reset_after=False`.
import { LANE_BYTES, hyperbolicTangent, sigmoid } from './lanes';
import { addOuterProducts, addTo, passBack, product } from './matrix';
import {
  bias,
  deltas,
  extras,
  features,
  gateBytes,
  gates,
  gradientAt,
  otherDelta,
  parameters,
  recurrent,
  stateDelta,
  states,
  steps,
  sums,
  thirdDelta,
  unitBytes,
  units,
} from './plan';

/** Reads a window; the last state is at states + steps * unitBytes. */
export function gruForward(window: usize): void {
  memory.fill(states, 0, unitBytes);
  let state = states;
  let gate = gates;
  let resetState = extras;
  let input = window;
  for (let t = 0; t < steps; t++) {
    product(input, features, parameters, gateBytes, bias, sums, gateBytes);
    product(state, units, recurrent, gateBytes, sums, sums, 2 * unitBytes);
    for (let j: usize = 0; j < unitBytes; j += LANE_BYTES) {
      const r = sigmoid(v128.load(sums + unitBytes + j));
      v128.store(gate + j, sigmoid(v128.load(sums + j)));
      v128.store(gate + unitBytes + j, r);
      v128.store(resetState + j, f32x4.mul(r, v128.load(state + j)));
    }
    product(resetState, units, recurrent + 2 * unitBytes, gateBytes, sums + 2 * unitBytes, sums + 2 * unitBytes, unitBytes);
    for (let j: usize = 0; j < unitBytes; j += LANE_BYTES) {
      const z = v128.load(gate + j);
      const n = hyperbolicTangent(v128.load(sums + 2 * unitBytes + j));
      v128.store(gate + 2 * unitBytes + j, n);
      v128.store(state + unitBytes + j, f32x4.add(f32x4.mul(z, f32x4.sub(v128.load(state + j), n)), n));
    }
    state += unitBytes;
    gate += gateBytes;
    resetState += unitBytes;
    input += (<usize>features) << 2;
  }
}

/** Adds a window's gradient; stateDelta holds the loss by the last state. */
export function gruBackward(window: usize): void {
  const candidate = recurrent + 2 * unitBytes;
  for (let t = steps - 1; t >= 0; t--) {
    const at = <usize>t * unitBytes;
    const gate = gates + <usize>t * gateBytes;
    const delta = deltas + <usize>t * gateBytes;
    updateAndCandidateDeltas(delta, gate, states + at);
    passBack(units, candidate, gateBytes, delta + 2 * unitBytes, unitBytes, thirdDelta);
    resetDeltas(delta + unitBytes, gate + unitBytes, states + at);
    passBack(units, recurrent, gateBytes, delta, 2 * unitBytes, stateDelta);
    addTo(stateDelta, otherDelta, unitBytes);
    addTo(bias + gradientAt, delta, gateBytes);
  }
  addOuterProducts(window, (<usize>features) << 2, features, deltas, gateBytes, steps, parameters + gradientAt, gateBytes, gateBytes);
  addOuterProducts(states, unitBytes, units, deltas, gateBytes, steps, recurrent + gradientAt, gateBytes, 2 * unitBytes);
  const candidateDeltas = deltas + 2 * unitBytes;
  addOuterProducts(extras, unitBytes, units, candidateDeltas, gateBytes, steps, candidate + gradientAt, gateBytes, unitBytes);
}

/** Loss by the sums of update and candidate; otherDelta becomes what goes past the gates to the state before. */
function updateAndCandidateDeltas(delta: usize, gate: usize, before: usize): void {
  const one = f32x4.splat(1);
  for (let j: usize = 0; j < unitBytes; j += LANE_BYTES) {
    const z = v128.load(gate + j);
    const n = v128.load(gate + 2 * unitBytes + j);
    const byState = v128.load(stateDelta + j);
    const rest = f32x4.sub(one, z);
    const byUpdate = f32x4.mul(byState, f32x4.sub(v128.load(before + j), n));
    v128.store(delta + j, f32x4.mul(byUpdate, f32x4.mul(z, rest)));
    v128.store(delta + 2 * unitBytes + j, f32x4.mul(f32x4.mul(byState, rest), f32x4.sub(one, f32x4.mul(n, n))));
    v128.store(otherDelta + j, f32x4.mul(byState, z));
  }
}

/** Loss by the sum of the reset gate, from the loss by the product of gate and state (thirdDelta). */
function resetDeltas(delta: usize, reset: usize, before: usize): void {
  const one = f32x4.splat(1);
  for (let j: usize = 0; j < unitBytes; j += LANE_BYTES) {
    const r = v128.load(reset + j);
    const byProduct = v128.load(thirdDelta + j);
    v128.store(delta + j, f32x4.mul(f32x4.mul(byProduct, v128.load(before + j)), f32x4.mul(r, f32x4.sub(one, r))));
    v128.store(otherDelta + j, f32x4.add(v128.load(otherDelta + j), f32x4.mul(byProduct, r)));
  }
}
