import { useMemo, useState } from 'preact/hooks';
import type { DecisionOutline, Point, PoolDetail } from '../../api/pools.ts';
import { clock, figure, percent, unitText } from '../format.ts';
import { Empty, Legend, type LegendEntry } from '../parts/basics.tsx';
import { Chart, type ChartMark, type ChartSeries } from '../parts/chart.tsx';
import { go, link } from '../router.ts';

type Range = readonly [number, number];
type Column = (number | null)[];

interface ChartOf {
  readonly detail: PoolDetail;
  readonly range: Range;
}

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
  const [at, setAt] = useState<number | null>(null);
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
  const value = (series: number): string => (at === null ? '' : figure(data[series]?.[at]));
  const isBandThere = at !== null && data[1]?.[at] !== null && data[1]?.[at] !== undefined;
  const legend: LegendEntry[] = [
    { name: `load, ${unit}`, colour: 'load', value: value(7) },
    { name: 'forecast median', colour: 'forecast', kind: 'dashed', value: value(5) },
    { name: '90% and 50% band', colour: 'band-inner', kind: 'area', value: isBandThere ? `${value(4)}–${value(1)}` : '' },
    ...(perReplica === undefined ? [] : [{ name: 'ready capacity', colour: 'capacity', value: value(6) }]),
  ];
  return (
    <>
      <Chart
        label={`Load of ${detail.row.pool} against its forecast, ${unit}`}
        height={250}
        series={LOAD_SERIES}
        bands={LOAD_BANDS}
        data={data}
        range={range}
        atMs={points.at(-1)?.atMs}
        sync="pool"
        onCursor={setAt}
      />
      <LegendAt entries={legend} seconds={at === null ? undefined : data[0][at]} />
    </>
  );
}

type Aligned = [number[], ...Column[]];

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

const REPLICA_SERIES: readonly ChartSeries[] = [
  { label: 'requested', colour: 'requested', isStepped: true },
  { label: 'needed', colour: 'required', isStepped: true, isDashed: true },
  { label: 'ready', colour: 'ready', isStepped: true, width: 2 },
];

export function ReplicaChart({ detail, range }: ChartOf) {
  const [at, setAt] = useState<number | null>(null);
  const { decisions, actions } = detail;
  const data = useMemo((): Aligned => {
    const column = (read: (one: DecisionOutline) => number | null): Column => decisions.map(read);
    return [
      decisions.map(({ atMs }) => atMs / 1_000),
      column((one) => one.requested),
      column((one) => one.required),
      column((one) => one.ready),
    ];
  }, [decisions]);
  const marks = useMemo(() => marksOf(detail), [decisions, actions]);
  if (decisions.length === 0)
    return (
      <Empty title="No decision yet" isSmall>
        The engine decides after the first report.
      </Empty>
    );
  const value = (series: number): string => (at === null ? '' : figure(data[series]?.[at]));
  const pick = (atMs: number): void => {
    const nearest = nearestDecision(decisions, atMs);
    if (nearest !== undefined) go(link('decision', nearest.id));
  };
  return (
    <>
      <Chart
        label={`Replicas of ${detail.row.pool}: needed, requested and ready`}
        height={170}
        series={REPLICA_SERIES}
        data={data}
        range={range}
        marks={marks}
        atMs={detail.points.at(-1)?.atMs}
        sync="pool"
        topMin={3}
        onCursor={setAt}
        onPick={pick}
      />
      <LegendAt
        entries={[
          { name: 'ready', colour: 'ready', value: value(3) },
          { name: 'requested', colour: 'requested', value: value(1) },
          { name: 'needed for the load', colour: 'required', kind: 'dashed', value: value(2) },
        ]}
        seconds={at === null ? undefined : data[0][at]}
      />
    </>
  );
}

const MARKS_MAX = 400;

function marksOf({ decisions, actions }: PoolDetail): ChartMark[] {
  const changes = decisions.filter(({ from, to, action }) => from !== to && action !== null).slice(-MARKS_MAX);
  const spans = actions.flatMap(({ startedMs, steps, outcome }) => {
    const untilMs = steps.at(-1)?.atMs ?? startedMs;
    const isBad = outcome === 'failed' || outcome === 'rolled-back';
    return startedMs > 0 && untilMs > startedMs ? [{ atMs: startedMs, untilMs, colour: isBad ? 'bad' : 'requested' }] : [];
  });
  return [...spans, ...changes.map(({ atMs }) => ({ atMs, colour: 'accent' }))];
}

