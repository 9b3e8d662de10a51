import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { DecisionPage } from '../../api/decisions.ts';
import type { Run as RunInfo, Timeline } from '../../api/recording.ts';
import { dateTime, duration, figure, percent, plural } from '../format.ts';
import { isTyping } from '../keys.ts';
import { useEvents, useResource } from '../live.ts';
import { Dot, Empty, Legend, Panel, Tag, Trouble, Waiting } from '../parts/basics.tsx';
import { Chart, type ChartSeries } from '../parts/chart.tsx';
import { useDeferred } from '../parts/deferred.ts';
import { go, link } from '../router.ts';
import { between, decisionAt, nextDecision, nextViolation } from './run-moment.ts';

type Query = Readonly<Record<string, string>>;

/** A recorded run: the whole of it, the stretch around one moment, and why there was what there was. */
export function Run({ query }: { readonly query: Query }) {
  useEvents('watch=1', () => {});
  const { data: run, error } = useResource<RunInfo>('/api/v1/run');
  if (error !== undefined) return <Trouble error={error} />;
  if (run === undefined) return <Waiting what="the run" />;
  const labels = run.policies.map(({ label }) => label);
  const a = labels.includes(query['a'] ?? '') ? (query['a'] ?? '') : (labels[0] ?? '');
  const b =
    query['b'] === 'none' ? '' : labels.includes(query['b'] ?? '') ? (query['b'] ?? '') : (labels.find((label) => label !== a) ?? '');
  return (
    <>
      <div class="head">
        <h1>{run.name}</h1>
        <span class="faint">
          {plural(run.policies[0]?.rows ?? 0, 'interval')} of {duration(run.intervalMs)} from {dateTime(run.startMs)}
          {run.seed === null ? '' : `, seed ${run.seed}`}
        </span>
      </div>
      {run.problems.length > 0 && (
        <ul class="problems">
          {run.problems.map((problem) => (
            <li class="warn" key={problem}>
              <Dot level="warn" label="cannot be read" />
              {problem}
            </li>
          ))}
        </ul>
      )}
      <div class="stack">
        {run.description !== '' && <p class="soft">{run.description}</p>}
        <Scores run={run} a={a} b={b} query={query} />
        <Moments run={run} a={a} b={b} query={query} />
      </div>
    </>
  );
}

interface Score {
  readonly violationShare?: number;
  readonly violationMinutes?: number;
  readonly costReplicaMinutes?: number;
  readonly perfectCostReplicaMinutes?: number;
  readonly meanLatencyP95Seconds?: number;
}

