/** How much one abnormal day spoils the three days after it. */
import type { SeriesTrace } from '../../sim/traces/trace.ts';
import { measureSeries, type MeasureOptions } from './measure.ts';
import { geometricMean } from './score.ts';

const DAY_MS = 86_400_000;
const DAYS_AFTER = 3;
/** Days seen before the abnormal one: the daily shapes are known, the weekly one is begun. */
const DAYS_BEFORE = 8;

export const ABNORMAL_DAYS = {
  /** A failure of the callers: nothing comes for the day. */
  silent: () => 0,
  /** Most callers are gone. */
  quarter: (value: number) => value / 4,
  /** A campaign: three times the load. */
  threefold: (value: number) => 3 * value,
  /** A holiday: the mean load of the day before, all day. */
  flat: (_: number, mean: number) => mean,
} as const satisfies Record<string, (value: number, mean: number) => number>;

/** Loss of the three days after an abnormal day, relative to the same days after the day as it was; undefined: trace too short. */
export function spoiledBy(
  kind: keyof typeof ABNORMAL_DAYS,
  trace: SeriesTrace,
  profile: MeasureOptions['profile'],
): readonly number[] | undefined {
  const day = Math.round(DAY_MS / trace.intervalMs);
  const start = DAYS_BEFORE * day;
  const end = start + (1 + DAYS_AFTER) * day;
  if (end > trace.values.length) return undefined;
  const options = { profile, every: 1, rows: [start + day, end] } as const;
  const normal = measureSeries(trace, options).results;
  const mean = meanOf(trace.values.slice(start - day, start));
  const values = Float64Array.from(trace.values, (value, row) =>
    row < start || row >= start + day || Number.isNaN(value) ? value : ABNORMAL_DAYS[kind](value, mean),
  );
  const spoiled = measureSeries({ ...trace, values }, options).results;
  return spoiled.map(({ score }, i) => score.wql / (normal[i]?.score.wql ?? Number.NaN));
}

function meanOf(values: ArrayLike<number>): number {
  const measured = Array.from(values).filter((value) => !Number.isNaN(value));
  return measured.reduce((sum, value) => sum + value, 0) / Math.max(1, measured.length);
}

export function printAbnormal(traces: readonly SeriesTrace[], profile: MeasureOptions['profile']): void {
  console.log('\nLoss of the three days after an abnormal day, relative to none: point 5 10 15, max 5 10 15 minutes');
  for (const kind of Object.keys(ABNORMAL_DAYS) as (keyof typeof ABNORMAL_DAYS)[]) {
    const ratios = traces.flatMap((trace) => {
      const found = spoiledBy(kind, trace, profile);
      return found === undefined ? [] : [found];
    });
    // Results come horizon by horizon, point before max.
    const cells = [0, 2, 4, 1, 3, 5].map((i) => geometricMean(ratios.map((all) => all[i] ?? Number.NaN)).toFixed(3));
    console.log(`${kind.padEnd(10)} ${cells.join(' ')}  (${ratios.length} series)`);
  }
}
