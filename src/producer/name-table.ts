/**
 * Names as small numbers, in an open-addressing table of fixed size: looking up a known name makes no garbage and costs one
 * hash and one comparison. What does not fit is `OTHER`.
 */
export const OTHER = 0;

export class NameTable {
  readonly #slots: Int32Array;
  readonly #names: string[] = ['other'];
  readonly #mask: number;
  readonly #max: number;

  /** @param max names at the most, beside `other`. */
  constructor(max: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(4, max * 4)));
    this.#slots = new Int32Array(size).fill(-1);
    this.#mask = size - 1;
    this.#max = max;
  }

  get size(): number {
    return this.#names.length;
  }

  nameOf(index: number): string {
    return this.#names[index] ?? 'other';
  }

  /** Index of a name, 1 and up; OTHER when the table is full. `hash` is `hashText(name)`. */
  indexOf(name: string, hash: number): number {
    let slot = hash & this.#mask;
    for (let probes = 0; probes <= this.#mask; probes += 1) {
      const index = this.#slots[slot] ?? -1;
      if (index === -1) return this.#names.length > this.#max ? OTHER : this.#add(slot, name);
      if (this.#names[index] === name) return index;
      slot = (slot + 1) & this.#mask;
    }
    return OTHER;
  }

  #add(slot: number, name: string): number {
    const index = this.#names.length;
    this.#names.push(name);
    this.#slots[slot] = index;
    return index;
  }
}

/**
 * 32-bit FNV-1a (Fowler, Noll, Vo) of the first 64 UTF-16 units and the length, with the finaliser of MurmurHash3 (Appleby),
 * so that all bits are usable.
 */
export function hashText(text: string): number {
  const end = text.length < 64 ? text.length : 64;
  let hash = 0x811c9dc5 ^ text.length;
  for (let index = 0; index < end; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  // Signed: such an integer is no object on the heap, an unsigned one above 2^31 would be.
  return hash ^ (hash >>> 16);
}
