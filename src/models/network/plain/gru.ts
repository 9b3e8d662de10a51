import type { Layout, NetworkSpec } from '../spec.ts';
import { addOuterProduct, addProduct, passBack, sigmoid, type Cell } from './cell.ts';

/**
 * Gated recurrent unit (Cho et al. 2014): gates z, r, h; candidate tanh(W x + R (r h_{t-1}) + b), the reset gate before the
 * product; h_t = z h_{t-1} + (1 - z) candidate.
 */
export class Gru implements Cell {
  private readonly gates: Float64Array;
  private readonly states: Float64Array;
  private readonly resets: Float64Array;
  private readonly deltas: Float64Array;
  private readonly resetDelta: Float64Array;
  private readonly pastGates: Float64Array;

  private readonly spec: NetworkSpec;
  private readonly layout: Layout;
  private readonly parameters: Float64Array;
  private readonly gradient: Float64Array;

  constructor(spec: NetworkSpec, layout: Layout, parameters: Float64Array, gradient: Float64Array) {
    this.spec = spec;
    this.layout = layout;
    this.parameters = parameters;
    this.gradient = gradient;
    const { steps, units } = spec;
    this.gates = new Float64Array(steps * 3 * units);
    this.states = new Float64Array((steps + 1) * units);
    this.resets = new Float64Array(steps * units);
    this.deltas = new Float64Array(3 * units);
    this.resetDelta = new Float64Array(units);
    this.pastGates = new Float64Array(units);
  }

  forward(inputs: Float32Array, at: number): Float64Array {
    const { steps, features, units } = this.spec;
    const { kernel, recurrent, bias } = this.layout;
    const { parameters, states, resets } = this;
    const width = 3 * units;
    for (let t = 0; t < steps; t++) {
      const sums = this.gates.subarray(t * width, (t + 1) * width);
      for (let j = 0; j < width; j++) sums[j] = parameters[bias.offset + j] as number;
      addProduct(inputs, at + t * features, parameters, kernel, sums, 0, width);
      addProduct(states, t * units, parameters, recurrent, sums, 0, 2 * units);
      for (let j = 0; j < 2 * units; j++) sums[j] = sigmoid(sums[j] as number);
      for (let j = 0; j < units; j++) resets[t * units + j] = (sums[units + j] as number) * (states[t * units + j] as number);
      addProduct(resets, t * units, parameters, recurrent, sums, 2 * units, width);
      for (let j = 0; j < units; j++) {
        const candidate = Math.tanh(sums[2 * units + j] as number);
        sums[2 * units + j] = candidate;
        states[(t + 1) * units + j] = (sums[j] as number) * ((states[t * units + j] as number) - candidate) + candidate;
      }
    }
    return states.subarray(steps * units);
  }

  backward(inputs: Float32Array, at: number, stateDelta: Float64Array): void {
    const { steps, features, units } = this.spec;
    const { kernel, recurrent, bias } = this.layout;
    const { parameters, gradient, states, resets, deltas, pastGates } = this;
    const width = 3 * units;
    for (let t = steps - 1; t >= 0; t--) {
      this.updateAndCandidateDeltas(t, stateDelta);
      passBack(parameters, recurrent, deltas, 2 * units, width, this.resetDelta);
      this.resetDeltas(t);
      passBack(parameters, recurrent, deltas, 0, 2 * units, stateDelta);
      for (let j = 0; j < units; j++) stateDelta[j] = (stateDelta[j] as number) + (pastGates[j] as number);
      addOuterProduct(inputs, at + t * features, gradient, kernel, deltas, 0, width);
      addOuterProduct(states, t * units, gradient, recurrent, deltas, 0, 2 * units);
      addOuterProduct(resets, t * units, gradient, recurrent, deltas, 2 * units, width);
      for (let j = 0; j < width; j++) gradient[bias.offset + j] = (gradient[bias.offset + j] as number) + (deltas[j] as number);
    }
  }

  /** Loss by the sums of update and candidate; `pastGates` becomes what reaches the state before without the sums. */
  private updateAndCandidateDeltas(t: number, stateDelta: Float64Array): void {
    const { units } = this.spec;
    const gate = t * 3 * units;
    for (let j = 0; j < units; j++) {
      const z = this.gates[gate + j] as number;
      const candidate = this.gates[gate + 2 * units + j] as number;
      const byState = stateDelta[j] as number;
      this.deltas[j] = byState * ((this.states[t * units + j] as number) - candidate) * z * (1 - z);
      this.deltas[2 * units + j] = byState * (1 - z) * (1 - candidate * candidate);
      this.pastGates[j] = byState * z;
    }
  }

  /** Loss by the sum of the reset gate, from the loss by the product of gate and state. */
  private resetDeltas(t: number): void {
    const { units } = this.spec;
    const gate = t * 3 * units;
    for (let j = 0; j < units; j++) {
      const r = this.gates[gate + units + j] as number;
      const byProduct = this.resetDelta[j] as number;
      this.deltas[units + j] = byProduct * (this.states[t * units + j] as number) * r * (1 - r);
      this.pastGates[j] = (this.pastGates[j] as number) + byProduct * r;
    }
  }
}
