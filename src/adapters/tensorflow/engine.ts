import { Adam } from '../../models/network/adam.ts';
import { BATCH_MAX, checkLevels, type Batch, type LearningStep, type NetworkEngine } from '../../models/network/engine.ts';
import { toLayersModel, weightSpecsOf } from '../../models/network/layers-model.ts';
import { layoutOf, type NetworkSpec } from '../../models/network/spec.ts';
import type { NetworkTask } from '../../models/network/task.ts';
import type { LayersModelHandle, Tensor, TensorFlow } from './library.ts';

/** Said to the exporter only, which wants a task; what the network answers does not depend on it. */
const ANY_TASK: NetworkTask = { intervalMs: 1, horizonsMs: [1] };

/**
 * The engine in TensorFlow.js: the same layers model that we export, its own forward and backward passes. Only Adam is ours, so that
 * the step size can fall and a long gradient is shortened as in the other engines.
 *
 * @throws RangeError if the spec is out of range or levels do not fit it.
 */
export async function createTensorFlowEngine(tf: TensorFlow, spec: NetworkSpec, levels: readonly number[]): Promise<TensorFlowEngine> {
  checkLevels(spec, levels);
  const parameters = new Float32Array(layoutOf(spec).length);
  const { json, weights } = toLayersModel({ task: ANY_TASK, spec, parameters });
  const { modelTopology, weightsManifest } = json;
  const artifacts = { modelTopology, weightSpecs: weightsManifest[0].weights, weightData: weights.buffer };
  const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  return new TensorFlowEngine(tf, model, spec, levels);
}

export class TensorFlowEngine implements NetworkEngine {
  readonly spec: NetworkSpec;
  readonly #tf: TensorFlow;
  readonly #model: LayersModelHandle;
  readonly #levels: readonly number[];
  readonly #parameters: Float64Array;
  readonly #gradient: Float64Array;
  readonly #adam: Adam;

  constructor(tf: TensorFlow, model: LayersModelHandle, spec: NetworkSpec, levels: readonly number[]) {
    this.spec = spec;
    this.#tf = tf;
    this.#model = model;
    this.#levels = levels;
    const { length } = layoutOf(spec);
    this.#parameters = new Float64Array(length);
    this.#gradient = new Float64Array(length);
    this.#adam = new Adam(length);
  }

  load(parameters: Float32Array): void {
    if (parameters.length !== this.#parameters.length) {
      throw new RangeError(`${parameters.length} parameters, wanted ${this.#parameters.length}`);
    }
    this.#parameters.set(parameters);
    this.#adam.forget();
    this.#write();
  }

  save(): Float32Array {
    return Float32Array.from(this.#parameters);
  }

  /** A copy of the gradient of the last batch, in the order of the parameters. */
  gradient(): Float32Array {
    return Float32Array.from(this.#gradient);
  }

  predict(inputs: Float32Array, count: number, outputs: Float32Array): void {
    const size = this.spec.steps * this.spec.features;
    for (let from = 0; from < count; from += BATCH_MAX) {
      const some = Math.min(BATCH_MAX, count - from);
      this.#tf.tidy(() => {
        const windows = this.#windows(inputs.subarray(from * size, (from + some) * size), some);
        // Its default is 32 windows at a time.
        const answer = this.#model.predict(windows, { batchSize: some });
        outputs.set((Array.isArray(answer) ? (answer as Tensor[])[0] : (answer as Tensor))?.dataSync() ?? [], from * this.spec.outputs);
      });
    }
  }

  learn(batch: Batch, step: LearningStep): number {
    const loss = this.differentiate(batch);
    this.#adam.update(this.#parameters, this.#gradient, step);
    this.#write();
    return loss;
  }

  /** Sets the gradient to that of the mean loss of the batch. @returns the loss as `learn` does. */
  differentiate(batch: Batch): number {
    const { count, inputs } = batch;
    if (!(count >= 1 && count <= BATCH_MAX)) throw new RangeError(`a batch of ${count} windows, wanted 1 to ${BATCH_MAX}`);
    return this.#tf.tidy(() => {
      const { steps, features } = this.spec;
      const windows = this.#windows(inputs.subarray(0, count * steps * features), count);
      const [targets, above, below] = this.#targets(batch);
      const { value, grads } = this.#tf.variableGrads(() => {
        const error = targets.sub(this.#model.apply(windows, { training: true }));
        return error.mul(above).maximum(error.mul(below)).sum();
      });
      this.#keep(grads);
      return (value.dataSync()[0] as number) * count;
    });
  }

  dispose(): void {
    this.#model.dispose();
  }

  #windows(inputs: Float32Array, count: number): Tensor {
    return this.#tf.tensor(inputs, [count, this.spec.steps, this.spec.features], 'float32');
  }

  /** Targets, and by how much an error above and below counts in the mean; an unknown target counts nothing. */
  #targets({ count, targets, importances }: Batch): readonly [Tensor, Tensor, Tensor] {
    const { outputs } = this.spec;
    const known = new Float32Array(count * outputs);
    const above = new Float32Array(known.length);
    const below = new Float32Array(known.length);
    for (let i = 0; i < count; i++) {
      const wanted = targets.subarray(i * outputs, (i + 1) * outputs);
      const share = (importances[i] as number) / (count * wanted.reduce((sum, target) => sum + (Number.isNaN(target) ? 0 : 1), 0));
      for (const [j, target] of wanted.entries()) {
        if (Number.isNaN(target)) continue;
        known[i * outputs + j] = target;
        above[i * outputs + j] = share * (this.#levels[j] as number);
        below[i * outputs + j] = share * ((this.#levels[j] as number) - 1);
      }
    }
    const shape = [count, outputs];
    return [this.#tf.tensor(known, shape, 'float32'), this.#tf.tensor(above, shape, 'float32'), this.#tf.tensor(below, shape, 'float32')];
  }

  #keep(grads: Readonly<Record<string, Tensor | undefined>>): void {
    let at = 0;
    for (const { name, shape } of this.#model.trainableWeights) {
      const values = grads[name]?.dataSync();
      const length = shape.reduce<number>((product, size) => product * (size ?? 1), 1);
      for (let i = 0; i < length; i++) this.#gradient[at + i] = values?.[i] ?? 0;
      at += length;
    }
  }

  #write(): void {
    this.#tf.tidy(() => {
      let at = 0;
      const tensors = weightSpecsOf(this.spec).map(({ shape }) => {
        const length = shape.reduce((product, size) => product * size, 1);
        const values = Float32Array.from(this.#parameters.subarray(at, at + length));
        at += length;
        return this.#tf.tensor(values, shape, 'float32');
      });
      this.#model.setWeights(tensors);
    });
  }
}
