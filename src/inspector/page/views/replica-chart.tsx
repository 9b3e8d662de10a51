import { useMemo, useState } from 'preact/hooks';
import type { DecisionOutline, PoolDetail } from '../../api/pools.ts';
import { figure } from '../format.ts';
import { Empty } from '../parts/basics.tsx';
import { Chart, type ChartMark, type ChartSeries } from '../parts/chart.tsx';
import { go, link } from '../router.ts';
import { LegendAt, type Aligned, type ChartOf, type Column } from './pool-chart.tsx';

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
  if (decisions.length < 2)
    return (
      <Empty title={decisions.length === 0 ? 'No decision yet' : 'One decision so far'} isSmall>
        {decisions.length === 0 ? 'The engine decides after the first report.' : 'The second one begins the line.'}
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
