// Long short-term memory (Hochreiter and Schmidhuber 1997, forget gate of Gers et al. 2000), gates i, f, c, o as in Keras.
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
  memories,
  otherDelta,
  parameters,
  recurrent,
  stateDelta,
  states,
  steps,
  sums,
  unitBytes,
  units,
} from './plan';

/** Reads a window; the last state is at states + steps * unitBytes. */
export function lstmForward(window: usize): void {
  memory.fill(states, 0, unitBytes);
  memory.fill(memories, 0, unitBytes);
  let state = states;
  let cell = memories;
  let gate = gates;
  let squashed = extras;
  let input = window;
  for (let t = 0; t < steps; t++) {
    product(input, features, parameters, gateBytes, bias, sums, gateBytes);
    product(state, units, recurrent, gateBytes, sums, sums, gateBytes);
    for (let j: usize = 0; j < unitBytes; j += LANE_BYTES) {
      const a = sums + j;
      const g = gate + j;
      const i = sigmoid(v128.load(a));
      const f = sigmoid(v128.load(a + unitBytes));
      const c = hyperbolicTangent(v128.load(a + 2 * unitBytes));
      const o = sigmoid(v128.load(a + 3 * unitBytes));
      v128.store(g, i);
      v128.store(g + unitBytes, f);
      v128.store(g + 2 * unitBytes, c);
      v128.store(g + 3 * unitBytes, o);
      const kept = f32x4.add(f32x4.mul(f, v128.load(cell + j)), f32x4.mul(i, c));
      const shown = hyperbolicTangent(kept);
      v128.store(cell + unitBytes + j, kept);
      v128.store(squashed + j, shown);
      v128.store(state + unitBytes + j, f32x4.mul(o, shown));
    }
    state += unitBytes;
    cell += unitBytes;
    gate += gateBytes;
    squashed += unitBytes;
    input += (<usize>features) << 2;
  }
}

/** Adds a window's gradient; stateDelta holds the loss by the last state. */
export function lstmBackward(window: usize): void {
  memory.fill(otherDelta, 0, unitBytes);
  for (let t = steps - 1; t >= 0; t--) {
    const at = <usize>t * unitBytes;
    const delta = deltas + <usize>t * gateBytes;
    gateDeltas(delta, gates + <usize>t * gateBytes, memories + at, extras + at);
    passBack(units, recurrent, gateBytes, delta, gateBytes, stateDelta);
    addTo(bias + gradientAt, delta, gateBytes);
  }
  addOuterProducts(window, (<usize>features) << 2, features, deltas, gateBytes, steps, parameters + gradientAt, gateBytes, gateBytes);
  addOuterProducts(states, unitBytes, units, deltas, gateBytes, steps, recurrent + gradientAt, gateBytes, gateBytes);
}

/** Loss by the sums of the gates, from the loss by state (stateDelta) and by cell (otherDelta, moved one step back). */
function gateDeltas(delta: usize, gate: usize, cell: usize, squashed: usize): void {
  const one = f32x4.splat(1);
  for (let j: usize = 0; j < unitBytes; j += LANE_BYTES) {
    const i = v128.load(gate + j);
    const f = v128.load(gate + unitBytes + j);
    const c = v128.load(gate + 2 * unitBytes + j);
    const o = v128.load(gate + 3 * unitBytes + j);
    const shown = v128.load(squashed + j);
    const byState = v128.load(stateDelta + j);
    const throughShown = f32x4.mul(f32x4.mul(byState, o), f32x4.sub(one, f32x4.mul(shown, shown)));
    const byCell = f32x4.add(v128.load(otherDelta + j), throughShown);
    const d = delta + j;
    v128.store(d, f32x4.mul(f32x4.mul(byCell, c), f32x4.mul(i, f32x4.sub(one, i))));
    v128.store(d + unitBytes, f32x4.mul(f32x4.mul(byCell, v128.load(cell + j)), f32x4.mul(f, f32x4.sub(one, f))));
    v128.store(d + 2 * unitBytes, f32x4.mul(f32x4.mul(byCell, i), f32x4.sub(one, f32x4.mul(c, c))));
    v128.store(d + 3 * unitBytes, f32x4.mul(f32x4.mul(byState, shown), f32x4.mul(o, f32x4.sub(one, o))));
    v128.store(otherDelta + j, f32x4.mul(byCell, f));
  }
}
