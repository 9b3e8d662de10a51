/**
 * Gives out the typed arrays of one forecaster as views of one buffer. A small array with a buffer of its own costs some 250 bytes
 * beside its numbers, a view about 100: with a hundred arrays a series, four series a producer and ten thousand producers, that
 * is half a gigabyte.
 */
export class Arena {
  /** Bytes given out so far, gaps for alignment included. */
  bytes = 0;
  private readonly buffer: ArrayBuffer | undefined;

  /** @param bytes what will be asked for in all; undefined: unknown, every array gets a buffer of its own and is counted. */
  constructor(bytes?: number) {
    this.buffer = bytes === undefined ? undefined : new ArrayBuffer(bytes);
  }

  float64(length: number): Float64Array {
    const at = this.take(8, length);
    return this.buffer === undefined ? new Float64Array(length) : new Float64Array(this.buffer, at, length);
  }

  float32(length: number): Float32Array {
    const at = this.take(4, length);
    return this.buffer === undefined ? new Float32Array(length) : new Float32Array(this.buffer, at, length);
  }

  uint8(length: number): Uint8Array {
    const at = this.take(1, length);
    return this.buffer === undefined ? new Uint8Array(length) : new Uint8Array(this.buffer, at, length);
  }

  private take(size: number, length: number): number {
    const at = Math.ceil(this.bytes / size) * size;
    this.bytes = at + size * length;
    return at;
  }
}
