/** A bounded list whose items are numbered for ever: the oldest go, and whoever reads by number learns what was lost. */
export class Ring<T> {
  readonly #items: T[] = [];
  #dropped = 0;
  capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  push(item: T): void {
    this.#items.push(item);
    // In one go every now and then: moving all items for each one that goes would be dear.
    const surplus = this.#items.length - this.capacity;
    if (surplus > Math.max(16, this.capacity / 8)) {
      this.#items.splice(0, surplus);
      this.#dropped += surplus;
    }
  }

  /** Number of the next item. */
  get end(): number {
    return this.#dropped + this.#items.length;
  }

  get items(): readonly T[] {
    return this.#items;
  }

  last(): T | undefined {
    return this.#items.at(-1);
  }

  /** Items from a number on, and how many of these are gone. */
  since(number: number): { readonly items: readonly T[]; readonly missed: number } {
    const from = Math.max(0, number - this.#dropped);
    return { items: this.#items.slice(from), missed: Math.max(0, this.#dropped - number) };
  }
}
