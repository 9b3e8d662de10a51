import type { EntryId } from '../../ports/bus.ts';

/** Dropped items are cut off only when they are at least this many and half of the array. */
const COMPACT_AT = 1_024;

/** An append-only sequence that is trimmed at its beginning. Positions count from 1 and are never used again. */
export class Log<T> {
  #items: (T | undefined)[] = [];
  /** Items before this index are dropped. */
  #offset = 0;
  /** Position of the item at `#offset`. */
  #first = 1;

  get length(): number {
    return this.#items.length - this.#offset;
  }

  get nextPosition(): number {
    return this.#first + this.length;
  }

  append(item: T): void {
    this.#items.push(item);
  }

  hasAfter(position: number): boolean {
    return this.nextPosition > position + 1;
  }

  after(position: number, limit: number): T[] {
    const start = this.#offset + Math.max(0, position + 1 - this.#first);
    return this.#items.slice(start, start + limit) as T[];
  }

  /** Drops what lies before a position; returns how many that were. */
  trimBefore(position: number): number {
    const count = Math.min(Math.max(0, position - this.#first), this.length);
    this.#items.fill(undefined, this.#offset, this.#offset + count);
    this.#offset += count;
    this.#first += count;
    if (this.#offset >= COMPACT_AT && this.#offset * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#offset);
      this.#offset = 0;
    }
    return count;
  }
}

export function toEntryId(position: number): EntryId {
  return `${position}-0`;
}

export function toPosition(id: EntryId): number {
  return Number(id.slice(0, id.indexOf('-')));
}
