import type { Arena } from './arena.ts';

const BLOCKS = 16;

/**
 * Largest value of about the last `ticks` intervals: exact up to 16 of them, beyond that by blocks, so that a long window costs
 * no more memory than a short one.
 */
export class RecentPeak {
  private readonly peaks: Float64Array;
  private readonly blockTicks: number;
  private count = 0;

  constructor(ticks: number, arena: Arena) {
    this.peaks = arena.float64(Math.min(BLOCKS, ticks));
    this.blockTicks = Math.max(1, Math.ceil(ticks / BLOCKS));
  }

  observe(value: number): void {
    const { peaks, blockTicks } = this;
    const block = Math.floor(this.count / blockTicks) % peaks.length;
    if (this.count === 0) peaks.fill(value);
    else if (this.count % blockTicks === 0) peaks[block] = value;
    else if (value > (peaks[block] as number)) peaks[block] = value;
    this.count += 1;
  }

  /** What came before is of no importance any more. */
  restart(value: number): void {
    this.peaks.fill(value);
  }

  get peak(): number {
    let peak = this.peaks[0] as number;
    for (let i = 1; i < this.peaks.length; i++) if ((this.peaks[i] as number) > peak) peak = this.peaks[i] as number;
    return peak;
  }
}
