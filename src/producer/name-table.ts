/**
 * Names as small numbers, in an open-addressing table of fixed size: looking up a known name makes no garbage and costs one
 * hash and one comparison. What does not fit is `OTHER`.
 */
export const OTHER = 0;
const OTHER_NAME = 'other';
/** Longer names are cut in observations, UTF-16 units. */
export const NAME_LENGTH_MAX = 128;
const FREE = -1;

export class NameTable {
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #max: number;
  #names: string[] = [OTHER_NAME];

  /** @param max names at the most, beside `other`. */
  constructor(max: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(4, max * 4)));
    this.#slots = new Int32Array(size).fill(FREE);
    this.#mask = size - 1;
    this.#max = max;
  }

  /** Indices in use: from 0 (`other`) to size - 1. */
  get size(): number {
    return this.#names.length;
  }

  get isFull(): boolean {
    return this.#names.length > this.#max;
  }

  nameOf(index: number): string {
    return this.#names[index] ?? OTHER_NAME;
  }

  /** Index of a name, 1 and up; OTHER when the table is full. `hash` is `hashText(name)`. */
  indexOf(name: string, hash: number): number {
    // At most a quarter of the slots is taken: the search ends at a free one.
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const index = this.#slots[slot] ?? FREE;
      if (index === FREE) return this.isFull ? OTHER : this.#add(slot, name);
      if (this.#names[index] === name) return index;
    }
  }

  /** Forgets every name that is not kept. Indices change. */
  retain(isKept: (index: number) => boolean): void {
    const kept = this.#names.filter((_, index) => index !== OTHER && isKept(index));
    this.#names = [OTHER_NAME];
    this.#slots.fill(FREE);
    for (const name of kept) this.indexOf(name, hashText(name));
  }

  #add(slot: number, name: string): number {
    const index = this.#names.length;
    this.#names.push(name);
    this.#slots[slot] = index;
    return index;
  }
}

/** Characters that are hashed of each end of a text: it may be long and hostile. */
const HASHED_ENDS = 64;

/**
 * 32-bit FNV-1a (Fowler, Noll, Vo) of a text's length and its first and last 64 UTF-16 units, finished by the mixer of
 * MurmurHash3 (Appleby), so that all bits are usable. Signed: an unsigned one above 2^31 would be an object on the heap.
 */
export function hashText(text: string): number {
  const { length } = text;
  const headEnd = Math.min(length, HASHED_ENDS);
  let hash = 0x811c9dc5 ^ length;
  for (let index = 0; index < headEnd; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  for (let index = Math.max(headEnd, length - HASHED_ENDS); index < length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
