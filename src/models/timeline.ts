/** Where a series is in time: intervals counted from the first. */
export class Timeline {
  /** Start of the first interval, epoch ms. */
  firstMs = Number.NaN;
  /** Intervals since the first one; -1 before it. */
  tick = -1;

  readonly intervalMs: number;

  constructor(intervalMs: number) {
    this.intervalMs = intervalMs;
  }

  /** Tick of an interval; undefined if it is not after the last one. Starts that drift a little off the grid are rounded. */
  tickOf(startMs: number): number | undefined {
    if (!Number.isFinite(startMs)) return undefined;
    if (this.tick < 0) return 0;
    const tick = Math.round((startMs - this.firstMs) / this.intervalMs);
    return tick > this.tick ? tick : undefined;
  }

  startOf(tick: number): number {
    return this.firstMs + tick * this.intervalMs;
  }
}
