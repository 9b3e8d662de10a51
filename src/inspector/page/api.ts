import type { Failure } from '../../adapters/http/failure.ts';

/** What the node said no to, in its words. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(status: number, { code, message, hint }: Failure['error']) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** Told when the node asks for its token: there was none yet, or the session is over. */
const tokenListeners = new Set<(error: ApiError) => void>();

export function onTokenNeeded(listener: (error: ApiError) => void): () => void {
  tokenListeners.add(listener);
  return () => void tokenListeners.delete(listener);
}

const UNREACHABLE: Failure['error'] = {
  code: 'unreachable',
  message: 'The node does not answer',
  hint: 'It may have stopped or be out of reach. This page tries again by itself.',
};

export function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return ask<T>(path, signal === undefined ? {} : { signal });
}

export function postJson<T>(path: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json', 'x-forescale': 'act' };
  return ask<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiError(0, UNREACHABLE);
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body as T;
  const error = new ApiError(
    response.status,
    isFailure(body) ? body.error : { code: 'no-answer', message: `The node answered ${response.status}` },
  );
  if (error.code === 'token-needed') for (const listener of tokenListeners) listener(error);
  throw error;
}

function isFailure(body: unknown): body is Failure {
  return typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'object' && body.error !== null;
}
