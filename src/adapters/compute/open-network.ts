import { unpackNetwork } from '../../models/network/packed.ts';
import { createNetworkReader, type NetworkReader } from '../../models/network/reader.ts';
import { createKernelEngine } from '../kernel/engine.ts';

/** Networks that are in use at the same time: one or two for each set of interval and horizons. */
const OPEN_MAX = 16;

/** Opens packed networks for the kernel, each once: thousands of analyzers that use one share its memory. */
export function createOpener(): (packed: string) => NetworkReader | readonly string[] {
  const opened = new Map<string, NetworkReader>();
  return (packed) => {
    const known = opened.get(packed);
    if (known !== undefined) return known;
    const network = unpackNetwork(packed);
    if (!('spec' in network)) return network;
    const reader = createNetworkReader(network, createKernelEngine);
    const oldest = opened.size >= OPEN_MAX ? opened.keys().next().value : undefined;
    if (oldest !== undefined) opened.delete(oldest);
    opened.set(packed, reader);
    return reader;
  };
}
