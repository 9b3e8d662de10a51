import { targetError, type TargetError, type TargetErrorCode } from '../../ports/target.ts';
import type { Exchange } from './exchange.ts';

/** What was tried: a repeated read costs nothing, a write may have happened. */
export type Intent = 'read' | 'write';

export type Failed = { readonly ok: false; readonly error: TargetError };

/** Longest text of the other side's that is passed on. */
const MESSAGE_MAX = 500;

/** Of an exchange that brought no whole answer. */
export function failedExchange(ended: Exclude<Exchange, { kind: 'answer' }>, intent: Intent, who: string): Failed {
  const message = `${who}: ${ended.message}`;
  if (ended.kind === 'untrusted') return targetError('untrusted', message);
  if (ended.kind === 'unsent') return targetError('unavailable', message);
  if (intent === 'write') return targetError('unknown-outcome', message);
  return targetError(ended.kind === 'broken' ? 'broken-answer' : 'unavailable', message);
}

/** Of an answer whose status is no success. `reason`: what the answer says in words. */
export function failedStatus(answer: Extract<Exchange, { kind: 'answer' }>, intent: Intent, who: string, reason: string): Failed {
  const { status } = answer;
  const message = `${who}: ${status}${reason === '' ? '' : `, ${reason.slice(0, MESSAGE_MAX)}`}`;
  const code = codeOf(status, intent);
  const retryAfterMs = code === 'throttled' || code === 'unavailable' ? retryAfterOf(answer) : undefined;
  return targetError(code, message, retryAfterMs === undefined ? {} : { retryAfterMs });
}

function codeOf(status: number, intent: Intent): TargetErrorCode {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404 || status === 410) return 'not-found';
  if (status === 409) return 'conflict';
  if (status === 429) return 'throttled';
  // Also one from a proxy in between says nothing about what happened behind it.
  if (status >= 500 || status === 408) return intent === 'write' ? 'unknown-outcome' : 'unavailable';
  if (status >= 400) return 'invalid';
  return 'broken-answer';
}

/** Of a `Retry-After` in seconds or as a date; undefined when there is none. */
function retryAfterOf({ headers }: Extract<Exchange, { kind: 'answer' }>): number | undefined {
  const text = headers['retry-after'];
  if (typeof text !== 'string') return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const untilMs = Date.parse(text);
  const sentMs = Date.parse(typeof headers['date'] === 'string' ? headers['date'] : '');
  // Both by the other side's clock.
  return Number.isFinite(untilMs) && Number.isFinite(sentMs) ? Math.max(0, untilMs - sentMs) : undefined;
}
