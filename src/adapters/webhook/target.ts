import { Agent, type Dispatcher } from 'undici';
import { sleep, type Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { Target } from '../../ports/target.ts';
import type { Asked } from '../external/answer.ts';
import type { Question } from '../external/question.ts';
import { createExternalTarget } from '../external/target.ts';
import { exchange, type Exchange } from '../http/exchange.ts';
import { RetryBudget } from '../http/retry-budget.ts';
import { failedExchange, failedStatus, type Intent } from '../http/target-failure.ts';
import type { PoolNews } from './news.ts';
import { ANSWER_BYTES_MAX, RETRY_FIRST_MS, TRIES_MAX, type WebhookPoolSettings } from './settings.ts';
import { SIGNATURE_HEADER, signatureOf } from './signature.ts';

export interface WebhookTarget extends Target {
  close(): Promise<void>;
}

export interface WebhookContext {
  readonly clock: Clock;
  readonly random: Random;
  /** What the other side tells by itself. */
  readonly news?: PoolNews;
  /** Default: a pool of connections of its own. */
  readonly dispatcher?: Dispatcher;
}

/** Any system that answers signed questions over HTTP. */
export function createWebhookTarget(settings: WebhookPoolSettings, { clock, random, news, dispatcher }: WebhookContext): WebhookTarget {
  const { pool, url, secret, token, timeoutMs } = settings;
  const connections = dispatcher ?? new Agent({ connections: 4, connect: { timeout: timeoutMs } });
  const budget = new RetryBudget();
  // A query may hold a key.
  const who = `${url.origin}${url.pathname}`;

  const send = (question: Question): Promise<Exchange> => {
    const body = JSON.stringify(question);
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      'user-agent': 'forescale',
      ...(question.do === 'scale' ? { 'idempotency-key': question.idempotencyKey } : {}),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(secret === undefined ? {} : { [SIGNATURE_HEADER]: signatureOf(secret, clock.nowMs(), body) }),
    };
    budget.sent();
    return exchange(connections, clock, { method: 'POST', url, headers, body, timeoutMs, bytesMax: ANSWER_BYTES_MAX });
  };

  const ask = async (question: Question): Promise<Asked> => {
    const intent: Intent = question.do === 'read' ? 'read' : 'write';
    let ended = await send(question);
    for (let tries = 1; tries < TRIES_MAX && mayRepeat(ended, intent) && budget.take(); tries += 1) {
      await sleep(clock, RETRY_FIRST_MS * 2 ** (tries - 1) * (0.5 + random.next() / 2));
      ended = await send(question);
    }
    if (ended.kind !== 'answer') return failedExchange(ended, intent, who);
    if (ended.status >= 200 && ended.status < 300) return { ok: true, text: ended.text };
    return { ...failedStatus(ended, intent, who, ''), text: ended.text };
  };

  const target = createExternalTarget({
    kind: 'webhook',
    pool,
    who,
    clock,
    ask,
    ...(news === undefined ? {} : { news }),
  });
  return {
    kind: target.kind,
    get capabilities() {
      return target.capabilities;
    },
    get: (name) => target.get(name),
    scale: (request) => target.scale(request),
    async close() {
      if (dispatcher === undefined) await connections.destroy();
    },
  };
}

/** A read costs nothing. A write is repeated here only if it certainly was not seen; whatever else, the action reads first. */
function mayRepeat(ended: Exchange, intent: Intent): boolean {
  if (ended.kind === 'unsent') return true;
  if (intent === 'write') return false;
  return ended.kind === 'lost' || ended.kind === 'broken' || (ended.kind === 'answer' && ended.status >= 500);
}
