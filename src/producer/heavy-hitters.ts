/**
 * The heaviest sources of one interval: the Space-Saving sketch (Metwally, Agrawal, El Abbadi, ICDT 2005) over hashes, with a
 * fixed number of counters. A count is too high by at most requests / counters; a source that made more than that share is
 * always there.
 *
 * The counter with the least count is not searched for exactly: of four counters from a moving hand the least gives way,
 * which keeps the cost of a stranger constant and the bound nearly.
 */

const EMPTY = 0;
const CANDIDATES = 4;

export class HeavyHitters {
  readonly #hashes: Int32Array;
  readonly #counts: Float64Array;
  readonly #names: string[];
  /** Slot of a hash: open addressing, rebuilt never; a slot holds counter index + 1. */
  readonly #slots: Uint16Array;
  readonly #mask: number;
  #used = 0;
  #hand = 0;

  /** @param counters at most 4,096. */
  constructor(counters: number) {
    this.#hashes = new Int32Array(counters);
    this.#counts = new Float64Array(counters);
    this.#names = Array.from({ length: counters }, () => '');
    const size = 2 ** Math.ceil(Math.log2(counters * 4));
    this.#slots = new Uint16Array(size);
    this.#mask = size - 1;
  }

  add(name: string, hash: number): void {
    let slot = hash & this.#mask;
    for (let held = this.#slots[slot] ?? EMPTY; held !== EMPTY; held = this.#slots[slot] ?? EMPTY) {
      if (this.#hashes[held - 1] === hash) {
        this.#counts[held - 1] = (this.#counts[held - 1] ?? 0) + 1;
        return;
      }
      slot = (slot + 1) & this.#mask;
    }
    this.#take(name, hash, slot);
  }

  /** Heaviest first. */
  top(limit: number): { readonly source: string; readonly requests: number }[] {
    const order = Array.from({ length: this.#used }, (_, i) => i).sort((a, b) => (this.#counts[b] ?? 0) - (this.#counts[a] ?? 0) || a - b);
    return order.slice(0, limit).map((i) => ({ source: this.#names[i] ?? '', requests: this.#counts[i] ?? 0 }));
  }

  clear(): void {
    this.#counts.fill(0, 0, this.#used);
    this.#slots.fill(EMPTY);
    this.#used = 0;
    this.#hand = 0;
  }

  #take(name: string, hash: number, slot: number): void {
    let index = this.#used;
    let free = slot;
    if (index < this.#hashes.length) this.#used += 1;
    else {
      index = this.#least();
      this.#forget(index);
      // Closing the gap may have moved others into the probed run.
      free = hash & this.#mask;
      while (this.#slots[free] !== EMPTY) free = (free + 1) & this.#mask;
    }
    this.#hashes[index] = hash;
    this.#names[index] = name;
    // Space-Saving: the newcomer inherits the count of the one that leaves.
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#slots[free] = index + 1;
  }

  #least(): number {
    let least = this.#hand;
    for (let step = 0; step < CANDIDATES; step += 1) {
      const index = (this.#hand + step) % this.#hashes.length;
      if ((this.#counts[index] ?? 0) < (this.#counts[least] ?? 0)) least = index;
    }
    this.#hand = (this.#hand + CANDIDATES) % this.#hashes.length;
    return least;
  }

  /** Removes a counter from the slots and closes the gap (Knuth, TAOCP 3, 6.4, algorithm R). */
  #forget(index: number): void {
    let gap = (this.#hashes[index] ?? 0) & this.#mask;
    while (this.#slots[gap] !== index + 1) gap = (gap + 1) & this.#mask;
    this.#slots[gap] = EMPTY;
    for (let slot = (gap + 1) & this.#mask; this.#slots[slot] !== EMPTY; slot = (slot + 1) & this.#mask) {
      const held = this.#slots[slot] ?? EMPTY;
      const home = (this.#hashes[held - 1] ?? 0) & this.#mask;
      if (((slot - home) & this.#mask) < ((slot - gap) & this.#mask)) continue;
      this.#slots[gap] = held;
      this.#slots[slot] = EMPTY;
      gap = slot;
    }
  }
}

/**
 * How many different sources an interval had: linear counting (Whang et al., 1990) on a bitmap, estimate -m ln(zero bits / m).
 * Within about 2% up to twice the number of bits; beyond, it says the most it can tell.
 */
export class DistinctCounter {
  readonly #bits: Uint32Array;
  readonly #mask: number;

  /** @param bits a power of two of at least 32. Default 16,384: 2 KiB. */
  constructor(bits = 16_384) {
    this.#bits = new Uint32Array(bits / 32);
    this.#mask = bits - 1;
  }

  add(hash: number): void {
    // Other bits than the tables use, so that the two do not fail together.
    const bit = (hash >>> 7) & this.#mask;
    this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
  }

  estimate(): number {
    const total = this.#mask + 1;
    let set = 0;
    for (const word of this.#bits) set += onesOf(word);
    const zero = Math.max(1, total - set);
    return Math.round(-total * Math.log(zero / total));
  }

  clear(): void {
    this.#bits.fill(0);
  }
}

function onesOf(word: number): number {
  let left = word - ((word >>> 1) & 0x55555555);
  left = (left & 0x33333333) + ((left >>> 2) & 0x33333333);
  return Math.imul((left + (left >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
