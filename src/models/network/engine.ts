import type { NetworkSpec } from './spec.ts';

/** Windows that one call of `learn` may hold. */
export const BATCH_MAX = 128;

/** A mini-batch: windows side by side, of which an engine reads the first `count`. */
export interface Batch {
  /** 1 to BATCH_MAX. */
  readonly count: number;
  /** count x steps x features. */
  readonly inputs: Float32Array;
  /** count x outputs; NaN where a target is not known, which teaches nothing. */
  readonly targets: Float32Array;
  /** Importance of each window, at least 0; 1 is usual. */
  readonly importances: Float32Array;
}

/** How one step of learning is made: Adam on the mean gradient, shortened to a norm. */
export interface LearningStep {
  /** Adam's step size. */
  readonly rate: number;
  /** Largest L2 norm of the gradient; a longer one is shortened to it. */
  readonly normMax: number;
}

/**
 * What computes a network: the plain twin in this folder, the WebAssembly kernel, TensorFlow. All know the same parameters
 * in the same order (Layout) and the same loss, so training in one and serving in another differ by rounding only.
 */
export interface NetworkEngine {
  readonly spec: NetworkSpec;
  /** Takes parameters (copied) and forgets what Adam remembered. */
  load(parameters: Float32Array): void;
  /** A copy of the parameters. */
  save(): Float32Array;
  /** Answers for `count` windows (any number): count x outputs numbers into `outputs`. */
  predict(inputs: Float32Array, count: number, outputs: Float32Array): void;
  /**
   * One step of Adam on the mean over the batch of importance x mean pinball loss of the known targets.
   * @returns the sum of importance x mean pinball loss over the windows.
   */
  learn(batch: Batch, step: LearningStep): number;
  /** Gives back what the engine holds outside the garbage collector's sight. */
  dispose(): void;
}

/** @param levels quantile level of each output. @throws RangeError if the spec is out of range or levels do not fit it. */
export type EngineFactory = (spec: NetworkSpec, levels: readonly number[]) => NetworkEngine;

/** @throws RangeError */
export function checkLevels({ outputs }: NetworkSpec, levels: readonly number[]): void {
  if (levels.length !== outputs) throw new RangeError(`${levels.length} levels for ${outputs} outputs, wanted one for each`);
  const wrong = levels.find((level) => !(level > 0 && level < 1));
  if (wrong !== undefined) throw new RangeError(`level ${wrong}, wanted more than 0 and less than 1`);
}
