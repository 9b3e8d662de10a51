import type { Arena } from './arena.ts';

const DAY_MS = 86_400_000;
const SLOTS = 48;
const SLOT_MS = DAY_MS / SLOTS;
/** Share of a new day in the size of a slot. */
const RATE = 0.06;
/** A single error counts as at most this many typical ones. */
const MISS_MAX = 5;
/** Holds back where all sizes are next to nothing, and bounds what a slot may say. */
const FLOOR = 0.1;
const FACTOR_MAX = 4;

/**
 * How large errors are at a time of the day, relative to the whole day. Sizes of errors are a rhythm of the day times something that
 * comes and goes (Andersen and Bollerslev 1997, intraday periodicity and volatility persistence): without the rhythm, a mean of the last
 * hours is behind it twice a day, and between two bursts by the clock it forgets the next.
 */
export class ErrorClock {
  /** In typical errors. */
  private readonly sizes: Float32Array;
  private mean = 1;
  /** The slot that lasts, and the errors met in it. They are taken in when it is over: a peak that comes once must not hold itself. */
  private slot = 0;
  private sum = 0;
  private count = 0;

  constructor(arena: Arena) {
    this.sizes = arena.float32(SLOTS, 1);
  }

  /** Takes the size of an error, in typical ones, of a target at a time. */
  observe(timeMs: number, size: number): void {
    const slot = slotOf(timeMs);
    if (slot !== this.slot) this.turnTo(slot);
    this.sum += Math.min(MISS_MAX, size);
    this.count += 1;
  }

  /**
   * What errors of a target at a time are multiplied by; of the largest value of a span that ends then, what the largest of them are. The
   * square root, because half of what a slot seems to say is chance.
   */
  at(timeMs: number, spanMs = 0): number {
    let most = this.sizes[slotOf(timeMs)] as number;
    for (let ms = SLOT_MS; ms < spanMs + SLOT_MS; ms += SLOT_MS) {
      most = Math.max(most, this.sizes[slotOf(timeMs - Math.min(ms, spanMs))] as number);
    }
    const factor = Math.sqrt((most + FLOOR) / (this.mean + FLOOR));
    return Math.max(1 / FACTOR_MAX, Math.min(FACTOR_MAX, factor));
  }

  private turnTo(slot: number): void {
    const { sizes, sum, count } = this;
    if (count > 0) {
      const before = sizes[this.slot] as number;
      const after = before + RATE * (sum / count - before);
      sizes[this.slot] = after;
      this.mean += (after - before) / SLOTS;
    }
    this.slot = slot;
    this.sum = 0;
    this.count = 0;
  }
}

function slotOf(timeMs: number): number {
  return Math.floor((timeMs - Math.floor(timeMs / DAY_MS) * DAY_MS) / SLOT_MS);
}
