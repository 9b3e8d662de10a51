import { Type } from 'typebox';
import type { Clock } from '../../ports/clock.ts';
import { ControlRequest, DeadLetterRequest, Done, DrainRequest } from '../api/acting.ts';
import { ActorDetail, ActorList } from '../api/actors.ts';
import { Cluster } from '../api/cluster.ts';
import { decisionPage, replayResult } from '../api/decision-page.ts';
import { DecisionList, DecisionPage, ReplayResult } from '../api/decisions.ts';
import { PoolDetail, PoolList } from '../api/pools.ts';
import { failure, ok, type Answer, type Route } from '../../adapters/http/route.ts';
import { StateReport } from '../../protocol/state-report.ts';
import { control, drainNode, handleDeadLetter, type ActingOptions } from './acting.ts';
import type { ClusterActors } from './cluster-actors.ts';
import type { PoolFeed } from './feed.ts';

export interface LiveParts extends ActingOptions {
  readonly clock: Clock;
  readonly feed: PoolFeed;
  readonly actors: ClusterActors;
  readonly cluster: () => Promise<Cluster>;
}

const DECISIONS_MAX = 500;

export function liveRoutes(parts: LiveParts): Route[] {
  return [...poolRoutes(parts), ...decisionRoutes(parts), ...actorRoutes(parts), ...actingRoutes(parts)];
}

function poolRoutes({ feed }: LiveParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/pools',
      summary: 'All pools, a line each',
      response: PoolList,
      async handle() {
        await feed.refresh();
        return ok({ pools: feed.rows() });
      },
    },
    {
      method: 'GET',
      path: '/api/v1/pools/{pool}',
      summary: 'One pool with its history: load, forecasts, decisions, actions',
      response: PoolDetail,
      async handle({ params: { pool = '' } }) {
        await feed.refresh();
        const detail = feed.detail(pool);
        return detail === undefined ? unknownPool(pool, feed) : ok(detail);
      },
    },
    {
      method: 'GET',
      path: '/api/v1/pools/{pool}/forecast',
      summary: 'The last state report of a pool’s total: load, forecast quantiles, confidence, recommendations',
      response: StateReport,
      async handle({ params: { pool = '' } }) {
        await feed.refresh();
        const log = feed.log(pool);
        if (log === undefined) return unknownPool(pool, feed);
        if (log.report === undefined)
          return failure(503, 'no-report', `Pool ${pool} has not reported yet`, 'The first report comes after the first interval.');
        return ok(log.report);
      },
    },
    {
      method: 'GET',
      path: '/api/v1/pools/{pool}/decisions',
      summary: 'Decisions of a pool, newest first',
      query: Type.Object({ limit: Type.Optional(Type.String({ pattern: '^\\d{1,4}$' })) }),
      response: DecisionList,
      async handle({ params: { pool = '' }, query }) {
        await feed.refresh();
        const log = feed.log(pool);
        if (log === undefined) return unknownPool(pool, feed);
        const limit = Math.min(DECISIONS_MAX, Number(query['limit'] ?? 100));
        const outlines = log.decisions.items.map(({ outline }) => outline);
        return ok({ decisions: limit === 0 ? [] : outlines.slice(-limit).reverse(), total: outlines.length });
      },
    },
  ];
}

const ById = Type.Object({ id: Type.String({ description: 'Of a decision, e.g. `web/17`', minLength: 1, maxLength: 500 }) });

function decisionRoutes({ feed, clock }: LiveParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/decision',
      summary: 'One decision: why it was made, from what, and what would have changed it',
      query: ById,
      response: DecisionPage,
      async handle({ query: { id = '' } }) {
        await feed.refresh();
        const found = await feed.decision(id);
        if (typeof found === 'string') return noDecision(id, found);
        const { decision, log, index } = found;
        const items = log.decisions.items;
        const action = [...log.actions.values()].find(({ planId }) => planId === id) ?? null;
        return ok(
          decisionPage(decision, {
            previous: items[index - 1]?.outline.id ?? null,
            next: items[index + 1]?.outline.id ?? null,
            action,
            trace: items[index]?.trace ?? null,
          }),
        );
      },
    },
    {
      method: 'GET',
      path: '/api/v1/replay',
      summary: 'Plans a decision again from its recorded inputs, and compares every field',
      query: ById,
      response: ReplayResult,
      async handle({ query: { id = '' } }) {
        await feed.refresh();
        const found = await feed.decision(id);
        return typeof found === 'string' ? noDecision(id, found) : ok(replayResult(found.decision, () => clock.monotonicMs()));
      },
    },
  ];
}

function actorRoutes({ actors, cluster, feed }: LiveParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/actors',
      summary: 'The actors of all nodes',
      response: ActorList,
      async handle() {
        return ok(await actors.list());
      },
    },
    {
      method: 'GET',
      path: '/api/v1/actor',
      summary: 'One actor: its state, its last messages, its machine',
      query: Type.Object({ address: Type.String({ minLength: 1, maxLength: 1_000 }) }),
      response: ActorDetail,
      async handle({ query: { address = '' } }) {
        const detail = await actors.detail(address);
        if (detail === undefined) return failure(404, 'unknown-actor', `There is no actor ${address}`, 'It may have ended.');
        if (typeof detail === 'string')
          return failure(503, 'out-of-reach', `${address} cannot be shown: ${detail}`, 'It is asked again; another node may take it over.');
        await feed.refresh();
        return ok({ ...detail, notReady: feed.notReadyOf(address) });
      },
    },
    {
      method: 'GET',
      path: '/api/v1/cluster',
      summary: 'Nodes, shards, leases, dead letters',
      response: Cluster,
      async handle() {
        // Without the bus there is still something to say: that it is away.
        await feed.refresh().catch(() => {});
        return ok(await cluster());
      },
    },
  ];
}

function actingRoutes(parts: LiveParts): Route[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/control',
      summary: 'Pauses, resumes or overrides a pool, lets a quarantined actor go on',
      body: ControlRequest,
      response: Done,
      isWrite: true,
      handle: ({ body }) => control(parts, body as ControlRequest),
    },
    {
      method: 'POST',
      path: '/api/v1/dead-letter',
      summary: 'Replays or drops a dead letter',
      body: DeadLetterRequest,
      response: Done,
      isWrite: true,
      handle: ({ body }) => handleDeadLetter(parts, body as DeadLetterRequest),
    },
    {
      method: 'POST',
      path: '/api/v1/drain',
      summary: 'This node hands its shards over and stops',
      body: DrainRequest,
      response: Done,
      isWrite: true,
      handle: ({ body }) => drainNode(parts, body as DrainRequest),
    },
  ];
}

function unknownPool(pool: string, feed: PoolFeed): Answer {
  const known = feed.rows().length;
  return failure(404, 'unknown-pool', `There is no pool ${pool}`, `This node knows ${known} ${known === 1 ? 'pool' : 'pools'}.`);
}

function noDecision(id: string, why: 'unknown' | 'gone'): Answer {
  if (why === 'gone')
    return failure(410, 'gone', `${id} is too old: the bus has let it go`, 'Newer decisions are in the list of the pool.');
  return failure(
    404,
    'unknown-decision',
    `There is no decision ${id}`,
    'An id looks like web/17. The list of the pool has those that are kept.',
  );
}
