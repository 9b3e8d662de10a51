import { Adam } from '../adam.ts';
import { checkLevels, type Batch, type LearningStep, type NetworkEngine } from '../engine.ts';
import { layoutOf, type Layout, type NetworkSpec } from '../spec.ts';
import { addOuterProduct, addProduct, passBack, type Cell } from './cell.ts';
import { Gru } from './gru.ts';
import { Lstm } from './lstm.ts';

/** The engine in plain TypeScript, in double precision: the oracle of the others, and what runs where nothing else can. */
export function createPlainEngine(spec: NetworkSpec, levels: readonly number[]): PlainEngine {
  checkLevels(spec, levels);
  return new PlainEngine(spec, levels);
}

export class PlainEngine implements NetworkEngine {
  /** Parameters and the gradient of the last batch, as Layout has them. */
  readonly parameters: Float64Array;
  readonly gradient: Float64Array;
  readonly spec: NetworkSpec;

  private readonly levels: readonly number[];
  private readonly layout: Layout;
  private readonly cell: Cell;
  private readonly adam: Adam;
  private readonly output: Float64Array;
  private readonly outputDelta: Float64Array;
  private readonly stateDelta: Float64Array;
  private lastState: Float64Array = new Float64Array();

  constructor(spec: NetworkSpec, levels: readonly number[]) {
    this.spec = spec;
    this.levels = levels;
    this.layout = layoutOf(spec);
    const { length } = this.layout;
    this.parameters = new Float64Array(length);
    this.gradient = new Float64Array(length);
    this.adam = new Adam(length);
    this.output = new Float64Array(spec.outputs);
    this.outputDelta = new Float64Array(spec.outputs);
    this.stateDelta = new Float64Array(spec.units);
    const Recurrent = spec.cell === 'lstm' ? Lstm : Gru;
    this.cell = new Recurrent(spec, this.layout, this.parameters, this.gradient);
  }

  load(parameters: Float32Array): void {
    if (parameters.length !== this.layout.length) {
      throw new RangeError(`${parameters.length} parameters, wanted ${this.layout.length}`);
    }
    this.parameters.set(parameters);
    this.adam.forget();
  }

  save(): Float32Array {
    return Float32Array.from(this.parameters);
  }

  predict(inputs: Float32Array, count: number, outputs: Float32Array): void {
    const size = this.spec.steps * this.spec.features;
    for (let i = 0; i < count; i++) {
      this.forward(inputs, i * size);
      outputs.set(this.output, i * this.spec.outputs);
    }
  }

  learn(batch: Batch, step: LearningStep): number {
    const loss = this.differentiate(batch);
    this.adam.update(this.parameters, this.gradient, step);
    return loss;
  }

  /** Sets `gradient` to that of the mean loss of the batch. @returns the loss as `learn` does. */
  differentiate({ count, inputs, targets, importances }: Batch): number {
    const { spec, gradient } = this;
    const size = spec.steps * spec.features;
    gradient.fill(0);
    let loss = 0;
    for (let i = 0; i < count; i++) {
      this.forward(inputs, i * size);
      loss += this.pinball(targets, i * spec.outputs, importances[i] as number, count);
      this.backward(inputs, i * size);
    }
    return loss;
  }

  dispose(): void {
    // Nothing is held that the garbage collector does not see.
  }

  private forward(inputs: Float32Array, at: number): void {
    const { denseKernel, denseBias } = this.layout;
    const state = this.cell.forward(inputs, at);
    for (let j = 0; j < this.spec.outputs; j++) this.output[j] = this.parameters[denseBias.offset + j] as number;
    addProduct(state, 0, this.parameters, denseKernel, this.output, 0, this.spec.outputs);
    this.lastState = state;
  }

  private backward(inputs: Float32Array, at: number): void {
    const { denseKernel, denseBias } = this.layout;
    const { gradient, outputDelta } = this;
    addOuterProduct(this.lastState, 0, gradient, denseKernel, outputDelta, 0, this.spec.outputs);
    for (let j = 0; j < this.spec.outputs; j++) {
      gradient[denseBias.offset + j] = (gradient[denseBias.offset + j] as number) + (outputDelta[j] as number);
    }
    passBack(this.parameters, denseKernel, outputDelta, 0, this.spec.outputs, this.stateDelta);
    this.cell.backward(inputs, at, this.stateDelta);
  }

  /** Loss of the window that was read last, and `outputDelta`: the mean loss of the batch by each output. */
  private pinball(targets: Float32Array, at: number, importance: number, count: number): number {
    const { output, outputDelta, levels } = this;
    let known = 0;
    let sum = 0;
    for (let j = 0; j < output.length; j++) {
      const error = (targets[at + j] as number) - (output[j] as number);
      const level = levels[j] as number;
      let slope = 0;
      if (!Number.isNaN(error)) {
        known += 1;
        if (error !== 0) slope = error > 0 ? -level : 1 - level;
        sum -= error * slope;
      }
      outputDelta[j] = slope;
    }
    if (known === 0) return 0;
    const share = importance / (known * count);
    for (let j = 0; j < output.length; j++) outputDelta[j] = (outputDelta[j] as number) * share;
    return (importance * sum) / known;
  }
}
