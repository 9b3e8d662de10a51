import { Type } from 'typebox';
import type { Clock } from '../../ports/clock.ts';
import type { Decision } from '../../protocol/plan.ts';
import { decisionPage, replayResult } from '../api/decision-page.ts';
import { DecisionPage, ReplayResult } from '../api/decisions.ts';
import { Run, Timeline } from '../api/recording.ts';
import { failure, ok, type Answer, type Route } from '../../adapters/http/route.ts';
import type { Source } from '../source.ts';
import { readDecision } from './decisions-file.ts';
import { messageRoutes } from './message-routes.ts';
import type { RecordedPolicy, RecordedRun } from './open-run.ts';

const OfPolicy = Type.Object({ policy: Type.String({ minLength: 1, maxLength: 200 }) });
const ByIdOfPolicy = Type.Object({ id: Type.String({ minLength: 1, maxLength: 500 }), policy: Type.Optional(Type.String()) });

/** A recorded run as the page sees it. Nothing of it changes, and nothing can be done to it. */
export function createRecordingSource(run: RecordedRun, clock: Clock): Source {
  return {
    routes: [runRoute(run), timelineRoute(run), decisionRoute(run), replayRoute(run, clock), ...messageRoutes(run)],
    about: () => ({ kind: 'recording', title: run.name, startedAtMs: null, nowMs: clock.nowMs(), mayAct: false }),
    refresh: async () => {},
    watched: () => {},
    subscribe: () => ({ tell: () => {} }),
    noteServer: () => {},
  };
}

function runRoute(run: RecordedRun): Route {
  return {
    method: 'GET',
    path: '/api/v1/run',
    summary: 'The recorded run and its policies',
    response: Run,
    handle() {
      const { name, description, seed, policies, problems } = run;
      const [first] = policies;
      return ok({
        name,
        description,
        seed,
        startMs: first?.timeline.startMs ?? 0,
        intervalMs: first?.timeline.intervalMs ?? 60_000,
        policies: policies.map(({ label, timeline, decisions, messages, score }) => ({
          label,
          rows: timeline.required.length,
          decisions: decisions.decisions.length,
          messages: messages?.places.length ?? null,
          score,
        })),
        problems: [...problems],
      });
    },
  };
}

function timelineRoute({ policies }: RecordedRun): Route {
  return {
    method: 'GET',
    path: '/api/v1/timeline',
    summary: 'What one policy did, interval by interval',
    query: OfPolicy,
    response: Timeline,
    handle({ query: { policy = '' } }) {
      const found = policies.find(({ label }) => label === policy);
      if (found === undefined) return noPolicy(policy, policies);
      const { decisions } = found.decisions;
      return ok({
        policy,
        ...found.timeline,
        decisionAtMs: decisions.map(({ atMs }) => atMs),
        decisionIds: decisions.map(({ id }) => id),
        decisionTo: decisions.map(({ to }) => to),
        decisionReasons: decisions.map(({ reason }) => reason),
      });
    },
  };
}

function decisionRoute(run: RecordedRun): Route {
  return {
    method: 'GET',
    path: '/api/v1/decision',
    summary: 'One recorded decision: why it was made, from what, and what would have changed it',
    query: ByIdOfPolicy,
    response: DecisionPage,
    async handle({ query: { id = '', policy } }) {
      const found = await find(run, id, policy);
      if ('status' in found) return found;
      const { decisions } = found.policy.decisions;
      const around = {
        previous: decisions[found.index - 1]?.id ?? null,
        next: decisions[found.index + 1]?.id ?? null,
        action: null,
        trace: null,
      };
      return ok(decisionPage(found.decision, around));
    },
  };
}

function replayRoute(run: RecordedRun, clock: Clock): Route {
  return {
    method: 'GET',
    path: '/api/v1/replay',
    summary: 'Plans a recorded decision again from its inputs, and compares every field',
    query: ByIdOfPolicy,
    response: ReplayResult,
    async handle({ query: { id = '', policy } }) {
      const found = await find(run, id, policy);
      return 'status' in found ? found : ok(replayResult(found.decision, () => clock.monotonicMs()));
    },
  };
}

interface Found {
  readonly policy: RecordedPolicy;
  readonly index: number;
  readonly decision: Decision;
}

/** In the policy that is named, or in the first that has it. */
async function find({ policies }: RecordedRun, id: string, label: string | undefined): Promise<Found | Answer> {
  const searched = label === undefined ? policies : policies.filter((one) => one.label === label);
  if (searched.length === 0) return noPolicy(label ?? '', policies);
  for (const policy of searched) {
    const index = policy.decisions.decisions.findIndex((one) => one.id === id);
    const entry = policy.decisions.decisions[index];
    if (entry === undefined) continue;
    const decision = await readDecision(policy.decisions.path, entry);
    if (typeof decision !== 'string') return { policy, index, decision };
    return failure(422, 'broken-decision', `${id} was recorded, but cannot be read: ${decision}`);
  }
  return failure(
    404,
    'unknown-decision',
    `There is no decision ${id} in this run`,
    'Only policies that plan record decisions that can be replayed.',
  );
}

function noPolicy(label: string, policies: readonly RecordedPolicy[]): Answer {
  return failure(
    404,
    'unknown-policy',
    `There is no policy ${label} in this run`,
    `It has ${policies.map((one) => one.label).join(', ')}.`,
  );
}
