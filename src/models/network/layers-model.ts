import { QUANTILE_LEVELS } from '../forecast.ts';
import { layoutOf, type Block, type NetworkSpec } from './spec.ts';
import type { NetworkTask } from './task.ts';
import { FEATURE_SET } from './window.ts';

/** A trained network: what it answers, its shape, its parameters in the order of `Layout`. */
export interface Network {
  readonly task: NetworkTask;
  readonly spec: NetworkSpec;
  readonly parameters: Float32Array;
}

/** One tensor of the weights file. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32';
}

/** The `model.json` of a TensorFlow.js layers model; the weights lie in a file beside it. */
export interface LayersModel {
  readonly format: 'layers-model';
  readonly generatedBy: string;
  readonly convertedBy: null;
  readonly modelTopology: object;
  readonly weightsManifest: readonly [{ readonly paths: readonly [string]; readonly weights: readonly WeightSpec[] }];
  readonly userDefinedMetadata: NetworkMetadata;
}

/** What TensorFlow.js does not know of a network. */
export interface NetworkMetadata {
  /** What its inputs are; see `FEATURE_SET`. */
  readonly featureSet: string;
  readonly intervalMs: number;
  readonly horizonsMs: readonly number[];
  readonly levels: readonly number[];
}

export const WEIGHTS_FILE = 'weights.bin';
const RECURRENT = 'recurrent';
const DENSE = 'quantiles';

/** The network as TensorFlow.js saves one: `model.json` and the bytes of its weights file, which are the parameters as they are. */
export function toLayersModel({ task, spec, parameters }: Network): { readonly json: LayersModel; readonly weights: Uint8Array } {
  const { intervalMs, horizonsMs } = task;
  const json: LayersModel = {
    format: 'layers-model',
    generatedBy: 'forescale',
    convertedBy: null,
    modelTopology: topologyOf(spec),
    weightsManifest: [{ paths: [WEIGHTS_FILE], weights: weightSpecsOf(spec) }],
    userDefinedMetadata: { featureSet: FEATURE_SET, intervalMs, horizonsMs: [...horizonsMs], levels: [...QUANTILE_LEVELS] },
  };
  return { json, weights: littleEndian(parameters) };
}

/** Name and shape of each tensor, in the order of the parameters. */
export function weightSpecsOf(spec: NetworkSpec): readonly WeightSpec[] {
  const { kernel, recurrent, bias, denseKernel, denseBias } = layoutOf(spec);
  const matrix = (name: string, { rows, columns }: Block): WeightSpec => ({ name, shape: [rows, columns], dtype: 'float32' });
  const vector = (name: string, { columns }: Block): WeightSpec => ({ name, shape: [columns], dtype: 'float32' });
  return [
    matrix(`${RECURRENT}/kernel`, kernel),
    matrix(`${RECURRENT}/recurrent_kernel`, recurrent),
    vector(`${RECURRENT}/bias`, bias),
    matrix(`${DENSE}/kernel`, denseKernel),
    vector(`${DENSE}/bias`, denseBias),
  ];
}

function topologyOf({ cell, units, steps, features, outputs }: NetworkSpec): object {
  const recurrent = {
    name: RECURRENT,
    trainable: true,
    batch_input_shape: [null, steps, features],
    dtype: 'float32',
    return_sequences: false,
    return_state: false,
    go_backwards: false,
    stateful: false,
    unroll: false,
    units,
    activation: 'tanh',
    recurrent_activation: 'sigmoid',
    use_bias: true,
    // 1 computes the gates in one product, as the weights lie.
    implementation: 1,
    ...(cell === 'lstm' ? { unit_forget_bias: true } : { reset_after: false }),
  };
  const dense = { name: DENSE, trainable: true, units: outputs, activation: 'linear', use_bias: true };
  return {
    class_name: 'Sequential',
    config: {
      name: 'forescale',
      layers: [
        { class_name: cell === 'lstm' ? 'LSTM' : 'GRU', config: recurrent },
        { class_name: 'Dense', config: dense },
      ],
    },
    keras_version: 'tfjs-layers 4.22.0',
    backend: 'tensor_flow.js',
  };
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return bytes;
}
