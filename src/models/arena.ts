/** What an array holds at first: one number, or some that repeat. */
type Initial = number | readonly number[];

/**
 * Gives out the typed arrays of one series as views of one buffer: so a series at rest is that buffer and nothing else (see
 * `Resting`). The same sequence of calls gives the same views.
 */
export class Arena {
  /** Bytes given out so far, gaps for alignment included. */
  bytes: number;
  private readonly buffer: ArrayBuffer | undefined;
  /** The arrays are given what they hold at first; else they hold what they held before. */
  readonly isNew: boolean;

  /**
   * @param buffer undefined: every array gets a buffer of its own and is counted.
   * @param start where in the buffer the first array may lie.
   */
  constructor(buffer?: ArrayBuffer, isNew = true, start = 0) {
    this.buffer = buffer;
    this.isNew = isNew;
    this.bytes = start;
  }

  float64(length: number, initial: Initial = 0): Float64Array {
    const at = this.take(8, length);
    return this.begin(this.buffer === undefined ? new Float64Array(length) : new Float64Array(this.buffer, at, length), initial);
  }

  float32(length: number, initial: Initial = 0): Float32Array {
    const at = this.take(4, length);
    return this.begin(this.buffer === undefined ? new Float32Array(length) : new Float32Array(this.buffer, at, length), initial);
  }

  uint8(length: number, initial: Initial = 0): Uint8Array {
    const at = this.take(1, length);
    return this.begin(this.buffer === undefined ? new Uint8Array(length) : new Uint8Array(this.buffer, at, length), initial);
  }

  private take(size: number, length: number): number {
    const at = Math.ceil(this.bytes / size) * size;
    this.bytes = at + size * length;
    return at;
  }

  private begin<T extends Float64Array | Float32Array | Uint8Array>(array: T, initial: Initial): T {
    if (!this.isNew || initial === 0) return array;
    if (typeof initial === 'number') array.fill(initial);
    else for (let i = 0; i < array.length; i++) array[i] = initial[i % initial.length] as number;
    return array;
  }
}
