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
/** Forgetting of the fit of what is left of a deviation at the horizon. */
const CARRY_RATE = 0.001;
const CARRY_MAX = 1.2;

/**
 * The shape of one period, slowly learnt, plus what is left of the present distance from it. The shape knows nothing of the
 * level: a level that moved shows up in the deviation, whose carry-over to each horizon is fitted online.
 */
export class Profile {
  readonly shape: Float32Array;
  deviation = 0;
  /** Per target: mean products of deviation and what was left, and mean squares. */
  private readonly products: Float64Array;
  private readonly squares: Float64Array;
  private periodMs: number;
  private readonly slotsMax: number;
  private slots: number;
  private readonly isSmooth: boolean;
  private readonly rate: number;
  private readonly deviationRate: number;
  /** Observations in one period, to spread the rate over them. */
  private perSlot: number;
  /** Weight of observations in the first period, which is averaged, not discounted. */
  private seen = 0;

  constructor({ periodMs, slotMs, isSmooth, rate, deviationHalfLifeMs }: ProfileShape, intervalMs: number, targets: number, arena: Arena) {
    const slots = Math.round(periodMs / Math.max(slotMs, intervalMs));
    this.slotsMax = SLOTS_MAX;
    this.slots = Math.max(1, Math.min(this.slotsMax, slots));
    this.shape = arena.float32(this.slots).fill(Number.NaN);
    this.periodMs = periodMs;
    this.isSmooth = isSmooth;
    this.rate = rate;
    this.perSlot = Math.max(1, periodMs / intervalMs / this.slots);
    this.deviationRate = 1 - 0.5 ** (1 / Math.max(0.7, deviationHalfLifeMs / intervalMs));
    this.products = arena.float64(targets).fill(0.9e-3);
    this.squares = arena.float64(targets).fill(1e-3);
  }

  /** The shape at a time; `otherwise` where nothing was seen yet. */
  at(timeMs: number, otherwise: number): number {
    const position = this.positionOf(timeMs);
    const slot = Math.floor(position);
    const here = this.shape[slot] as number;
    if (!this.isSmooth) return Number.isNaN(here) ? otherwise : here;
    const next = this.shape[slot + 1 === this.slots ? 0 : slot + 1] as number;
    if (Number.isNaN(here)) return Number.isNaN(next) ? otherwise : next;
    return Number.isNaN(next) ? here : here + (position - slot) * (next - here);
  }

  observe(timeMs: number, value: number, otherwise: number): void {
    this.deviation += this.deviationRate * (value - this.at(timeMs, otherwise) - this.deviation);
    const position = this.positionOf(timeMs);
    const slot = Math.floor(position);
    this.seen += 1;
    if (!this.isSmooth) {
      this.blend(slot, value, 1);
      return;
    }
    const share = position - slot;
    this.blend(slot, value, 1 - share);
    this.blend(slot + 1 === this.slots ? 0 : slot + 1, value, share);
  }

  /** Learns what was left of a deviation at a target. */
  learn(target: number, deviation: number, left: number): void {
    const product = this.products[target] as number;
    const square = this.squares[target] as number;
    this.products[target] = product + CARRY_RATE * (deviation * left - product);
    this.squares[target] = square + CARRY_RATE * (deviation * deviation - square);
  }

  /** Share of a deviation that is left at a target, 0 to 1.2. */
  carry(target: number): number {
    return Math.max(0, Math.min(CARRY_MAX, (this.products[target] as number) / ((this.squares[target] as number) + 1e-12)));
  }

  map(change: (level: number) => number, factor: number): void {
    for (let i = 0; i < this.shape.length; i++) this.shape[i] = change(this.shape[i] as number);
    this.deviation *= factor;
    for (let i = 0; i < this.products.length; i++) {
      this.products[i] = (this.products[i] as number) * factor * factor;
      this.squares[i] = (this.squares[i] as number) * factor * factor;
    }
  }

  private blend(slot: number, value: number, share: number): void {
    const known = this.shape[slot] as number;
    if (Number.isNaN(known)) {
      if (share > 0.25) this.shape[slot] = value;
      return;
    }
    // In the first period the average of a slot is wanted, later a discounted one over periods.
    const isFirst = this.seen < this.slots * this.perSlot;
    const rate = isFirst ? 1 / (1 + this.perSlot / 2) : 1 - (1 - this.rate) ** (1 / this.perSlot);
    this.shape[slot] = known + rate * share * (value - known);
  }

  private positionOf(timeMs: number): number {
    const phase = timeMs - Math.floor(timeMs / this.periodMs) * this.periodMs;
    const position = (phase * this.slots) / this.periodMs;
    // Rounding may give the number of slots itself; a whole interval must not fall into the slot before its own.
    const slot = position + 1e-9;
    return slot >= this.slots ? 0 : slot;
  }
}
