import { useEffect, useState } from 'preact/hooks';
import type { About } from '../../api/about.ts';
import type { DecisionPage, ReplayResult } from '../../api/decisions.ts';
import type { PlanInputs } from '../../../planning/inputs.ts';
import { ApiError, getJson } from '../api.ts';
import { dateTime, figure, plural } from '../format.ts';
import { useEvents, useResource } from '../live.ts';
import { Panel, Tag, Trouble, Waiting } from '../parts/basics.tsx';
import { link } from '../router.ts';
import { Tree } from '../parts/tree.tsx';
import { Inputs } from './decision-inputs.tsx';
import { ActionRow } from './pool-lists.tsx';

interface DecisionProps {
  readonly id: string;
  readonly about: About;
  readonly query: Readonly<Record<string, string>>;
}

export function Decision({ id, about, query }: DecisionProps) {
  useEvents('watch=1', () => {});
  const params = new URLSearchParams({ id, ...(query['policy'] === undefined ? {} : { policy: query['policy'] }) }).toString();
  const { data, error } = useResource<DecisionPage>(`/api/v1/decision?${params}`);
  const home = about.kind === 'live' ? link('pools', id.slice(0, Math.max(0, id.lastIndexOf('/')))) : link('run', '', query);
  if (error !== undefined)
    return (
      <Trouble error={error}>
        <a class="button" href={home}>
          {about.kind === 'live' ? 'The pool' : 'The run'}
        </a>
      </Trouble>
    );
  if (data === undefined) return <Waiting what={id} />;
  const { decision, explanation, whatIf, previous, next, action, trace } = data;
  const { plan } = decision;
  const neighbour = (other: string): string => link('decision', other, query['policy'] === undefined ? {} : { policy: query['policy'] });
  return (
    <>
      <div class="head">
        <div>
          <p class="crumb">
            <a href={home}>{about.kind === 'live' ? plan.pool : 'Run'}</a> / decision
          </p>
          <h1>
            {plan.id} <span class="faint">{dateTime(plan.atMs)}</span>
          </h1>
        </div>
        <span class="grow" />
        {previous !== null && (
          <a class="button" href={neighbour(previous)} data-key="[">
            ← Previous
          </a>
        )}
        {next !== null && (
          <a class="button" href={neighbour(next)} data-key="]">
            Next →
          </a>
        )}
      </div>
      <div class="stack">
        <section class="panel verdict" aria-label="Verdict">
          <span class="big">
            {plan.previousReplicas}
            <i>→</i>
            {plan.replicas}
          </span>
          <p>{plan.reason}</p>
          <Replay key={params} params={params} />
        </section>
        <div class="two">
          <Panel title="How it came to this number" note="Proposals first, then the rules that changed it, in order">
            <Steps page={data} />
          </Panel>
          <Panel title="What would have changed it" note="Planned again with one thing different at a time">
            {whatIf.length === 0 ? (
              <p class="soft">
                Nothing that was tried leads to another number: load and forecast up to four times higher or a quarter, no forecast, other
                lead times, bounds and speeds.
              </p>
            ) : (
              <ul class="what-if">
                {whatIf.map(({ condition, replicas }) => (
                  <li key={condition}>
                    <span>{condition}</span>
                    <b class="nowrap">{plural(replicas, 'replica')}</b>
                  </li>
                ))}
              </ul>
            )}
          </Panel>
        </div>
        <Panel title="In sentences">
          <ul class="sentences">
            {explanation.map((line, i) => (
              <li key={i} class={line.startsWith('  ') ? 'in' : ''}>
                {line.trim()}
              </li>
            ))}
          </ul>
        </Panel>
        <Inputs pool={plan.pool} inputs={decision.inputs as PlanInputs | null} isLive={about.kind === 'live'} />
        {action !== null && (
          <Panel title="The action that carried it out" note={<a href={link('actors', action.address)}>{action.address}</a>}>
            <div class="scroll" tabIndex={0} role="group" aria-label="Table, scrolls sideways">
              <table>
                <tbody>
                  <ActionRow action={action} />
                </tbody>
              </table>
            </div>
          </Panel>
        )}
        <Panel
          title="As it was recorded"
          note={trace === null ? undefined : `Trace ${trace}: the same id is on the observation, the forecast and the action`}
        >
          <Tree value={decision} label="The record" />
        </Panel>
      </div>
    </>
  );
}

function Steps({ page: { decision } }: { readonly page: DecisionPage }) {
  const { candidates, clamps, winner, replicas } = decision.plan;
  return (
    <ol class="steps">
      {candidates.map(({ name, replicas: proposed, because }) => (
        <li key={`candidate ${name}`} class={name === winner ? 'won' : ''}>
          <span class="count">{proposed}</span>
          <span>
            <b>{name}</b> {name === winner && <Tag level="good">won</Tag>}
            <div class="why">{because}</div>
          </span>
        </li>
      ))}
      {clamps.map(({ name, from, to, because }, i) => (
        <li key={`clamp ${i}`}>
          <span class="count">
            {from} → {to}
          </span>
          <span>
            <b>{name}</b>
            <div class="why">{because}</div>
          </span>
        </li>
      ))}
      <li class="end">
        <span class="count">{replicas}</span>
        <span>
          <b>wanted</b> <span class="faint">{clamps.length === 0 ? 'no rule changed it' : ''}</span>
        </span>
      </li>
    </ol>
  );
}

/** Proves, when asked, that the same comes out again. */
function Replay({ params }: { readonly params: string }) {
  const [result, setResult] = useState<ReplayResult>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => setResult(undefined), [params]);
  const run = async (): Promise<void> => {
    try {
      setResult(await getJson<ReplayResult>(`/api/v1/replay?${params}`));
      setProblem(undefined);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.message);
    }
  };
  return (
    <div class="proof" role="status">
      <button type="button" class="button main" onClick={() => void run()}>
        Replay it
      </button>
      {problem !== undefined && <Tag level="bad">{problem}</Tag>}
      {result?.same === true && (
        <Tag level="good">
          The same: {result.replicas}, all {result.compared} values, in {figure(result.tookMs)} ms
        </Tag>
      )}
      {result?.same === false && <Tag level="bad">Different: {result.differences.join('; ')}</Tag>}
    </div>
  );
}
