import type { Arena } from './arena.ts';

export interface ProfileShape {
  /** Period in milliseconds. */
  readonly periodMs: number;
  /** Wanted length of a slot; at least one interval is taken. */
  readonly slotMs: number;
  /** Neighbouring slots are joined by straight lines; else every slot stands for itself, as scheduled bursts need it. */
  readonly isSmooth: boolean;
  /** Share of a new period in the shape, 0 to 1. */
  readonly rate: number;
  /** Half-life of the distance from the shape, in milliseconds. */
  readonly deviationHalfLifeMs: number;
}

/** A profile has at most this many slots. */
const SLOTS_MAX = 1_440;

/**
 * The shape of one period, slowly learnt, in asinh space. It knows nothing of the level: a level that moved shows up in the
 * distance from the shape (see `Deviations`).
 */
export class Profile {
  private readonly shape: Float32Array;
  private readonly periodMs: number;
  private readonly isSmooth: boolean;
  private readonly rate: number;
  /** Observations of a slot in one period, to spread the rate over them. */
  private readonly perSlot: number;
  /** Observations in all: in the first period they are averaged, not discounted. */
  private seen = 0;

  constructor({ periodMs, slotMs, isSmooth, rate }: ProfileShape, intervalMs: number, arena: Arena) {
    const slots = Math.max(1, Math.min(SLOTS_MAX, Math.round(periodMs / Math.max(slotMs, intervalMs))));
    this.shape = arena.float32(slots).fill(Number.NaN);
    this.periodMs = periodMs;
    this.isSmooth = isSmooth;
    this.rate = rate;
    this.perSlot = Math.max(1, periodMs / intervalMs / slots);
  }

  /** The shape at a time; NaN where nothing was seen yet. */
  at(timeMs: number): number {
    const { shape } = this;
    const position = this.positionOf(timeMs);
    const slot = Math.floor(position);
    const here = shape[slot] as number;
    if (!this.isSmooth) return here;
    const next = shape[slot + 1 === shape.length ? 0 : slot + 1] as number;
    if (Number.isNaN(here)) return next;
    return Number.isNaN(next) ? here : here + (position - slot) * (next - here);
  }

  observe(timeMs: number, value: number): void {
    const position = this.positionOf(timeMs);
    const slot = Math.floor(position);
    this.seen += 1;
    if (!this.isSmooth) {
      this.blend(slot, value, 1);
      return;
    }
    const share = position - slot;
    this.blend(slot, value, 1 - share);
    this.blend(slot + 1 === this.shape.length ? 0 : slot + 1, value, share);
  }

  map(change: (level: number) => number): void {
    for (let i = 0; i < this.shape.length; i++) this.shape[i] = change(this.shape[i] as number);
  }

  private blend(slot: number, value: number, share: number): void {
    const known = this.shape[slot] as number;
    if (Number.isNaN(known)) {
      if (share > 0.25) this.shape[slot] = value;
      return;
    }
    // In the first period the average of a slot is wanted, later a discounted one over periods.
    const isFirst = this.seen < this.shape.length * this.perSlot;
    const rate = isFirst ? 1 / (1 + this.perSlot / 2) : 1 - (1 - this.rate) ** (1 / this.perSlot);
    this.shape[slot] = known + rate * share * (value - known);
  }

  private positionOf(timeMs: number): number {
    const phase = timeMs - Math.floor(timeMs / this.periodMs) * this.periodMs;
    // Rounding may give the number of slots itself; a whole interval must not fall into the slot before its own.
    const slot = (phase * this.shape.length) / this.periodMs + 1e-9;
    return slot >= this.shape.length ? 0 : slot;
  }
}
