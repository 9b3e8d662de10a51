/**
 * The part of TensorFlow.js that is used here. `@tensorflow/tfjs-node` and `@tensorflow/tfjs` both have it; neither need be
 * installed for this program to be built, so their own types are not imported.
 */
export interface TensorFlow {
  getBackend(): string | undefined;
  tensor(values: Float32Array, shape: readonly number[], type: 'float32'): Tensor;
  tidy<T>(work: () => T): T;
  /** Value and gradients of what the function returns, by the name of the variable. */
  variableGrads(loss: () => Tensor): { readonly value: Tensor; readonly grads: Readonly<Record<string, Tensor | undefined>> };
  loadLayersModel(source: unknown): Promise<LayersModelHandle>;
  readonly io: { fromMemory(artifacts: unknown): unknown };
}

export interface Tensor {
  dataSync(): ArrayLike<number>;
  sub(other: Tensor): Tensor;
  mul(other: Tensor): Tensor;
  maximum(other: Tensor): Tensor;
  sum(): Tensor;
  dispose(): void;
}

export interface LayersModelHandle {
  readonly trainableWeights: readonly { readonly name: string; readonly shape: readonly (number | null)[] }[];
  predict(inputs: Tensor, options: { readonly batchSize: number }): Tensor | readonly Tensor[];
  apply(inputs: Tensor, options: { readonly training: boolean }): Tensor;
  setWeights(weights: readonly Tensor[]): void;
  dispose(): unknown;
}
