import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createKernelEngine } from '../adapters/kernel/engine.ts';
import type { ForecastModel } from '../models/index.ts';
import { WEIGHTS_FILE } from '../models/network/layers-model.ts';
import { unpackNetwork } from '../models/network/packed.ts';
import { createNetworkReader } from '../models/network/reader.ts';
import { fileFault, InputError } from '../problems.ts';

/**
 * A TensorFlow.js layers model from a file: packed, as networks travel, or `model.json` with its one weights file beside it.
 * @throws InputError that lists what is wrong with it.
 */
export function readModel(path: string, place: string): ForecastModel {
  const refuse = (found: string): InputError =>
    new InputError([{ place, wanted: 'a TensorFlow.js layers model that our engines compute exactly', found }]);
  const read = (file: string): Buffer => {
    try {
      return readFileSync(file);
    } catch (error) {
      throw refuse(`${file}: ${fileFault(error)}`);
    }
  };
  const network = unpackNetwork(withWeights(read(path).toString(), (name) => read(join(dirname(path), name)).toString('base64')));
  if (!('spec' in network)) throw refuse(`${path}: ${network.join('; ')}`);
  return createNetworkReader(network, createKernelEngine);
}

/** Puts the weights file into the text, unless it is there or the text names none. */
function withWeights(text: string, read: (name: string) => string): string {
  let model: { readonly files?: unknown; readonly weightsManifest?: readonly { readonly paths?: readonly unknown[] }[] } | null;
  try {
    model = JSON.parse(text) as typeof model;
  } catch {
    return text;
  }
  const name = model?.weightsManifest?.[0]?.paths?.[0];
  if (model === null || model.files !== undefined || typeof name !== 'string' || /[\\/]/.test(name)) return text;
  return JSON.stringify({ ...model, files: { [WEIGHTS_FILE]: read(name) } });
}
