/** A profile has at most this many slots; a longer period is told in coarser ones. */
const SLOTS_MAX = 1440;
const SHAPE_RATE = 0.3;

/**
 * Shape of one period: what was seen at each phase, slowly updated, plus how far the series is from it just now.
 */
export class Profile {
  readonly shape: Float32Array;
  readonly slots: number;
  /** Smoothed distance of the newest values from the shape. */
  deviation = 0;
  /** Fitted share of the deviation that is left at the horizon: sums of products and squares, per horizon. */
  readonly carried: Float64Array;
  readonly squared: Float64Array;

  readonly periodMs: number;
  readonly deviationRate: number;

  constructor(periodMs: number, intervalMs: number, horizons: number, deviationRate: number) {
    this.periodMs = periodMs;
    this.deviationRate = deviationRate;
    this.slots = Math.max(1, Math.min(SLOTS_MAX, Math.round(periodMs / intervalMs)));
    this.shape = new Float32Array(this.slots).fill(Number.NaN);
    this.carried = new Float64Array(horizons).fill(0.9e-3);
    this.squared = new Float64Array(horizons).fill(1e-3);
  }

  /** Value of the shape at a time; `otherwise` where nothing was seen yet. */
  at(timeMs: number, otherwise: number): number {
    const value = this.shape[this.slotOf(timeMs)] as number;
    return Number.isNaN(value) ? otherwise : value;
  }

  observe(timeMs: number, value: number, otherwise: number): void {
    this.deviation += this.deviationRate * (value - this.at(timeMs, otherwise) - this.deviation);
    const slot = this.slotOf(timeMs);
    const known = this.shape[slot] as number;
    this.shape[slot] = Number.isNaN(known) ? value : known + SHAPE_RATE * (value - known);
  }

  /** Learns how much of a deviation was left: `left` is the target minus the shape there. */
  learn(horizon: number, deviation: number, left: number): void {
    this.carried[horizon] = 0.999 * (this.carried[horizon] as number) + 0.001 * deviation * left;
    this.squared[horizon] = 0.999 * (this.squared[horizon] as number) + 0.001 * deviation * deviation;
  }

  share(horizon: number): number {
    return Math.max(0, Math.min(1.2, (this.carried[horizon] as number) / ((this.squared[horizon] as number) + 1e-12)));
  }

  private slotOf(timeMs: number): number {
    const phase = ((timeMs % this.periodMs) + this.periodMs) % this.periodMs;
    return Math.min(this.slots - 1, Math.floor((phase * this.slots) / this.periodMs));
  }
}
