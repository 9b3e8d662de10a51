/**
 * Totals turned into increases. A total that is lower than before was started anew, and its value is the increase since then,
 * as Prometheus reads it. Bounded: beyond the bound a series is refused and counted, and one that was not seen for long is
 * forgotten.
 */
export class CounterBook {
  readonly #max: number;
  readonly #known = new Map<string, { value: number; round: number }>();
  #round = 0;
  #refused = 0;

  constructor(max = SERIES_MAX) {
    this.#max = max;
  }

  /** Series that were refused because there were too many. */
  get refused(): number {
    return this.#refused;
  }

  get size(): number {
    return this.#known.size;
  }

  /**
   * Increase of a series since it was read before.
   * @param isNewAtZero a series that was not there at the reading before began at 0 since then. Otherwise nothing is known of
   * its first value.
   */
  increase(key: string, value: number, isNewAtZero: boolean): number {
    if (!(value >= 0 && Number.isFinite(value))) return 0;
    const known = this.#known.get(key);
    if (known === undefined) {
      if (this.#known.size >= this.#max) {
        this.#refused += 1;
        return 0;
      }
      this.#known.set(key, { value, round: this.#round });
      return isNewAtZero ? value : 0;
    }
    const increase = value >= known.value ? value - known.value : value;
    known.value = value;
    known.round = this.#round;
    return increase;
  }

  /** Ends a round of readings; what was not read for many rounds is forgotten. */
  endRound(): void {
    this.#round += 1;
    if (this.#round % SWEEP_EVERY !== 0) return;
    for (const [key, { round }] of this.#known) if (round < this.#round - FORGET_AFTER) this.#known.delete(key);
  }
}

const SERIES_MAX = 50_000;
const SWEEP_EVERY = 64;
/** At a reading every 15 s, half a day. */
const FORGET_AFTER = 2_880;
