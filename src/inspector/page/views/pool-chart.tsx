import { useState } from 'preact/hooks';
import type { PoolDetail } from '../../api/pools.ts';
import { clock } from '../format.ts';
import { Legend, type LegendEntry } from '../parts/basics.tsx';
import { Chart, type ChartProps } from '../parts/chart.tsx';

/** Values of one series; null: there is none. */
export type Column = (number | null)[];
/** Seconds, and the series over them. */
export type Aligned = [number[], ...Column[]];

export interface ChartOf {
  readonly detail: PoolDetail;
  /** Seconds that are shown. */
  readonly range: readonly [number, number];
}

interface PoolChartProps extends Omit<ChartProps, 'data' | 'sync' | 'onCursor'> {
  readonly data: Aligned;
  /** Told how to read a series under the cursor (the first is 1); what it reads is undefined while there is no cursor. */
  readonly legend: (read: ReadCursor) => readonly LegendEntry[];
}

export type ReadCursor = (series: number) => number | null | undefined;

/** One of a pool's charts, whose cursors move together, with a legend that tells the values under it. */
export function PoolChart({ legend, ...chart }: PoolChartProps) {
  const [at, setAt] = useState<number | null>(null);
  const { data } = chart;
  const seconds = at === null ? undefined : data[0][at];
  return (
    <>
      <Chart {...chart} sync="pool" onCursor={setAt} />
      <div class="moment">
        <Legend entries={legend((series) => (at === null ? undefined : data[series]?.[at]))} />
        <span class="faint">{seconds === undefined ? '' : clock(seconds * 1_000)}</span>
      </div>
    </>
  );
}

/** The text of a value under the cursor; none while there is no cursor. */
export function textOf(value: number | null | undefined, format: (value: number | null | undefined) => string): string {
  return value === undefined ? '' : format(value);
}

/** Columns over time, one for each way to read a row. */
export function alignedOf<T extends { readonly atMs: number }>(
  rows: readonly T[],
  ...reads: readonly ((row: T) => number | null)[]
): Aligned {
  return [rows.map(({ atMs }) => atMs / 1_000), ...reads.map((read): Column => rows.map(read))];
}