function Scores({ run, a, b, query }: { readonly run: RunInfo; readonly a: string; readonly b: string; readonly query: Query }) {
  const choose = (which: 'a' | 'b', label: string): void =>
    go(link('run', '', { ...query, a, b: b === '' ? 'none' : b, [which]: label }), true);
  return (
    <Panel title="Policies" note="The same demand for each; choose two to see side by side">
      <div class="scroll" tabIndex={0} role="group" aria-label="Table, scrolls sideways">
        <table>
          <thead>
            <tr>
              <th scope="col">Policy</th>
              <th scope="col" class="number">
                Short
              </th>
              <th scope="col" class="number">
                Cost against needed
              </th>
              <th scope="col" class="number">
                Mean p95
              </th>
              <th scope="col" class="number">
                Decisions
              </th>
              <th scope="col">Shown as</th>
            </tr>
          </thead>
          <tbody>
            {run.policies.map(({ label, score, decisions }) => {
              const {
                violationShare,
                violationMinutes,
                costReplicaMinutes = Number.NaN,
                perfectCostReplicaMinutes = Number.NaN,
                meanLatencyP95Seconds,
              } = (score ?? {}) as Score;
              return (
                <tr key={label}>
                  <td>{label}</td>
                  <td class="number">
                    {percent(violationShare)}{' '}
                    <span class="faint">{violationMinutes === undefined ? '' : `${figure(violationMinutes)} min`}</span>
                  </td>
                  <td class="number">
                    {Number.isFinite(costReplicaMinutes) ? `×${(costReplicaMinutes / perfectCostReplicaMinutes).toFixed(3)}` : '–'}
                  </td>
                  <td class="number">{meanLatencyP95Seconds === undefined ? '–' : duration(meanLatencyP95Seconds * 1_000)}</td>
                  <td class="number">{decisions}</td>
                  <td>
                    <span class="choice" role="group" aria-label={`Show ${label}`}>
                      <button type="button" aria-pressed={label === a} onClick={() => choose('a', label)}>
                        first
                      </button>
                      <button type="button" aria-pressed={label === b} onClick={() => choose('b', label === b ? 'none' : label)}>
                        second
                      </button>
                    </span>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

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

function Moments({ run, a, b, query }: { readonly run: RunInfo; readonly a: string; readonly b: string; readonly query: Query }) {
  const first = useResource<Timeline>(a === '' ? undefined : `/api/v1/timeline?${new URLSearchParams({ policy: a }).toString()}`);
  const second = useResource<Timeline>(b === '' ? undefined : `/api/v1/timeline?${new URLSearchParams({ policy: b }).toString()}`);
  const rows = first.data?.required.length ?? 1;
  const [index, setIndex] = useState(() =>
    between(0, Math.round((Number(query['at'] ?? run.startMs) - run.startMs) / run.intervalMs) || 0, 10_000_000),
  );
  const at = between(0, index, rows - 1);
  const move = useRef<(to: number) => void>(() => {});
  move.current = (to) => setIndex(between(0, to, rows - 1));
  useRunKeys(first.data, at, run.intervalMs, move);
  useKeptMoment(run, at, query, a, b);
  if (first.error !== undefined) return <Trouble error={first.error} />;
  if (first.data === undefined) return <Waiting what={a} />;
  const timeline = first.data;
  const atMs = run.startMs + at * run.intervalMs;
  return (
    <>
      <Panel title="The whole run" note="Click to go there">
        <Overview timeline={timeline} atMs={atMs} onPick={(ms) => setIndex(Math.round((ms - run.startMs) / run.intervalMs))} />
      </Panel>
      <Panel title="The moment" aside={<Jumps timeline={timeline} at={at} onMove={(to) => move.current(to)} />}>
        <input
          class="scrubber"
          type="range"
          min="0"
          max={rows - 1}
          value={at}
          aria-label="Moment of the run"
          aria-valuetext={dateTime(atMs)}
          onInput={({ currentTarget }) => setIndex(currentTarget.valueAsNumber)}
        />
        <Facts timeline={timeline} other={second.data} at={at} atMs={atMs} />
      </Panel>
      <div class="two">
        <Around timeline={timeline} atMs={atMs} intervalMs={run.intervalMs} />
        {second.data !== undefined && <Around timeline={second.data} atMs={atMs} intervalMs={run.intervalMs} />}
      </div>
      <div class="two">
        <InForce timeline={timeline} atMs={atMs} query={{ a, b: b === '' ? 'none' : b, at: String(atMs) }} />
        {second.data !== undefined && <InForce timeline={second.data} atMs={atMs} query={{ a, b, at: String(atMs) }} />}
      </div>
    </>
  );
}

function secondsOf({ startMs, intervalMs, required }: Timeline): number[] {
  return required.map((_, i) => (startMs + i * intervalMs) / 1_000);
}

function Overview({
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

function Around({ timeline, atMs, intervalMs }: { readonly timeline: Timeline; readonly atMs: number; readonly intervalMs: number }) {
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
        range={[(atMs - SIDE * intervalMs) / 1_000, (atMs + SIDE * intervalMs) / 1_000]}
        marks={shown}
        atMs={atMs}
        topMin={3}
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

interface FactsProps {
  readonly timeline: Timeline;
  readonly other: Timeline | undefined;
  readonly at: number;
  readonly atMs: number;
}

function Facts({ timeline, other, at, atMs }: FactsProps) {
  const one = ({ ready, requested, latency, violation }: Timeline): string =>
    `${figure(ready[at])} ready of ${figure(requested[at])}, p95 ${duration((latency[at] ?? 0) * 1_000)}${violation[at] === 1 ? ', SHORT' : ''}`;
  return (
    <dl class="facts" aria-live="off">
      <dt>{dateTime(atMs)}</dt>
      <dd>
        demand {figure(timeline.demand[at])}, {plural(timeline.required[at] ?? 0, 'replica')} needed
      </dd>
      <dt>{timeline.policy}</dt>
      <dd>{one(timeline)}</dd>
      {other !== undefined && (
        <>
          <dt>{other.policy}</dt>
          <dd>{one(other)}</dd>
        </>
      )}
    </dl>
  );
}

function Jumps({ timeline, at, onMove }: { readonly timeline: Timeline; readonly at: number; readonly onMove: (to: number) => void }) {
  const decision = nextDecision(timeline, at);
  const violation = nextViolation(timeline, at);
  return (
    <span class="moment">
      <button type="button" class="button" onClick={() => onMove(at - 1)} aria-label="One interval back">
        ←
      </button>
      <button type="button" class="button" onClick={() => onMove(at + 1)} aria-label="One interval on">
        →
      </button>
      <button type="button" class="button" disabled={decision === undefined} onClick={() => decision !== undefined && onMove(decision)}>
        Next decision
      </button>
      <button type="button" class="button" disabled={violation === undefined} onClick={() => violation !== undefined && onMove(violation)}>
        Next violation
      </button>
    </span>
  );
}

/** The last decision before the moment: what it wanted, and why. */
function InForce({ timeline, atMs, query }: { readonly timeline: Timeline; readonly atMs: number; readonly query: Query }) {
  const index = useDeferred(decisionAt(timeline, atMs));
  const id = timeline.decisionIds[index] ?? null;
  const path = id === null ? undefined : `/api/v1/decision?${new URLSearchParams({ id, policy: timeline.policy }).toString()}`;
  const { data, error } = useResource<DecisionPage>(path);
  const madeAtMs = timeline.decisionAtMs[index];
  return (
    <Panel
      title={`Decision in force, ${timeline.policy}`}
      note={madeAtMs === undefined ? undefined : `made ${duration(atMs - madeAtMs)} before`}
    >
      {madeAtMs === undefined ? (
        <Empty title="None was made yet" isSmall />
      ) : (
        <>
          <p>
            <b>{plural(timeline.decisionTo[index] ?? 0, 'replica')}</b> wanted at {dateTime(madeAtMs)}
          </p>
          <p class="soft">{timeline.decisionReasons[index]}</p>
          {id === null && <p class="faint">This rule records no plan that could be replayed.</p>}
          {error !== undefined && <Tag level="bad">{error.message}</Tag>}
          {data !== undefined && id !== null && (
            <>
              <p class="faint">
                {data.decision.plan.clamps.length === 0
                  ? 'No rule changed it.'
                  : `Changed by ${data.decision.plan.clamps.map(({ name }) => name).join(', ')}.`}{' '}
                Needed as foreseen:{' '}
                {data.decision.plan.trajectory
                  .map(({ atMs: at, replicas }) => `${replicas} ${at === madeAtMs ? 'now' : `in ${duration(at - madeAtMs)}`}`)
                  .join(', ')}
              </p>
              <a class="button" href={link('decision', id, { ...query, policy: timeline.policy })}>
                Why, and replay it
              </a>
            </>
          )}
        </>
      )}
    </Panel>
  );
}

function useRunKeys(
  timeline: Timeline | undefined,
  at: number,
  intervalMs: number,
  move: { readonly current: (to: number) => void },
): void {
  const now = useRef({ timeline, at });
  now.current = { timeline, at };
  useEffect(() => {
    const hour = Math.max(1, Math.round(3_600_000 / intervalMs));
    const press = (event: KeyboardEvent): void => {
      const { timeline, at } = now.current;
      if (timeline === undefined || isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = event.shiftKey ? hour : 1;
      const jump = event.key === 'n' ? nextDecision(timeline, at) : event.key === 'v' ? nextViolation(timeline, at) : undefined;
      const to = event.key === 'ArrowLeft' ? at - step : event.key === 'ArrowRight' ? at + step : jump;
      if (to === undefined) return;
      event.preventDefault();
      move.current(to);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [intervalMs]);
}

const KEEP_AFTER_MS = 300;

/** The moment goes into the address when it has been still for a while, so that a link leads back to it. */
function useKeptMoment(run: RunInfo, at: number, query: Query, a: string, b: string): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      const atMs = String(run.startMs + at * run.intervalMs);
      if (query['at'] !== atMs && (at !== 0 || query['at'] !== undefined))
        go(link('run', '', { a, b: b === '' ? 'none' : b, at: atMs }), true);
    }, KEEP_AFTER_MS);
    return () => clearTimeout(timer);
  }, [at, a, b]);
}