/** The nearest one that changed something within a few pixels' time, else the nearest at all. */
function nearestDecision(decisions: readonly DecisionOutline[], atMs: number): DecisionOutline | undefined {
  const nearest = (of: readonly DecisionOutline[]): DecisionOutline | undefined =>
    of.reduce<DecisionOutline | undefined>(
      (best, one) => (best === undefined || Math.abs(one.atMs - atMs) < Math.abs(best.atMs - atMs) ? one : best),
      undefined,
    );
  const first = decisions[0]?.atMs ?? atMs;
  const last = decisions.at(-1)?.atMs ?? atMs;
  const change = nearest(decisions.filter(({ from, to }) => from !== to));
  return change !== undefined && Math.abs(change.atMs - atMs) < (last - first) / 80 ? change : nearest(decisions);
}

const QUALITY_SERIES: readonly ChartSeries[] = [
  { label: 'inside', colour: 'e1' },
  { label: 'confidence', colour: 'e3' },
  { label: 'skill', colour: 'e2' },
];

export function QualityChart({ detail, range }: ChartOf) {
  const [at, setAt] = useState<number | null>(null);
  const { points } = detail;
  const data = useMemo((): Aligned => {
    const column = (read: (one: Point) => number | null): Column => points.map(read);
    return [
      points.map(({ atMs }) => atMs / 1_000),
      column((one) => one.coverage),
      column((one) => one.confidence),
      // Below the axis it says only that the last value was better.
      column((one) => (one.skill === null ? null : Math.max(0, one.skill))),
    ];
  }, [points]);
  const value = (series: number): string => (at === null ? '' : percent(data[series]?.[at]));
  return (
    <>
      <Chart
        label="Coverage, confidence and skill over time"
        height={150}
        series={QUALITY_SERIES}
        data={data}
        range={range}
        sync="pool"
        topMin={1}
        format={percent}
        onCursor={setAt}
      />
      <LegendAt
        entries={[
          { name: 'inside the 90% band', colour: 'e1', value: value(1) },
          { name: 'confidence', colour: 'e3', value: value(2) },
          { name: 'skill', colour: 'e2', value: value(3) },
        ]}
        seconds={at === null ? undefined : data[0][at]}
      />
    </>
  );
}

const EXPERTS_SHOWN = 6;

/** The experts with the largest weights now; the others are few or small. */
export function WeightChart({ detail, range }: ChartOf) {
  const [at, setAt] = useState<number | null>(null);
  const { points, experts } = detail;
  const last = points.at(-1)?.weights ?? [];
  const shown = experts
    .map((name, i) => ({ name, i, weight: last[i] ?? 0 }))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, EXPERTS_SHOWN)
    .sort((a, b) => a.i - b.i);
  const key = shown.map(({ name }) => name).join();
  const series = useMemo(() => shown.map(({ name }, i): ChartSeries => ({ label: name, colour: `e${i + 1}` })), [key]);
  const data = useMemo(
    (): Aligned => [
      points.map(({ atMs }) => atMs / 1_000),
      ...shown.map(({ i }): Column => points.map(({ bands, weights }) => (bands === null ? null : (weights[i] ?? 0)))),
    ],
    [points, key],
  );
  if (shown.length === 0) return <Empty title="No expert has answered yet" isSmall />;
  return (
    <>
      <Chart
        label="Weights of the experts over time"
        height={150}
        series={series}
        data={data}
        range={range}
        sync="pool"
        format={percent}
        onCursor={setAt}
      />
      <LegendAt
        entries={shown.map(({ name, weight }, i) => ({
          name,
          colour: `e${i + 1}`,
          value: percent(at === null ? weight : data[i + 1]?.[at]),
        }))}
        seconds={at === null ? undefined : data[0][at]}
      />
    </>
  );
}

function LegendAt({ entries, seconds }: { readonly entries: readonly LegendEntry[]; readonly seconds: number | undefined }) {
  return (
    <div class="moment">
      <Legend entries={entries} />
      <span class="faint">{seconds === undefined ? '' : clock(seconds * 1_000)}</span>
    </div>
  );
}
