import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { copyBytes } from './copy.ts';

/**
 * A snapshot as it is kept. Large ones lie here beside the actor itself, in the memory of one process, and are read only when a
 * step has failed or a shard changes hands: numbers of a young series pack to a fiftieth, those of an old one to four fifths.
 */
export interface PackedSnapshot {
  readonly bytes: Uint8Array;
  readonly isDeflated: boolean;
}

/** Small ones are written with every batch. */
const DEFLATED_FROM_BYTES = 16_384;
/** The higher levels take longer and give nothing with numbers. */
const LEVEL = 1;

export function packSnapshot(snapshot: Uint8Array): PackedSnapshot {
  if (snapshot.byteLength < DEFLATED_FROM_BYTES) return { bytes: copyBytes(snapshot), isDeflated: false };
  return { bytes: copyBytes(deflateRawSync(snapshot, { level: LEVEL })), isDeflated: true };
}

/** A copy of what was packed. */
export function unpackSnapshot({ bytes, isDeflated }: PackedSnapshot): Uint8Array {
  return copyBytes(isDeflated ? inflateRawSync(bytes) : bytes);
}
