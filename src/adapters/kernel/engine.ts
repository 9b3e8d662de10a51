import { BATCH_MAX, checkLevels, type Batch, type LearningStep, type NetworkEngine } from '../../models/network/engine.ts';
import { layoutOf, type Block, type Layout, type NetworkSpec } from '../../models/network/spec.ts';
import { instantiateKernel, type Kernel } from './instance.ts';

/**
 * The engine in SIMD WebAssembly, single precision, compiled from `assembly/`. One instance holds one network and a batch
 * (0.3 MB for 16 units over 60 steps); the same calls give the same bits on every machine.
 *
 * @throws RangeError if the spec is out of range or its memory would be more than 32 MiB; Error where this
 * runtime has no WebAssembly with SIMD.
 */
export function createKernelEngine(spec: NetworkSpec, levels: readonly number[]): KernelEngine {
  checkLevels(spec, levels);
  return new KernelEngine(spec, levels, instantiateKernel());
}

export class KernelEngine implements NetworkEngine {
  readonly spec: NetworkSpec;
  /** Bytes of WebAssembly memory. */
  readonly bytes: number;
  private readonly kernel: Kernel;
  private readonly layout: Layout;
  /** Outputs as the kernel has them: in fours. */
  private readonly padded: number;
  private readonly memory: Float32Array;

  constructor(spec: NetworkSpec, levels: readonly number[], kernel: Kernel) {
    this.spec = spec;
    this.kernel = kernel;
    this.layout = layoutOf(spec);
    const { cell, units, steps, features, outputs } = spec;
    this.padded = 4 * Math.ceil(outputs / 4);
    this.bytes = kernel.plan(cell === 'lstm' ? 0 : 1, units, steps, features, outputs, BATCH_MAX);
    if (this.bytes === 0) throw new RangeError('this network needs more memory than a kernel may have (32 MiB)');
    this.memory = new Float32Array(kernel.memory.buffer);
    this.memory.set(levels, kernel.levels.value / 4);
  }

  load(parameters: Float32Array): void {
    if (parameters.length !== this.layout.length) {
      throw new RangeError(`${parameters.length} parameters, wanted ${this.layout.length}`);
    }
    this.kernel.forget();
    this.eachRow((row, at, columns) => this.memory.set(parameters.subarray(row, row + columns), at), 0);
  }

  save(): Float32Array {
    return this.collect(0);
  }

  /** The gradient of the last batch, in the order of the parameters. */
  gradient(): Float32Array {
    return this.collect(this.kernel.gradientAt.value);
  }

  predict(inputs: Float32Array, count: number, outputs: Float32Array): void {
    const size = this.spec.steps * this.spec.features;
    for (let from = 0; from < count; from += BATCH_MAX) {
      const some = Math.min(BATCH_MAX, count - from);
      this.memory.set(inputs.subarray(from * size, (from + some) * size), this.kernel.inputs.value / 4);
      this.kernel.predict(some);
      this.copyOutputs(outputs, from, some);
    }
  }

  learn(batch: Batch, { rate, normMax }: LearningStep): number {
    const loss = this.differentiate(batch);
    this.kernel.update(rate, normMax);
    return loss;
  }

  /** Sets the gradient to that of the mean loss of the batch. @returns the loss as `learn` does. */
  differentiate({ count, inputs, targets, importances }: Batch): number {
    const { kernel, memory, spec } = this;
    if (!(count >= 1 && count <= BATCH_MAX)) throw new RangeError(`a batch of ${count} windows, wanted 1 to ${BATCH_MAX}`);
    memory.set(inputs.subarray(0, count * spec.steps * spec.features), kernel.inputs.value / 4);
    memory.set(importances.subarray(0, count), kernel.importances.value / 4);
    for (let i = 0; i < count; i++) {
      const at = kernel.targets.value / 4 + i * this.padded;
      memory.set(targets.subarray(i * spec.outputs, (i + 1) * spec.outputs), at);
      memory.fill(Number.NaN, at + spec.outputs, at + this.padded);
    }
    return kernel.gradients(count);
  }

  dispose(): void {
    // The instance goes with its last reference.
  }

  private copyOutputs(outputs: Float32Array, from: number, count: number): void {
    const { spec, padded } = this;
    for (let i = 0; i < count; i++) {
      const at = this.kernel.outputs.value / 4 + i * padded;
      outputs.set(this.memory.subarray(at, at + spec.outputs), (from + i) * spec.outputs);
    }
  }

  private collect(distance: number): Float32Array {
    const collected = new Float32Array(this.layout.length);
    this.eachRow((row, at, columns) => collected.set(this.memory.subarray(at, at + columns), row), distance / 4);
    return collected;
  }

  /** Rows of the dense blocks are padded in the kernel, all others lie as they are. */
  private eachRow(visit: (row: number, at: number, columns: number) => void, distance: number): void {
    const { kernel, recurrent, bias, denseKernel, denseBias } = this.layout;
    let at = this.kernel.parameters.value / 4 + distance;
    const block = ({ offset, rows, columns }: Block, stride: number): void => {
      for (let row = 0; row < rows; row++) visit(offset + row * columns, at + row * stride, columns);
      at += rows * stride;
    };
    for (const whole of [kernel, recurrent, bias]) block(whole, whole.columns);
    for (const dense of [denseKernel, denseBias]) block(dense, this.padded);
  }
}
