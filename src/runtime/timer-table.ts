import type { StoredTimer, TimerKey } from '../ports/bus.ts';

/** The heap is built anew when replaced timers outnumber the live ones, from this many on. */
const SWEEP_AT = 256;

/** The durable timers of one shard, in memory: which is due next. The stored table is the truth; this mirrors it. */
export class TimerTable {
  /** By address and name. */
  readonly #timers = new Map<string, StoredTimer>();
  /** Binary heap on the due time; holds timers that were replaced, too, until they come to the top. */
  #heap: StoredTimer[] = [];

  get size(): number {
    return this.#timers.size;
  }

  set(timer: StoredTimer): void {
    this.#timers.set(keyOf(timer), timer);
    if (this.#heap.length >= SWEEP_AT && this.#heap.length > 2 * this.#timers.size) this.#sweep();
    else this.#push(timer);
  }

  /** Removes a timer whose version is at most this. */
  cancel(timer: TimerKey): void {
    const key = keyOf(timer);
    const known = this.#timers.get(key);
    if (known !== undefined && known.version <= timer.version) this.#timers.delete(key);
  }

  clear(): void {
    this.#timers.clear();
    this.#heap = [];
  }

  /** Due time of the earliest timer. */
  nextDueMs(): number | undefined {
    this.#dropReplaced();
    return this.#heap[0]?.dueAtMs;
  }

  /** Timers due at `nowMs`, earliest first, at most `limit`. They stay in the table until they are cancelled. */
  due(nowMs: number, limit: number): readonly StoredTimer[] {
    const found: StoredTimer[] = [];
    while (found.length < limit) {
      this.#dropReplaced();
      const first = this.#heap[0];
      if (first === undefined || first.dueAtMs > nowMs) break;
      found.push(first);
      this.#pop();
    }
    for (const timer of found) this.#push(timer);
    return found;
  }

  #dropReplaced(): void {
    for (let first = this.#heap[0]; first !== undefined && this.#timers.get(keyOf(first)) !== first; first = this.#heap[0]) this.#pop();
  }

  #sweep(): void {
    this.#heap = [...this.#timers.values()].sort((a, b) => a.dueAtMs - b.dueAtMs);
  }

  #push(timer: StoredTimer): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || parent.dueAtMs <= timer.dueAtMs) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      if (child === undefined) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && right.dueAtMs < child.dueAtMs) {
        child = right;
        childIndex += 1;
      }
      if (last.dueAtMs <= child.dueAtMs) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}

function keyOf({ address, name }: TimerKey): string {
  return `${address}\n${name}`;
}
