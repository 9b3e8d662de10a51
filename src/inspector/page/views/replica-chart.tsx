import { useMemo } from 'preact/hooks';
import type { DecisionOutline, PoolDetail } from '../../api/pools.ts';
import { figure } from '../format.ts';
import { Empty } from '../parts/basics.tsx';
import type { ChartMark, ChartSeries } from '../parts/chart.tsx';
import { go, link } from '../router.ts';
import { alignedOf, PoolChart, textOf, type ChartOf } from './pool-chart.tsx';

const REPLICA_SERIES: readonly ChartSeries[] = [
  { label: 'requested', colour: 'requested', isStepped: true },
  { label: 'needed', colour: 'required', isStepped: true, isDashed: true },
  { label: 'ready', colour: 'ready', isStepped: true, width: 2 },
];

export function ReplicaChart({ detail, range }: ChartOf) {
  const { decisions, actions } = detail;
  const data = useMemo(
    () =>
      alignedOf(
        decisions,
        ({ requested }) => requested,
        ({ required }) => required,
        ({ ready }) => ready,
      ),
    [decisions],
  );
  const marks = useMemo(() => marksOf(detail), [decisions, actions]);
  if (decisions.length < 2)
    return (
      <Empty title={decisions.length === 0 ? 'No decision yet' : 'One decision so far'} isSmall>
        {decisions.length === 0 ? 'The engine decides after the first report.' : 'The second one begins the line.'}
      </Empty>
    );
  const pick = (atMs: number): void => {
    const nearest = nearestDecision(decisions, atMs);
    if (nearest !== undefined) go(link('decision', nearest.id));
  };
  return (
    <PoolChart
      label={`Replicas of ${detail.row.pool}: needed, requested and ready`}
      height={170}
      series={REPLICA_SERIES}
      data={data}
      range={range}
      marks={marks}
      atMs={detail.points.at(-1)?.atMs}
      topMin={3}
      onPick={pick}
      legend={(read) => [
        { name: 'ready', colour: 'ready', value: textOf(read(3), figure) },
        { name: 'requested', colour: 'requested', value: textOf(read(1), figure) },
        { name: 'needed for the load', colour: 'required', kind: 'dashed', value: textOf(read(2), figure) },
      ]}
    />
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
