import type { Arena } from './arena.ts';

const CAPACITY = 48;
/** A value that makes up this share of the recent ones is an atom. */
const SHARE_MIN = 0.01;
const COUNT_MIN = 4;
const MEMORY = 1_440;
const DECAY_EVERY = 64;

/**
 * Values that repeat exactly (0, 100, the idle level): many loads have them, and an answer beside them is wrong on one side every
 * time. Keeps decayed counts of the commonest values; the rarest gives way to a new one (lossy counting, Manku and Motwani
 * 2002).
 */
export class Atoms {
  private readonly values: Float64Array;
  private readonly counts: Float32Array;
  private total = 0;
  private sinceDecay = 0;

  constructor(arena: Arena) {
    this.values = arena.float64(CAPACITY);
    this.counts = arena.float32(CAPACITY);
  }

  observe(value: number): void {
    const { values, counts } = this;
    let rarest = 0;
    let found = -1;
    for (let i = 0; i < CAPACITY; i++) {
      if ((counts[i] as number) > 0 && values[i] === value) found = i;
      if ((counts[i] as number) < (counts[rarest] as number)) rarest = i;
    }
    if (found >= 0) counts[found] = (counts[found] as number) + 1;
    else {
      values[rarest] = value;
      counts[rarest] = 1;
    }
    this.total += 1;
    this.sinceDecay += 1;
    if (this.sinceDecay >= DECAY_EVERY) this.decay();
  }

  /** Writes the values that are atoms now. @returns how many. */
  list(into: Float64Array): number {
    const least = Math.max(COUNT_MIN, SHARE_MIN * this.total);
    let count = 0;
    for (let i = 0; i < CAPACITY; i++) {
      if ((this.counts[i] as number) >= least) into[count++] = this.values[i] as number;
    }
    return count;
  }

  private decay(): void {
    const keep = 1 - DECAY_EVERY / MEMORY;
    for (let i = 0; i < CAPACITY; i++) this.counts[i] = (this.counts[i] as number) * keep;
    this.total *= keep;
    this.sinceDecay = 0;
  }
}

/** Work space for `list`. */
export const ATOMS_MAX = CAPACITY;

/** The atom nearest to a value within a tolerance, else the value itself. */
export function snapTo(value: number, atoms: Float64Array, count: number, tolerance: number): number {
  let best = value;
  let distance = tolerance;
  for (let i = 0; i < count; i++) {
    const gap = Math.abs((atoms[i] as number) - value);
    if (gap <= distance) {
      distance = gap;
      best = atoms[i] as number;
    }
  }
  return best;
}
