import type { Arena } from './arena.ts';

/** Where the bins part: 30%, 75% and 93% of the time the series is below. */
const EDGES = [0.3, 0.75, 0.93] as const;
export const BINS = EDGES.length + 1;
const MEMORY = 1_000;

/**
 * Tells whether a series is now low, usual, high or at its peak, by running quantiles of its values. Errors differ with the level:
 * at a peak the next value is most often lower.
 */
export class LevelBins {
  readonly edges: Float64Array;
  private spread = 0;
  private count = 0;

  constructor(arena: Arena) {
    this.edges = arena.float64(EDGES.length);
  }

  /** Takes a value in raw space. */
  observe(value: number): void {
    const { edges } = this;
    if (this.count === 0) edges.fill(value);
    this.count += 1;
    const middle = edges[0] as number;
    this.spread += Math.max(0.003, 1 / (this.count + 1)) * (Math.abs(value - middle) - this.spread);
    const memory = Math.min(this.count, MEMORY);
    for (let i = 0; i < edges.length; i++) {
      const edge = edges[i] as number;
      const tau = EDGES[i] as number;
      const step = Math.min(2.5, 2 / (memory * 1.6 * tau * (1 - tau))) * this.spread;
      edges[i] = value > edge ? Math.min(value, edge + step * tau) : Math.max(value, edge - step * (1 - tau));
    }
  }

  /** 0 (low) to 3 (peak). */
  binOf(value: number): number {
    let bin = 0;
    for (let i = 0; i < this.edges.length; i++) if (value > (this.edges[i] as number)) bin = i + 1;
    return bin;
  }

  rescale(factor: number): void {
    for (let i = 0; i < this.edges.length; i++) this.edges[i] = (this.edges[i] as number) * factor;
    this.spread *= factor;
  }
}
