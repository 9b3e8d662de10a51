import { matrixFeed, producerNames, sharesOf, type SplitKind } from './split.ts';
import { unitCosts, type Workload } from './workload.ts';

/** One measured series; NaN where it was not measured. */
export interface MeasuredSeries {
  readonly name: string;
  readonly startMs: number;
  readonly intervalMs: number;
  readonly values: ArrayLike<number>;
}

/** A series as the whole load of a pool, carried by one producer or split over several. */
export function seriesWorkload(series: MeasuredSeries, replicaCapacity: number, producers = 1, split: SplitKind = 'even'): Workload {
  const shares = sharesOf(split, producers);
  const units = (producer: number, interval: number): number => (series.values[interval] ?? Number.NaN) * (shares[producer] ?? 0);
  return measuredWorkload(series, producerNames(producers), units, totalOf(series.values), replicaCapacity);
}

/** A family: every member is a producer. Members that were not measured in an interval are silent in it. */
export function familyWorkload(members: readonly MeasuredSeries[], name: string, replicaCapacity: number): Workload {
  const [first] = members;
  if (first === undefined) throw new RangeError('a family needs a member');
  const totals = familyTotals(members.map((member) => member.values));
  const unitsOf = (producer: number, interval: number): number => members[producer]?.values[interval] ?? Number.NaN;
  return measuredWorkload(
    { ...first, name },
    members.map((member) => member.name),
    unitsOf,
    totals,
    replicaCapacity,
  );
}

/** What a pool met and which intervals were measured. */
export interface Totals {
  readonly demand: Float64Array;
  readonly told: Uint8Array;
}

/** Demand goes on as it last was where it was not measured: the load does not stop because the meter does. */
export function totalOf(values: ArrayLike<number>): Totals {
  const demand = new Float64Array(values.length);
  const told = new Uint8Array(values.length);
  let last = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (Number.isFinite(value)) {
      last = Math.max(0, value);
      told[i] = 1;
    }
    demand[i] = last;
  }
  return { demand, told };
}

/** The sum of the members; a member that was not measured goes on as it last was. */
export function familyTotals(members: readonly ArrayLike<number>[]): Totals {
  const intervals = Math.max(0, ...members.map((values) => values.length));
  const demand = new Float64Array(intervals);
  const told = new Uint8Array(intervals);
  for (const values of members) {
    const member = totalOf(values);
    for (let i = 0; i < intervals; i++) {
      demand[i] = (demand[i] ?? 0) + (member.demand[i] ?? 0);
      told[i] = (told[i] ?? 0) | (member.told[i] ?? 0);
    }
  }
  return { demand, told };
}

function measuredWorkload(
  series: MeasuredSeries,
  producers: readonly string[],
  unitsOf: (producer: number, interval: number) => number,
  totals: Totals,
  replicaCapacity: number,
): Workload {
  const { name, intervalMs } = series;
  const costs = unitCosts(replicaCapacity, intervalMs);
  // A pool's intervals begin at multiples of their length; one that began in between would be cut in two.
  const startMs = Math.floor(series.startMs / intervalMs) * intervalMs;
  return {
    name,
    startMs,
    shownLaterMs: series.startMs - startMs,
    intervalMs,
    ...totals,
    producers,
    controls: [],
    openFeed: () => matrixFeed({ startMs, intervalMs, producers, unitsOf, costs }),
  };
}
