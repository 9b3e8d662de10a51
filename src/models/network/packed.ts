import { WEIGHTS_FILE, toLayersModel, type Network } from './layers-model.ts';
import { fromLayersModel } from './read-layers.ts';

/** A network of 128 units has 0.8 MB. */
const PACKED_MAX = 4_000_000;

/**
 * A network as one text: the `model.json` of a TensorFlow.js layers model with the weights file in base64 inside. What is stored
 * under its content hash and what travels; the same network gives the same text.
 */
export function packNetwork(network: Network): string {
  const { json, weights } = toLayersModel(network);
  return JSON.stringify({ ...json, files: { [WEIGHTS_FILE]: Buffer.from(weights).toString('base64') } });
}

/** @returns the network, or what is wrong with the text. */
export function unpackNetwork(text: string): Network | readonly string[] {
  if (text.length > PACKED_MAX) return [`${text.length} characters, wanted at most ${PACKED_MAX}`];
  let model: unknown;
  try {
    model = JSON.parse(text);
  } catch (error) {
    return [`not JSON: ${error instanceof Error ? error.message : String(error)}`];
  }
  const { files } = (typeof model === 'object' && model !== null ? model : {}) as { readonly files?: Readonly<Record<string, unknown>> };
  const weights = files?.[WEIGHTS_FILE];
  return typeof weights === 'string' ? fromLayersModel(model, Buffer.from(weights, 'base64')) : [`no file ${WEIGHTS_FILE}`];
}
