import type { KnownEvent } from '../../src/models/events/event.ts';
import type { Control } from '../../src/protocol/control.ts';
import type { Load, Observation } from '../../src/protocol/observation.ts';

/** The demand that every policy meets: fixed before the first of them runs. */
export interface Workload {
  readonly name: string;
  /** Start of the first interval, epoch milliseconds. */
  readonly startMs: number;
  /** Added to the times of the timeline: a recorded clock that is off the interval's grid is run on the grid. Default 0. */
  readonly shownLaterMs?: number;
  readonly intervalMs: number;
  /** Demand of each interval, in the units of the trace (requests in a scenario). 0 or more. */
  readonly demand: Float64Array;
  /** 1 where the demand of the interval is told to the policies, 0 where it was not measured or the reports were lost. */
  readonly told: Uint8Array;
  /** What a replica can serve relative to normal, per interval; undefined: always normal. */
  readonly capacityFactor?: Float64Array;
  /** CPU that a request is seen to take relative to normal, per interval; undefined: always normal. */
  readonly cpuFactor?: Float64Array;
  readonly producers: readonly string[];
  /** What people tell the pool and when. */
  readonly controls: readonly TimedControl[];
  /** What the config of the pool knows beforehand; absent: nothing. */
  readonly events?: readonly KnownEvent[];
  /** Begins to tell the observations anew, from the first interval. */
  openFeed(): ObservationFeed;
}

export interface TimedControl {
  readonly atMs: number;
  readonly control: Omit<Control, 'pool'>;
}

/** An observation as a producer tells it; the pool is added by whoever sends it. */
export type ProducerObservation = Omit<Observation, 'pool'>;

export interface ObservationFeed {
  /** Observations of an interval; intervals are asked for once each, in order. */
  next(index: number): readonly ProducerObservation[];
}

/**
 * What a unit of demand costs, the same for every policy. A recorded demand says nothing of memory and network, so neither is
 * told: what is invented in proportion to the demand would be forecast a second and a third time and decide nothing.
 */
export interface UnitCosts {
  /** CPU of one unit, seconds. */
  readonly cpuSeconds: number;
}

/** One unit keeps one core of a replica busy for its share of an interval: a full replica is a busy core. */
export function unitCosts(replicaCapacity: number, intervalMs: number): UnitCosts {
  return { cpuSeconds: intervalMs / 1000 / replicaCapacity };
}

export function loadOf(units: number, costs: UnitCosts, cpuFactor = 1): Load {
  return {
    requests: units,
    cpuSeconds: units * costs.cpuSeconds * cpuFactor,
    memoryBytes: 0,
    networkBytes: 0,
  };
}

/** An observation of a producer whose requests all are of one type and come from sources that are not told apart. */
export function plainObservation(producer: string, startMs: number, intervalMs: number, load: Load): ProducerObservation {
  return { producer, intervalStartMs: startMs, intervalMs, load, byType: {}, bySource: { distinct: 0, top: [] } };
}
