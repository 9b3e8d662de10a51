import { useMemo } from 'preact/hooks';
import type { Timeline } from '../../api/recording.ts';
import { Legend, Panel } from '../parts/basics.tsx';
import { Chart, type ChartSeries } from '../parts/chart.tsx';

const OVERVIEW: readonly ChartSeries[] = [
  { label: 'needed', colour: 'required', width: 1 },
  { label: 'ready', colour: 'ready', width: 1.2 },
];
const AROUND: readonly ChartSeries[] = [
  { label: 'requested', colour: 'requested', isStepped: true, width: 1.3 },
  { label: 'needed', colour: 'required', isStepped: true, isDashed: true },
  { label: 'ready', colour: 'ready', isStepped: true, width: 2 },
];
/** Intervals that are shown on each side of the moment. */
const SIDE = 90;

function secondsOf({ startMs, intervalMs, required }: Timeline): number[] {
  return required.map((_, i) => (startMs + i * intervalMs) / 1_000);
}

export function Overview({
  timeline,
  atMs,
  onPick,
}: {
  readonly timeline: Timeline;
  readonly atMs: number;
  readonly onPick: (atMs: number) => void;
}) {
  const data = useMemo((): [number[], number[], number[]] => [secondsOf(timeline), timeline.required, timeline.ready], [timeline]);
  const marks = useMemo(() => violationMarks(timeline), [timeline]);
  const last = data[0].at(-1) ?? 0;
  return (
    <>
      <Chart
        label={`Replicas over the whole run under ${timeline.policy}`}
        height={130}
        series={OVERVIEW}
        data={data}
        range={[data[0][0] ?? 0, last]}
        marks={marks}
        atMs={atMs}
        onPick={onPick}
      />
      <Legend
        entries={[
          { name: `ready under ${timeline.policy}`, colour: 'ready' },
          { name: 'needed', colour: 'required' },
          { name: 'short', colour: 'bad', kind: 'mark' },
        ]}
      />
    </>
  );
}

/** Seconds around a moment, never beyond the run. */
function rangeAround({ startMs, intervalMs, required }: Timeline, atMs: number): readonly [number, number] {
  const endMs = startMs + (required.length - 1) * intervalMs;
  const lengthMs = Math.min(2 * SIDE * intervalMs, Math.max(intervalMs, endMs - startMs));
  const fromMs = Math.max(startMs, Math.min(endMs - lengthMs, atMs - lengthMs / 2));
  return [fromMs / 1_000, (fromMs + lengthMs) / 1_000];
}

/** The most replicas of some policies around a moment. */
export function topAround(timelines: readonly (Timeline | undefined)[], at: number): number {
  let top = 3;
  for (const timeline of timelines) {
    if (timeline === undefined) continue;
    for (const values of [timeline.requested, timeline.required, timeline.ready])
      for (const value of values.slice(Math.max(0, at - 2 * SIDE), at + 2 * SIDE)) top = Math.max(top, value);
  }
  return top * 1.12;
}

function violationMarks({ violation, startMs, intervalMs }: Timeline) {
  const marks: { atMs: number; untilMs: number; colour: string }[] = [];
  for (let i = 0; i < violation.length; i++) {
    if (violation[i] !== 1) continue;
    const from = i;
    while (violation[i + 1] === 1) i += 1;
    marks.push({ atMs: startMs + from * intervalMs, untilMs: startMs + (i + 1) * intervalMs, colour: 'bad' });
  }
  return marks;
}

interface AroundProps {
  readonly timeline: Timeline;
  readonly atMs: number;
  readonly intervalMs: number;
  /** Replicas up to which it is drawn at the least: the same for both policies, or their heights say nothing. */
  readonly top: number;
}

export function Around({ timeline, atMs, intervalMs, top }: AroundProps) {
  const data = useMemo(
    (): [number[], number[], number[], number[]] => [secondsOf(timeline), timeline.requested, timeline.required, timeline.ready],
    [timeline],
  );
  const marks = useMemo(
    () => [...violationMarks(timeline), ...timeline.decisionAtMs.map((ms) => ({ atMs: ms, colour: 'accent' }))],
    [timeline],
  );
  const shown = useMemo(() => marks.filter((mark) => Math.abs(mark.atMs - atMs) < 2 * SIDE * intervalMs), [marks, atMs]);
  return (
    <Panel title={timeline.policy} note="Lines: decisions; red: short">
      <Chart
        label={`Replicas under ${timeline.policy} around the moment`}
        height={190}
        series={AROUND}
        data={data}
        range={rangeAround(timeline, atMs)}
        marks={shown}
        atMs={atMs}
        topMin={top}
      />
      <Legend
        entries={[
          { name: 'ready', colour: 'ready' },
          { name: 'requested', colour: 'requested' },
          { name: 'needed', colour: 'required', kind: 'dashed' },
        ]}
      />
    </Panel>
  );
}
