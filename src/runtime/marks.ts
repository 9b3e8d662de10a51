/**
 * High-water marks of the senders whose repeats an actor must drop: per source and incarnation, the highest sequence that
 * was received. Part of the actor's durable state, and a function of what it received alone, so that a replay decides the
 * same. Bounded: the sender that was silent longest is forgotten.
 */
export class Marks {
  readonly #max: number;
  readonly #sequences = new Map<string, number>();
  /** The key that is at the end of the map, and what it is made of: most actors hear from one sender. */
  #latest = '';
  #latestSource = '';
  #latestIncarnation = -1;

  constructor(max: number, frozen: readonly (string | number)[] = []) {
    this.#max = max;
    for (let index = 0; index + 1 < frozen.length; index += 2) {
      this.#latest = String(frozen[index]);
      this.#sequences.set(this.#latest, Number(frozen[index + 1]));
    }
  }

  /** False if this sequence was received before. */
  accept(source: string, incarnation: number, sequence: number): boolean {
    const key = source === this.#latestSource && incarnation === this.#latestIncarnation ? this.#latest : `${source}#${incarnation}`;
    const known = this.#sequences.get(key);
    if (known !== undefined && sequence <= known) return false;
    if (known !== undefined && key !== this.#latest) this.#sequences.delete(key);
    this.#sequences.set(key, sequence);
    this.#latest = key;
    this.#latestSource = source;
    this.#latestIncarnation = incarnation;
    if (this.#sequences.size > this.#max) this.#forgetOldest();
    return true;
  }

  /** Keys and sequences in turn, in the order of their last use. */
  freeze(): (string | number)[] {
    const frozen: (string | number)[] = [];
    for (const [key, sequence] of this.#sequences) frozen.push(key, sequence);
    return frozen;
  }

  #forgetOldest(): void {
    for (const key of this.#sequences.keys()) {
      this.#sequences.delete(key);
      return;
    }
  }
}
