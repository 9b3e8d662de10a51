/** A web server of the user's as the end of a bridge: each message is one signed POST, in order, until it is taken. */
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Queue, QueueMessage, QueuePlace } from '../../ports/queue.ts';
import { InputError } from '../../problems.ts';
import { SIGNATURE_HEADER, signatureOf } from './signature.ts';

export interface HookOptions {
  /** http[s]://…; the place is added to its path. */
  readonly url: string;
  /** Signs every message; undefined: none is signed. */
  readonly secret: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const ANSWER_MAX_MS = 10_000;
/** Answers that another attempt may change. Any other 4xx says no for good. */
const FOR_NOW = new Set([408, 425, 429]);

export function isHookUrl(text: string): boolean {
  return /^https?:\/\//.test(text);
}

export function openHookQueue({ url, secret, clock, log }: HookOptions): Queue {
  let isConnected = true;
  const post = async ({ name }: QueuePlace, { body, key, headers }: QueueMessage): Promise<void> => {
    const text = Buffer.from(body).toString('utf8');
    const response = await fetch(`${url.replace(/\/$/, '')}/${name}`, {
      method: 'POST',
      body: text,
      redirect: 'error',
      headers: {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'forescale-key': key,
        ...headers,
        ...(secret === undefined ? {} : { [SIGNATURE_HEADER]: signatureOf(secret, clock.nowMs(), text) }),
      },
      signal: AbortSignal.timeout(ANSWER_MAX_MS),
    });
    await response.body?.cancel();
    if (response.ok) return;
    if (response.status >= 500 || response.status < 400 || FOR_NOW.has(response.status)) throw new Error(`it answered ${response.status}`);
    log.warn({ status: response.status, key }, 'the webhook does not want this message; it is passed over');
  };
  return {
    get isConnected() {
      return isConnected;
    },
    async send(to, messages) {
      try {
        for (const message of messages) await post(to, message);
        isConnected = true;
      } catch (error) {
        isConnected = false;
        throw error;
      }
    },
    receive: () =>
      Promise.reject(new InputError([{ place: 'bridge', wanted: '`out` only: a webhook has nothing to be read', found: '`in`' }])),
    close: () => Promise.resolve(),
  };
}
