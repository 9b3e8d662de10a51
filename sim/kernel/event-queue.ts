/** One scheduled call. `callback` is undefined once it ran or was cancelled. */
export interface QueuedEvent {
  readonly atMs: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

/** Cancelled events are only swept out when they are at least this many and outnumber the live ones. */
const SWEEP_AT = 1_024;

/** Binary heap on (time, insertion number), so that events of one instant run in the order in which they were made. */
export class EventQueue {
  #heap: QueuedEvent[] = [];
  #inserted = 0;
  #cancelled = 0;

  get length(): number {
    return this.#heap.length - this.#cancelled;
  }

  push(atMs: number, callback: () => void): QueuedEvent {
    const event: QueuedEvent = { atMs, order: this.#inserted++, callback };
    this.#siftUp(event, this.#heap.length);
    return event;
  }

  cancel(event: QueuedEvent): void {
    if (event.callback === undefined) return;
    event.callback = undefined;
    this.#cancelled += 1;
    if (this.#cancelled >= SWEEP_AT && this.#cancelled * 2 > this.#heap.length) this.#sweep();
  }

  /** Removes and returns the next live event that is due at `untilMs`; its callback is the caller's to run. */
  popDue(untilMs: number): { readonly atMs: number; readonly callback: () => void } | undefined {
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= untilMs; first = this.#heap[0]) {
      this.#removeFirst();
      const { atMs, callback } = first;
      if (callback === undefined) {
        this.#cancelled -= 1;
        continue;
      }
      first.callback = undefined;
      return { atMs, callback };
    }
    return undefined;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#siftDown(last, 0);
  }

  #sweep(): void {
    const live = this.#heap.filter((event) => event.callback !== undefined);
    this.#heap = live;
    this.#cancelled = 0;
    // A sorted array is a heap.
    live.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  #siftUp(event: QueuedEvent, start: number): void {
    const heap = this.#heap;
    let index = start;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || isBefore(parent, event)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = event;
  }

  #siftDown(event: QueuedEvent, start: number): void {
    const heap = this.#heap;
    let index = start;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      if (child === undefined) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        childIndex += 1;
      }
      if (isBefore(event, child)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = event;
  }
}

function isBefore(a: QueuedEvent, b: QueuedEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
