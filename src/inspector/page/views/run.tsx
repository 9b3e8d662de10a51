import type { Run as RunInfo } from '../../api/recording.ts';
import { dateTime, duration, plural } from '../format.ts';
import { useEvents, useResource } from '../live.ts';
import { Dot, Trouble, Waiting } from '../parts/basics.tsx';
import { Moments } from './run-moments.tsx';
import { Scores } from './run-scores.tsx';

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
