import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { kindOf, pseAddress, shardOf } from '../../protocol/address.ts';
import { encodeMessage } from '../../protocol/codec.ts';
import type { Control } from '../../protocol/control.ts';
import { createMessage } from '../../protocol/create-message.ts';
import type { ControlRequest, DeadLetterRequest, DrainRequest } from '../api/acting.ts';
import { failure, ok, type Answer } from '../../adapters/http/route.ts';
import type { PoolFeed } from './feed.ts';

/** The answer is on its way by then. */
const DRAIN_AFTER_MS = 250;

export interface ActingOptions {
  readonly node: string;
  /** Hands everything over and stops this node. */
  readonly drain: () => void;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly feed: PoolFeed;
}

/** Hands a person's wish to the actor that it concerns. It is taken there with its reason, and published with what it changes. */
export async function control({ bus, clock, log, feed }: ActingOptions, request: ControlRequest): Promise<Answer> {
  const { command, by, reason } = request;
  const pool = 'pool' in request ? request.pool : poolOfActor(request.actor);
  if (feed.log(pool) === undefined) return failure(404, 'unknown-pool', `There is no pool ${pool}`);
  const nowMs = clock.nowMs();
  const data: Control = {
    pool,
    command,
    by,
    reason,
    ...('replicas' in request ? { replicas: request.replicas, expiresAtMs: nowMs + request.forMs } : {}),
    ...('level' in request ? { level: request.level } : {}),
    ...('actor' in request ? { actor: request.actor } : {}),
  };
  const to = data.actor ?? pseAddress(pool);
  const contentType = 'application/msgpack';
  const body = encodeMessage(createMessage('control', data, { source: `inspector/${by}`, timeMs: nowMs }), contentType);
  await bus.append([{ shard: shardOf(to), to, contentType, body, atMs: nowMs }]);
  log.info({ pool, command, by, reason }, 'a person acted through the inspector');
  // The runtime takes this one itself, and no actor publishes it.
  if (command === 'resume-actor') feed.audit.push({ atMs: nowMs, what: `resume ${data.actor ?? ''}`, by, pool, reason });
  return ok({ done: true, message: sentence(data) });
}

/** A dead letter is appended to its stream again, or dropped. */
export async function handleDeadLetter({ bus, clock, log, feed }: ActingOptions, request: DeadLetterRequest): Promise<Answer> {
  const { shard, id, by, reason } = request;
  const isDone = request.do === 'replay' ? await bus.replayDeadLetter(shard, id) : await bus.dropDeadLetter(shard, id);
  if (!isDone) return failure(404, 'gone', `There is no dead letter ${id} in shard ${shard}`, 'Somebody may have handled it already.');
  feed.audit.push({ atMs: clock.nowMs(), what: `${request.do} dead letter ${shard}/${id}`, by, pool: '', reason });
  log.info({ shard, letter: id, what: request.do, by, reason }, 'a person handled a dead letter');
  return ok({ done: true, message: request.do === 'replay' ? 'It was put back into its stream.' : 'It was dropped.' });
}

/** Only the node that is asked: it alone can finish what it does before it goes. */
export function drainNode({ node, drain, clock, log, feed }: ActingOptions, request: DrainRequest): Answer {
  const { by, reason } = request;
  if (request.node !== node) return failure(404, 'other-node', `This is ${node}, not ${request.node}`, 'Ask that node, on its own page.');
  feed.audit.push({ atMs: clock.nowMs(), what: `drain ${node}`, by, pool: '', reason });
  log.info({ by, reason }, 'a person drains this node through the inspector');
  clock.setTimer(DRAIN_AFTER_MS, drain);
  return ok({ done: true, message: `${node} hands its shards over, finishes what it does, and stops.` });
}

function sentence({ pool, command, replicas, level, expiresAtMs }: Control): string {
  const texts: Readonly<Record<Control['command'], string>> = {
    pause: `${pool} is paused: it goes on planning and changes nothing.`,
    resume: `${pool} is steered by its plans again.`,
    override: `${pool} is held at ${replicas ?? '?'}${untilText(expiresAtMs)}.`,
    autonomy: `${pool} is trusted with ${level ?? '?'} autonomy.`,
    reset: `${pool} forgets what it has learned of its target and its rules.`,
    train: `${pool} trains its model as soon as it can.`,
    'resume-actor': 'The actor goes on with what was set aside for it.',
  };
  return texts[command];
}

function untilText(expiresAtMs: number | null | undefined): string {
  return expiresAtMs === undefined || expiresAtMs === null ? '' : ` until ${new Date(expiresAtMs).toISOString()}, then by its plans`;
}

/** `web` of `pla:web/web-1`. */
function poolOfActor(address: string): string {
  const rest = address.slice(kindOf(address).length + 1);
  return rest.split('/')[0] ?? rest;
}
