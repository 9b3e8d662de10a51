import { plainObservation, loadOf, type ObservationFeed, type ProducerObservation, type UnitCosts } from './workload.ts';

/** `even`: all producers carry the same; `skewed`: the n-th carries 1/n of the first (Zipf). */
export type SplitKind = 'even' | 'skewed';

/** Share of the demand per producer; sums to 1. */
export function sharesOf(kind: SplitKind, producers: number): readonly number[] {
  const weights = Array.from({ length: producers }, (_, i) => (kind === 'even' ? 1 : 1 / (i + 1)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** `p1`, `p2`, ... */
export function producerNames(producers: number): readonly string[] {
  return Array.from({ length: producers }, (_, i) => `p${i + 1}`);
}

export interface MatrixFeedOptions {
  readonly startMs: number;
  readonly intervalMs: number;
  readonly producers: readonly string[];
  /** Units of a producer in an interval; NaN: it tells nothing. */
  unitsOf(producer: number, interval: number): number;
  readonly costs: UnitCosts;
  readonly cpuFactor?: Float64Array;
}

/** A feed of producers whose units per interval are known numbers. */
export function matrixFeed(options: MatrixFeedOptions): ObservationFeed {
  const { startMs, intervalMs, producers, costs, cpuFactor } = options;
  return {
    next(index) {
      const told: ProducerObservation[] = [];
      for (const [at, producer] of producers.entries()) {
        const units = options.unitsOf(at, index);
        if (Number.isNaN(units)) continue;
        const load = loadOf(units, costs, cpuFactor?.[index]);
        told.push(plainObservation(producer, startMs + index * intervalMs, intervalMs, load));
      }
      return told;
    },
  };
}
