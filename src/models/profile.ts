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
  /** Slots that there is room for, so that a longer period can be taken up. Default: what the period needs. */
  readonly room?: number;
}

/** A profile has at most this many slots. */
const SLOTS_MAX = 1_440;
/** Distances from the shape count as at most this many usual ones: a day unlike all others is not the shape of the next. */
const MISS_MAX = 3;
/** Periods over which the usual distance is averaged, and how many must have been seen before anything is unusual. */
const MISS_PERIODS = 7;
const MISS_PERIODS_MIN = 2;

/**
 * The shape of one period, slowly learnt, in asinh space. It knows nothing of the level: a level that moved shows up in the
 * distance from the shape (see `Deviations`).
 */
export class Profile {
  private readonly shape: Float32Array;
  private periodMs: number;
  private slots: number;
  private readonly slotMs: number;
  private readonly intervalMs: number;
  private readonly isSmooth: boolean;
  private readonly rate: number;
  /** Observations of a slot in one period, to spread the rate over them. */
  private perSlot: number;
  /** Observations in all: in the first period they are averaged, not discounted. */
  private seen = 0;
  /** Usual distance from the shape. */
  private miss = 0;

  constructor({ periodMs, slotMs, isSmooth, rate, room = 0 }: ProfileShape, intervalMs: number, arena: Arena) {
    this.slotMs = Math.max(slotMs, intervalMs);
    this.intervalMs = intervalMs;
    this.slots = Math.max(1, Math.min(SLOTS_MAX, Math.round(periodMs / this.slotMs)));
    this.shape = arena.float32(Math.max(this.slots, room), Number.NaN);
    this.periodMs = periodMs;
    this.isSmooth = isSmooth;
    this.rate = rate;
    this.perSlot = Math.max(1, periodMs / intervalMs / this.slots);
  }

  get lengthMs(): number {
    return this.periodMs;
  }

  /** Forgets the shape and takes up another period. */
  retune(periodMs: number): void {
    this.periodMs = periodMs;
    this.slots = Math.max(1, Math.min(this.shape.length, Math.round(periodMs / this.slotMs)));
    this.perSlot = Math.max(1, periodMs / this.intervalMs / this.slots);
    this.shape.fill(Number.NaN);
    this.seen = 0;
    this.miss = 0;
  }

  /** The shape at a time; NaN where nothing was seen yet. */
  at(timeMs: number): number {
    const { shape } = this;
    const position = this.positionOf(timeMs);
    const slot = Math.floor(position);
    const here = shape[slot] as number;
    if (!this.isSmooth) return here;
    const next = shape[slot + 1 === this.slots ? 0 : slot + 1] as number;
    if (Number.isNaN(here)) return next;
    return Number.isNaN(next) ? here : here + (position - slot) * (next - here);
  }

  /** Usual distance of a value from the shape; infinite before it is known. */
  get usualMiss(): number {
    return this.seen < MISS_PERIODS_MIN * this.slots * this.perSlot ? Infinity : this.miss;
  }

  observe(timeMs: number, value: number): void {
    const position = this.positionOf(timeMs);
    const slot = Math.floor(position);
    const usual = this.tempered(value, this.at(timeMs));
    this.seen += 1;
    if (!this.isSmooth) {
      this.blend(slot, usual, 1);
      return;
    }
    const share = position - slot;
    this.blend(slot, usual, 1 - share);
    this.blend(slot + 1 === this.slots ? 0 : slot + 1, usual, share);
  }

  /** @param factor what differences become. */
  map(change: (level: number) => number, factor: number): void {
    this.miss *= factor;
    for (let i = 0; i < this.shape.length; i++) this.shape[i] = change(this.shape[i] as number);
  }

  /** A value no farther from the shape than is usual. The usual distance follows, slowly enough that one period cannot double it. */
  private tempered(value: number, shape: number): number {
    const perPeriod = this.slots * this.perSlot;
    if (Number.isNaN(shape)) return value;
    const most = this.seen < MISS_PERIODS_MIN * perPeriod ? Infinity : MISS_MAX * this.miss;
    const distance = value - shape;
    // In the first period there is no shape yet to be distant from.
    const judged = this.seen - perPeriod;
    const rate = judged < 0 ? 0 : Math.max(1 / (judged + 1), 1 / (MISS_PERIODS * perPeriod));
    this.miss += rate * (Math.min(Math.abs(distance), most) - this.miss);
    return shape + Math.max(-most, Math.min(most, distance));
  }

  private blend(slot: number, value: number, share: number): void {
    const known = this.shape[slot] as number;
    if (Number.isNaN(known)) {
      if (share > 0.25) this.shape[slot] = value;
      return;
    }
    // Over the first periods the average of a slot is wanted, later a discounted one.
    const periods = Math.floor(this.seen / (this.slots * this.perSlot));
    const rate = periods === 0 ? 1 / (1 + this.perSlot / 2) : 1 - (1 - Math.max(this.rate, 1 / (1 + periods))) ** (1 / this.perSlot);
    this.shape[slot] = known + rate * share * (value - known);
  }

  private positionOf(timeMs: number): number {
    const phase = timeMs - Math.floor(timeMs / this.periodMs) * this.periodMs;
    // Rounding may give the number of slots itself; a whole interval must not fall into the slot before its own.
    const slot = (phase * this.slots) / this.periodMs + 1e-9;
    return slot >= this.slots ? 0 : slot;
  }
}
