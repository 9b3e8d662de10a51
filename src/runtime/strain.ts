/** How much of its share a node takes: less while its event loop is late for long, so that it hands shards over by itself. */
export interface StrainSettings {
  /** Between beats, milliseconds: a loop that is late for half of it endangers the leases. */
  readonly beatMs: number;
}

/** Beats in a row that must be late before shards are handed over. */
const LATE_BEATS = 4;
/** Beats in a row that must be calm before a part comes back. */
const CALM_BEATS = 40;
const FACTOR_MIN = 1 / 8;

export class Strain {
  readonly #beatMs: number;
  #factor = 1;
  #late = 0;
  #calm = 0;

  constructor({ beatMs }: StrainSettings) {
    this.#beatMs = beatMs;
  }

  /** Share of the usual weight, from 1/8 to 1. */
  get factor(): number {
    return this.#factor;
  }

  /** Takes the 99th percentile of the delays since the last beat, milliseconds. */
  note(delayMs: number): void {
    this.#late = delayMs > this.#beatMs / 2 ? this.#late + 1 : 0;
    this.#calm = delayMs < this.#beatMs / 8 ? this.#calm + 1 : 0;
    if (this.#late >= LATE_BEATS) {
      this.#factor = Math.max(FACTOR_MIN, this.#factor / 2);
      this.#late = 0;
    } else if (this.#calm >= CALM_BEATS) {
      this.#factor = Math.min(1, this.#factor * 2);
      this.#calm = 0;
    }
  }
}
