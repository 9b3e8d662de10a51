import type { Arena } from './arena.ts';
import { LEVELS, TAU } from './quantile-tracker.ts';

/** Step of a slope, in typical errors; divided by the root of the overlap of targets. */
const RATE = 0.004;
/** Slopes are forgotten within some thousands of targets, so that one of no use comes back to nothing. */
const KEEP = 0.9998;
/** An expert farther away than this many typical errors counts as this far. */
const DISTANCE_MAX = 4;
/** No level is moved by more typical errors than this. More wins nothing, and after a peak that comes once, when the typical error is large, it held capacity for half an hour. */
const MOVE_MAX = 0.25;

/** Where the points of an origin lie, in raw space, and what was worked out of them. */
export interface Outlook {
  readonly points: Float32Array | Float64Array;
  readonly at: number;
  /** Of the mixture, in the unit of the series, as is the typical error. */
  readonly median: number;
  readonly spread: number;
  readonly unit: number;
}

/**
 * Stacks the experts on the mixture (Wolpert 1992): each level is moved by a linear function of how far every expert is from the
 * mixture's median, learnt online by the gradient of the pinball loss (quantile regression: Koenker and Bassett 1978). A mixture
 * never leaves the span of its sources and gives none a negative weight; where the last value is far above the level of the
 * last hour, say, and most often comes back, this learns by how much.
 */
export class Stacking {
  /** One row per head and level. */
  readonly slopes: Float32Array;
  private readonly experts: number;

  constructor(heads: number, experts: number, arena: Arena) {
    this.slopes = arena.float32(heads * LEVELS * experts);
    this.experts = experts;
  }

  /** Moves nine quantiles in place. */
  move(head: number, quantiles: Float64Array, outlook: Outlook): void {
    const { slopes, experts } = this;
    if (!(outlook.spread > 0)) return;
    this.fillDistances(outlook);
    for (let j = 0, at = head * LEVELS * experts; j < LEVELS; j++) {
      let sum = 0;
      for (let e = 0; e < experts; e++, at++) sum += (slopes[at] as number) * (DISTANCES[e] as number);
      const move = sum > MOVE_MAX ? MOVE_MAX : sum > -MOVE_MAX ? sum : -MOVE_MAX;
      quantiles[j] = (quantiles[j] as number) + outlook.spread * move;
    }
  }

  /** Learns from a value that came. @param said the quantiles as they were moved, at `saidAt`. @param overlap of the head's targets. */
  learn(head: number, value: number, said: Float32Array, saidAt: number, outlook: Outlook, overlap: number): void {
    const { slopes, experts } = this;
    if (!(outlook.spread > 0)) return;
    this.fillDistances(outlook);
    for (let e = 0; e < experts; e++) {
      const distance = DISTANCES[e] as number;
      DISTANCES[e] = distance / (1 + distance * distance);
    }
    const rate = RATE / Math.sqrt(overlap);
    for (let j = 0, at = head * LEVELS * experts; j < LEVELS; j++) {
      const step = rate * (value > (said[saidAt + j] as number) ? (TAU[j] as number) : (TAU[j] as number) - 1);
      for (let e = 0; e < experts; e++, at++) slopes[at] = KEEP * (slopes[at] as number) + step * (DISTANCES[e] as number);
    }
  }

  private fillDistances({ points, at, median, spread, unit }: Outlook): void {
    for (let e = 0; e < this.experts; e++) {
      const distance = ((points[at + e] as number) * unit - median) / spread;
      DISTANCES[e] = distance > DISTANCE_MAX ? DISTANCE_MAX : distance > -DISTANCE_MAX ? distance : -DISTANCE_MAX;
    }
  }
}

/** Work space for the largest layout; holds nothing between calls. */
const DISTANCES = new Float64Array(64);
