import { fetch, type Response } from 'undici';
import { InputError } from '../problems.ts';
import { nodeDispatcher } from './node-tls.ts';

const ANSWER_MAX_MS = 10_000;

export function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}

/**
 * Asks the inspector of a node, or tells it something. The token comes from FORESCALE_INSPECTOR_TOKEN, certificates from the
 * files that FORESCALE_INSPECTOR_CA, _CERT and _KEY name.
 * @throws InputError when it does not answer, or says no.
 */
export async function askNode<T>(node: string, path: string, told?: object): Promise<T> {
  const token = process.env['FORESCALE_INSPECTOR_TOKEN'];
  const url = new URL(path, node);
  const dispatcher = nodeDispatcher(process.env);
  let response: Response;
  try {
    response = await fetch(url, {
      ...(told === undefined ? {} : { method: 'POST', body: JSON.stringify(told) }),
      headers: {
        ...(told === undefined ? {} : { 'content-type': 'application/json', 'x-forescale': 'act' }),
        ...(token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(ANSWER_MAX_MS),
      ...(dispatcher === undefined ? {} : { dispatcher }),
    });
  } catch (error) {
    throw new InputError([
      { place: url.origin, wanted: 'a running node (`forescale up` prints the address of its inspector)', found: causeOf(error) },
    ]);
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body as T;
  throw new InputError([{ place: url.origin, wanted: `an answer to ${url.pathname}`, found: `${response.status}: ${messageOf(body)}` }]);
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function messageOf(body: unknown): string {
  if (typeof body !== 'object' || body === null || !('error' in body)) return 'it is no inspector';
  const { error } = body;
  if (typeof error !== 'object' || error === null || !('message' in error)) return 'it is no inspector';
  const hint = 'hint' in error ? ` ${String(error.hint)}` : '';
  return `${String(error.message)}.${hint}`;
}
