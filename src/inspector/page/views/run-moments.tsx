import { useRef, useState } from 'preact/hooks';
import type { Run, Timeline } from '../../api/recording.ts';
import { dateTime, duration, figure, plural } from '../format.ts';
import { useResource } from '../live.ts';
import { Panel, Tag, Trouble, Waiting } from '../parts/basics.tsx';
import { TableHead } from '../parts/table-head.tsx';
import { Around, Overview, topAround } from './run-charts.tsx';
import { InForce } from './run-decision.tsx';
import { useKeptMoment, useRunKeys } from './run-keys.ts';
import { Messages, type MessageChoice } from './run-messages.tsx';
import { between, intervalAt, nextDecision, nextViolation } from './run-moment.ts';

type Query = Readonly<Record<string, string>>;

/** One moment of a run under two policies, and the ways to others. */
export function Moments({ run, a, b, query }: { readonly run: Run; readonly a: string; readonly b: string; readonly query: Query }) {
  const first = useResource<Timeline>(a === '' ? undefined : `/api/v1/timeline?${new URLSearchParams({ policy: a }).toString()}`);
  const second = useResource<Timeline>(b === '' ? undefined : `/api/v1/timeline?${new URLSearchParams({ policy: b }).toString()}`);
  const rows = first.data?.required.length ?? 1;
  const [index, setIndex] = useState(() =>
    between(0, Math.round((Number(query['at'] ?? run.startMs) - run.startMs) / run.intervalMs) || 0, 10_000_000),
  );
  const at = between(0, index, rows - 1);
  const [message, setMessage] = useState(() => choiceIn(query));
  const move = useRef<(to: number) => void>(() => {});
  move.current = (to) => {
    setIndex(between(0, to, rows - 1));
    setMessage({ ...message, number: undefined });
  };
  useRunKeys(first.data, at, run.intervalMs, move);
  const place = placeOf(a, b, message);
  useKeptMoment(run, at, query, place);
  if (first.error !== undefined) return <Trouble error={first.error} />;
  if (first.data === undefined) return <Waiting what={a} />;
  const timeline = first.data;
  const atMs = run.startMs + at * run.intervalMs;
  const top = topAround([timeline, second.data], at);
  return (
    <>
      <Panel title="The whole run" note="Click to go there">
        <Overview timeline={timeline} atMs={atMs} onPick={(ms) => move.current(Math.round((ms - run.startMs) / run.intervalMs))} />
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
          onInput={({ currentTarget }) => move.current(currentTarget.valueAsNumber)}
        />
        <Facts timeline={timeline} other={second.data} at={at} atMs={atMs} />
      </Panel>
      <div class="two">
        <Around timeline={timeline} atMs={atMs} intervalMs={run.intervalMs} top={top} />
        {second.data !== undefined && <Around timeline={second.data} atMs={atMs} intervalMs={run.intervalMs} top={top} />}
      </div>
      <div class="two">
        <InForce timeline={timeline} atMs={atMs} query={{ ...place, at: String(atMs) }} />
        {second.data !== undefined && <InForce timeline={second.data} atMs={atMs} query={{ ...place, at: String(atMs) }} />}
      </div>
      <Messages
        run={run}
        labels={[a, b]}
        atMs={atMs}
        choice={message}
        onStep={(number, stepMs) => {
          setIndex(intervalAt(timeline, stepMs));
          setMessage({ ...message, number });
        }}
        onType={(type) => setMessage({ number: undefined, type })}
      />
    </>
  );
}

function choiceIn({ message = '', type = '' }: Query): MessageChoice {
  return { number: /^\d{1,7}$/.test(message) ? Number(message) : undefined, type };
}

/** What of the view is in its address, beside the moment. */
function placeOf(a: string, b: string, { number, type }: MessageChoice): Query {
  const chosen = number === undefined ? {} : { message: String(number) };
  return { a, b: b === '' ? 'none' : b, ...chosen, ...(type === '' ? {} : { type }) };
}

interface FactsProps {
  readonly timeline: Timeline;
  readonly other: Timeline | undefined;
  readonly at: number;
  readonly atMs: number;
}

function Facts({ timeline, other, at, atMs }: FactsProps) {
  return (
    <>
      <p class="moment-facts">
        <b>{dateTime(atMs)}</b> demand {figure(timeline.demand[at])}, {plural(timeline.required[at] ?? 0, 'replica')} needed
      </p>
      <div class="scroll" tabIndex={0} role="group" aria-label="Table, scrolls sideways">
        <table class="even" aria-live="off">
          <TableHead columns={['Policy', '#Ready', '#Requested', '#p95', '']} />
          <tbody>
            <PolicyFacts timeline={timeline} at={at} />
            {other !== undefined && <PolicyFacts timeline={other} at={at} />}
          </tbody>
        </table>
      </div>
    </>
  );
}

function PolicyFacts({ timeline, at }: { readonly timeline: Timeline; readonly at: number }) {
  const { policy, ready, requested, latency, violation } = timeline;
  return (
    <tr>
      <td>{policy}</td>
      <td class="number">{figure(ready[at])}</td>
      <td class="number">{figure(requested[at])}</td>
      <td class="number">{(latency[at] ?? 0) === 0 ? '–' : duration((latency[at] ?? 0) * 1_000)}</td>
      <td>{violation[at] === 1 ? <Tag level="bad">short</Tag> : <Tag level="good">enough</Tag>}</td>
    </tr>
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
