import type { Layout, NetworkSpec } from '../spec.ts';
import { addOuterProduct, addProduct, passBack, sigmoid, type Cell } from './cell.ts';

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000): gates i, f, c, o,
 * c_t = f c_{t-1} + i tanh(a_c), h_t = o tanh(c_t).
 */
export class Lstm implements Cell {
  private readonly gates: Float64Array;
  private readonly states: Float64Array;
  private readonly memories: Float64Array;
  private readonly deltas: Float64Array;
  private readonly memoryDelta: Float64Array;

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
    this.gates = new Float64Array(steps * 4 * units);
    this.states = new Float64Array((steps + 1) * units);
    this.memories = new Float64Array((steps + 1) * units);
    this.deltas = new Float64Array(4 * units);
    this.memoryDelta = new Float64Array(units);
  }

  forward(inputs: Float32Array, at: number): Float64Array {
    const { steps, features, units } = this.spec;
    const { kernel, recurrent, bias } = this.layout;
    const { parameters, states } = this;
    const width = 4 * units;
    for (let t = 0; t < steps; t++) {
      const sums = this.gates.subarray(t * width, (t + 1) * width);
      for (let j = 0; j < width; j++) sums[j] = parameters[bias.offset + j] as number;
      addProduct(inputs, at + t * features, parameters, kernel, sums, 0, width);
      addProduct(states, t * units, parameters, recurrent, sums, 0, width);
      this.advance(sums, t * units);
    }
    return states.subarray(steps * units);
  }

  backward(inputs: Float32Array, at: number, stateDelta: Float64Array): void {
    const { steps, features, units } = this.spec;
    const { kernel, recurrent, bias } = this.layout;
    const { gradient, deltas } = this;
    const width = 4 * units;
    this.memoryDelta.fill(0);
    for (let t = steps - 1; t >= 0; t--) {
      this.gateDeltas(t, stateDelta);
      addOuterProduct(inputs, at + t * features, gradient, kernel, deltas, 0, width);
      addOuterProduct(this.states, t * units, gradient, recurrent, deltas, 0, width);
      for (let j = 0; j < width; j++) gradient[bias.offset + j] = (gradient[bias.offset + j] as number) + (deltas[j] as number);
      passBack(this.parameters, recurrent, deltas, 0, width, stateDelta);
    }
  }

  /** Sums become gates, in place; the next memory and state follow. */
  private advance(gates: Float64Array, at: number): void {
    const { units } = this.spec;
    for (let j = 0; j < units; j++) {
      const i = sigmoid(gates[j] as number);
      const f = sigmoid(gates[units + j] as number);
      const c = Math.tanh(gates[2 * units + j] as number);
      const o = sigmoid(gates[3 * units + j] as number);
      gates[j] = i;
      gates[units + j] = f;
      gates[2 * units + j] = c;
      gates[3 * units + j] = o;
      const memory = f * (this.memories[at + j] as number) + i * c;
      this.memories[at + units + j] = memory;
      this.states[at + units + j] = o * Math.tanh(memory);
    }
  }

  /** Loss by the sums of the gates of step t, from the loss by its state and by its memory. */
  private gateDeltas(t: number, stateDelta: Float64Array): void {
    const { units } = this.spec;
    const { gates, memories, deltas, memoryDelta } = this;
    const gate = t * 4 * units;
    for (let j = 0; j < units; j++) {
      const i = gates[gate + j] as number;
      const f = gates[gate + units + j] as number;
      const c = gates[gate + 2 * units + j] as number;
      const o = gates[gate + 3 * units + j] as number;
      const shown = Math.tanh(memories[(t + 1) * units + j] as number);
      const byState = stateDelta[j] as number;
      const byMemory = (memoryDelta[j] as number) + byState * o * (1 - shown * shown);
      deltas[j] = byMemory * c * i * (1 - i);
      deltas[units + j] = byMemory * (memories[t * units + j] as number) * f * (1 - f);
      deltas[2 * units + j] = byMemory * i * (1 - c * c);
      deltas[3 * units + j] = byState * shown * o * (1 - o);
      memoryDelta[j] = byMemory * f;
    }
  }
}
