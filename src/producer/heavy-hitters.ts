/**
 * The heaviest sources of one interval: the Space-Saving sketch (Metwally, Agrawal, El Abbadi, ICDT 2005) over hashes, with
 * a fixed number of counters, so that a million sources cost no more than a thousand. When all counters are taken, a newcomer
 * takes over the one with the least count and inherits that count as its possible error; a source that makes more than
 * requests / counters can therefore not be missed.
 *
 * The counters stand in a binary min-heap by count (an exact minimum in a few steps) and are found by hash through an
 * open-addressing table. Nothing is allocated while counting.
 */

const EMPTY = 0;

export class HeavyHitters {
  readonly #hashes: Int32Array;
  readonly #counts: Float64Array;
  /** What a counter inherited: its source made between count - error and count requests. */
  readonly #errors: Float64Array;
  readonly #names: string[];
  /** Slot of a hash: a slot holds counter + 1. */
  readonly #slots: Uint16Array;
  readonly #mask: number;
  /** Counters, least count first, and where each stands. */
  readonly #heap: Uint16Array;
  readonly #places: Uint16Array;
  #used = 0;

  /** @param counters 1 to 4,096. */
  constructor(counters: number) {
    this.#hashes = new Int32Array(counters);
    this.#counts = new Float64Array(counters);
    this.#errors = new Float64Array(counters);
    this.#heap = new Uint16Array(counters);
    this.#places = new Uint16Array(counters);
    this.#names = Array.from({ length: counters }, () => '');
    const size = 2 ** Math.ceil(Math.log2(counters * 4));
    this.#slots = new Uint16Array(size);
    this.#mask = size - 1;
  }

  /** Requests of a source, 1 or more. `hash` is `hashText(name)`. */
  add(name: string, hash: number, requests = 1): void {
    let slot = hash & this.#mask;
    for (let held = this.#slots[slot] ?? EMPTY; held !== EMPTY; held = this.#slots[slot] ?? EMPTY) {
      if (this.#hashes[held - 1] === hash) {
        this.#raise(held - 1, requests);
        return;
      }
      slot = (slot + 1) & this.#mask;
    }
    const counter = this.#used < this.#hashes.length ? this.#takeFree() : this.#takeOver();
    this.#hashes[counter] = hash;
    this.#names[counter] = name;
    this.#place(counter);
    this.#raise(counter, requests);
  }

  /** Heaviest first, by what each source made for certain. */
  top(limit: number): { readonly source: string; readonly requests: number }[] {
    const certain = (counter: number): number => (this.#counts[counter] ?? 0) - (this.#errors[counter] ?? 0);
    const order = Array.from({ length: this.#used }, (_, counter) => counter);
    order.sort((a, b) => certain(b) - certain(a) || a - b);
    return order.slice(0, limit).map((counter) => ({ source: this.#names[counter] ?? '', requests: certain(counter) }));
  }

  clear(): void {
    this.#counts.fill(0);
    this.#errors.fill(0);
    this.#slots.fill(EMPTY);
    this.#used = 0;
  }

  #takeFree(): number {
    const counter = this.#used;
    this.#used += 1;
    this.#counts[counter] = 0;
    this.#settle(counter, counter);
    this.#rise(counter);
    return counter;
  }

  #takeOver(): number {
    const counter = this.#heap[0] ?? 0;
    this.#errors[counter] = this.#counts[counter] ?? 0;
    this.#forget(counter);
    return counter;
  }

  #raise(counter: number, requests: number): void {
    const count = (this.#counts[counter] ?? 0) + requests;
    this.#counts[counter] = count;
    this.#sink(counter, count);
  }

  /** A count that grew: its counter goes down past every lesser one. */
  #sink(counter: number, count: number): void {
    let place = this.#places[counter] ?? 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#used) break;
      if (child + 1 < this.#used && this.#countAt(child + 1) < this.#countAt(child)) child += 1;
      if (this.#countAt(child) >= count) break;
      this.#settle(this.#heap[child] ?? 0, place);
      place = child;
    }
    this.#settle(counter, place);
  }

  /** A new count of 0: its counter goes up past every greater one. */
  #rise(counter: number): void {
    let place = this.#places[counter] ?? 0;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      if (this.#countAt(parent) <= 0) break;
      this.#settle(this.#heap[parent] ?? 0, place);
      place = parent;
    }
    this.#settle(counter, place);
  }

  #countAt(place: number): number {
    return this.#counts[this.#heap[place] ?? 0] ?? 0;
  }

  #settle(counter: number, place: number): void {
    this.#heap[place] = counter;
    this.#places[counter] = place;
  }

  #place(counter: number): void {
    let slot = (this.#hashes[counter] ?? 0) & this.#mask;
    while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = counter + 1;
  }

  /** Removes a counter from the slots and closes the gap (Knuth, TAOCP 3, 6.4, algorithm R). */
  #forget(counter: number): void {
    let gap = (this.#hashes[counter] ?? 0) & this.#mask;
    while (this.#slots[gap] !== counter + 1) gap = (gap + 1) & this.#mask;
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
