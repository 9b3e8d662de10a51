import { useMemo } from 'preact/hooks';
import type { DecisionOutline, PoolDetail } from '../../api/pools.ts';
import { figure, unitText } from '../format.ts';
import { Empty, type LegendEntry } from '../parts/basics.tsx';
import type { ChartSeries } from '../parts/chart.tsx';
import { PoolChart, textOf, type Aligned, type ChartOf, type Column, type ReadCursor } from './pool-chart.tsx';

const CAPACITY_KEY: Readonly<Record<string, string>> = {
  requests: 'requestsPerSecond',
  cpu: 'cpuMillicores',
  memory: 'memoryBytes',
  network: 'networkBytesPerSecond',
};

const LOAD_SERIES: readonly ChartSeries[] = [
  { label: '95%', colour: 'forecast', isEdge: true },
  { label: '75%', colour: 'forecast', isEdge: true },
  { label: '25%', colour: 'forecast', isEdge: true },
  { label: '5%', colour: 'forecast', isEdge: true },
  { label: 'forecast', colour: 'forecast', isDashed: true, width: 1.4 },
  { label: 'capacity', colour: 'capacity', isStepped: true, width: 1.4 },
  { label: 'load', colour: 'load', width: 1.8 },
];
const LOAD_BANDS = [
  { between: [1, 4], colour: 'band' },
  { between: [2, 3], colour: 'band-inner' },
] as const;

/** What came, the band that was forecast for it, and the fan ahead. */
export function LoadChart({ detail, horizonMs, range }: ChartOf & { readonly horizonMs: number }) {
  const { points, horizonsMs, decisions } = detail;
  const perReplica = capacityOf(detail);
  const data = useMemo(() => loadData(detail, horizonMs, perReplica), [points, decisions, horizonsMs, horizonMs, perReplica]);
  if (points.length === 0)
    return (
      <Empty title="Nothing was reported yet" isSmall>
        The first interval of load draws the first point.
      </Empty>
    );
  const unit = unitText(detail.row.unit);
  return (
    <PoolChart
      label={`Load of ${detail.row.pool} against its forecast, ${unit}`}
      height={250}
      series={LOAD_SERIES}
      bands={LOAD_BANDS}
      data={data}
      range={range}
      atMs={points.at(-1)?.atMs}
      legend={(read) => legendOf(read, unit, perReplica !== undefined)}
    />
  );
}

function legendOf(read: ReadCursor, unit: string, hasCapacity: boolean): LegendEntry[] {
  const value = (series: number): string => textOf(read(series), figure);
  const isBandThere = typeof read(1) === 'number';
  return [
    { name: `load, ${unit}`, colour: 'load', value: value(7) },
    { name: 'forecast median', colour: 'forecast', kind: 'dashed', value: value(5) },
    { name: '90% and 50% band', colour: 'band-inner', kind: 'area', value: isBandThere ? `${value(4)}–${value(1)}` : '' },
    ...(hasCapacity ? [{ name: 'ready capacity', colour: 'capacity', value: value(6) }] : []),
  ];
}

function loadData({ points, horizonsMs, decisions }: PoolDetail, horizonMs: number, perReplica: number | undefined): Aligned {
  const index = Math.max(0, horizonsMs.indexOf(horizonMs));
  const last = points.at(-1);
  const lastMs = last?.atMs ?? 0;
  // What was forecast for each interval, by the interval that it was for.
  const forecast = new Map<number, readonly number[]>();
  for (const { atMs, bands } of points) {
    const band = bands?.[index];
    if (band !== undefined) forecast.set(atMs + horizonMs, band);
  }
  const loads = new Map(points.map(({ atMs, load }) => [atMs, load]));
  const past = points.map(({ atMs }) => atMs);
  const ahead = (last?.bands ?? []).map((band, i) => [lastMs + (horizonsMs[i] ?? 0), band] as const);
  const times = [...past, ...ahead.map(([atMs]) => atMs)];
  const aheadAt = new Map(ahead);
  const bandAt = (atMs: number): readonly number[] | undefined => (atMs > lastMs ? aheadAt.get(atMs) : forecast.get(atMs));
  const level = (i: number): Column => times.map((atMs) => bandAt(atMs)?.[i] ?? null);
  const ready = stepsAt(decisions, past, ({ ready }) => ready);
  const capacity: Column = times.map((_, i) =>
    perReplica === undefined || i >= past.length ? null : times1(ready[i] ?? null, perReplica),
  );
  return [
    times.map((atMs) => atMs / 1_000),
    level(4),
    level(3),
    level(1),
    level(0),
    level(2),
    capacity,
    times.map((atMs) => loads.get(atMs) ?? null),
  ];
}

function times1(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}

/** The last decision's value at each time. Both ascend. */
function stepsAt(decisions: readonly DecisionOutline[], times: readonly number[], read: (one: DecisionOutline) => number | null): Column {
  let at = 0;
  let value: number | null = null;
  return times.map((timeMs) => {
    for (; at < decisions.length; at++) {
      const decision = decisions[at];
      if (decision === undefined || decision.atMs > timeMs) break;
      value = read(decision);
    }
    return value;
  });
}

function capacityOf({ settings, row }: PoolDetail): number | undefined {
  if (typeof settings !== 'object' || settings === null || !('replicaCapacity' in settings)) return undefined;
  const capacity = (settings.replicaCapacity as Readonly<Record<string, number | undefined>> | null)?.[CAPACITY_KEY[row.resource] ?? ''];
  return typeof capacity === 'number' ? capacity : undefined;
}
