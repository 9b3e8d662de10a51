import type { DecisionPage } from '../../api/decisions.ts';
import type { Decision } from '../../../protocol/plan.ts';
import type { Timeline } from '../../api/recording.ts';
import { dateTime, duration, plural } from '../format.ts';
import { useResource } from '../live.ts';
import { Empty, Panel, Tag } from '../parts/basics.tsx';
import { useDeferred } from '../parts/deferred.ts';
import { link } from '../router.ts';
import { decisionAt } from './run-moment.ts';

type Query = Readonly<Record<string, string>>;

/** The last decision before the moment: what it wanted, and why. */
export function InForce({ timeline, atMs, query }: { readonly timeline: Timeline; readonly atMs: number; readonly query: Query }) {
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
                {changedBy(data.decision.plan)} {foreseen(data.decision.plan, madeAtMs)}
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

type Plan = Decision['plan'];

function changedBy({ clamps }: Plan): string {
  return clamps.length === 0 ? 'No rule changed it.' : `Changed by ${clamps.map(({ name }) => name).join(', ')}.`;
}

function foreseen({ trajectory }: Plan, madeAtMs: number): string {
  const needs = trajectory.map(({ atMs, replicas }) => `${replicas} ${atMs === madeAtMs ? 'now' : `in ${duration(atMs - madeAtMs)}`}`);
  return needs.length === 0 ? 'No forecast was ready.' : `Needed as foreseen: ${needs.join(', ')}.`;
}
