import { QUANTILE_LEVELS } from '../forecast.ts';
import { weightSpecsOf, type Network, type WeightSpec } from './layers-model.ts';
import { layoutOf, specProblem, type CellKind, type NetworkSpec } from './spec.ts';
import { headsOf, taskProblem, type NetworkTask } from './task.ts';
import { FEATURES, FEATURE_SET } from './window.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a TensorFlow.js layers model: one LSTM or GRU over a window of our features, then one dense layer to the quantiles of
 * every horizon and kind. Nothing that our engines would compute otherwise is let through.
 *
 * @param model `model.json`, parsed: what TensorFlow.js saves, or its converter makes of a Keras model.
 * @param weights the weights file.
 * @param otherwise task of a model that does not say its own in `userDefinedMetadata`.
 * @returns the network, or what is wrong with it, all of it, a sentence each.
 */
export function fromLayersModel(model: unknown, weights: Uint8Array, otherwise?: NetworkTask): Network | readonly string[] {
  const problems: string[] = [];
  const fields = asFields(model);
  const task = readTask(asFields(fields['userDefinedMetadata']), otherwise, problems);
  const spec = readSpec(fields['modelTopology'], problems);
  if (task === undefined || spec === undefined) return problems;
  const heads = headsOf(task);
  const outputs = heads * QUANTILE_LEVELS.length;
  if (spec.outputs !== outputs)
    problems.push(`${spec.outputs} outputs, wanted ${outputs}: ${heads} answers of ${QUANTILE_LEVELS.length} levels`);
  if (spec.features !== FEATURES.length) problems.push(`${spec.features} features a step, wanted ${FEATURES.length}`);
  const wrong = specProblem(spec);
  if (wrong !== undefined) problems.push(wrong);
  if (problems.length > 0) return problems;
  checkWeights(fields, spec, weights, problems);
  if (problems.length > 0) return problems;
  const view = new DataView(weights.buffer, weights.byteOffset, weights.byteLength);
  const parameters = Float32Array.from({ length: layoutOf(spec).length }, (_, i) => view.getFloat32(4 * i, true));
  return parameters.every(Number.isFinite) ? { task, spec, parameters } : ['some weights are not finite'];
}

function readTask(metadata: Fields, otherwise: NetworkTask | undefined, problems: string[]): NetworkTask | undefined {
  const { featureSet, intervalMs, horizonsMs, levels } = metadata;
  const hasLevels = levels === undefined || (Array.isArray(levels) && QUANTILE_LEVELS.every((level, j) => levels[j] === level));
  if (featureSet !== undefined && featureSet !== FEATURE_SET)
    problems.push(`features ${JSON.stringify(featureSet)}, wanted ${FEATURE_SET}`);
  if (!hasLevels) problems.push(`levels ${JSON.stringify(levels)}, wanted ${QUANTILE_LEVELS.join(' ')}`);
  const isTold = typeof intervalMs === 'number' && Array.isArray(horizonsMs) && horizonsMs.every((one) => typeof one === 'number');
  const task = isTold ? { intervalMs, horizonsMs } : otherwise;
  const problem = task === undefined ? 'userDefinedMetadata has no intervalMs and horizonsMs' : taskProblem(task);
  if (problem === undefined) return task;
  problems.push(problem);
  return undefined;
}

function readSpec(topology: unknown, problems: string[]): NetworkSpec | undefined {
  const layers = layersOf(asFields(topology)).filter((layer) => layer['class_name'] !== 'InputLayer');
  const kinds = layers.map((layer) => String(layer['class_name']));
  const [recurrent, dense] = layers;
  const cell = kinds[0] === 'LSTM' ? 'lstm' : kinds[0] === 'GRU' ? 'gru' : undefined;
  if (kinds.length !== 2 || cell === undefined || kinds[1] !== 'Dense' || recurrent === undefined || dense === undefined) {
    problems.push(`layers ${kinds.join(', ') || 'none'}, wanted LSTM or GRU, then Dense`);
    return undefined;
  }
  const first = asFields(recurrent['config']);
  const last = asFields(dense['config']);
  checkOptions(cell, first, WANTED[cell], problems);
  checkOptions('dense', last, WANTED.dense, problems);
  const [, steps, features] = shapeOf(first, asFields(topology));
  return { cell, units: Number(first['units']), steps: Number(steps), features: Number(features), outputs: Number(last['units']) };
}

const RECURRENT = { activation: 'tanh', recurrent_activation: 'sigmoid', use_bias: true, return_sequences: false, go_backwards: false };
/** Options that change what is computed. One that is absent or null is as Keras has it by default, which is what is wanted. */
const WANTED = {
  lstm: RECURRENT,
  gru: { ...RECURRENT, reset_after: false },
  dense: { activation: 'linear', use_bias: true },
} as const satisfies Record<CellKind | 'dense', Fields>;

function checkOptions(layer: string, config: Fields, wanted: Fields, problems: string[]): void {
  for (const [name, value] of Object.entries(wanted)) {
    const found = config[name];
    if (found !== undefined && found !== null && found !== value)
      problems.push(`${layer}: ${name} is ${JSON.stringify(found)}, wanted ${JSON.stringify(value)}`);
  }
}

/** TensorFlow.js writes the model itself, the Python converter a `model_config` around it; layers are a list there in old files. */
function layersOf(topology: Fields): readonly Fields[] {
  const config = asFields(topology['model_config'] ?? topology)['config'];
  const layers = Array.isArray(config) ? (config as unknown[]) : asFields(config)['layers'];
  return Array.isArray(layers) ? layers.map(asFields) : [];
}

/** Of the input, which a layer of its own may tell. */
function shapeOf(config: Fields, topology: Fields): readonly unknown[] {
  const input = layersOf(topology).find((layer) => layer['class_name'] === 'InputLayer');
  const shape = config['batch_input_shape'] ?? asFields(input?.['config'])['batch_input_shape'];
  return Array.isArray(shape) ? (shape as unknown[]) : [];
}

function checkWeights(model: Fields, spec: NetworkSpec, weights: Uint8Array, problems: string[]): void {
  const manifest = Array.isArray(model['weightsManifest']) ? (model['weightsManifest'] as unknown[]) : [];
  const found = manifest.flatMap((group) => asFields(group)['weights'] as unknown[]).map(asFields);
  const wanted = weightSpecsOf(spec);
  if (found.length !== wanted.length) problems.push(`${found.length} tensors, wanted ${wanted.length}`);
  for (const [i, { shape, name }] of wanted.entries()) {
    const tensor = found[i];
    if (tensor === undefined) continue;
    if (!sameShape(tensor['shape'], shape))
      problems.push(`${String(tensor['name'])} has shape ${String(tensor['shape'])}, wanted ${shape.join(',')} (${name})`);
    if (tensor['dtype'] !== 'float32' || 'quantization' in tensor) problems.push(`${String(tensor['name'])} is not plain float32`);
  }
  const bytes = 4 * layoutOf(spec).length;
  if (weights.length !== bytes) problems.push(`${weights.length} bytes of weights, wanted ${bytes}`);
}

function sameShape(found: unknown, wanted: WeightSpec['shape']): boolean {
  return Array.isArray(found) && found.length === wanted.length && wanted.every((size, i) => found[i] === size);
}

function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
