import { errors, type Dispatcher } from 'undici';
import type { Clock } from '../../ports/clock.ts';

export interface ExchangeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Origin, path and query. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whole exchange, milliseconds. */
  readonly timeoutMs: number;
  /** A longer answer counts as broken. */
  readonly bytesMax: number;
}

/**
 * How one HTTP exchange ended. `answer`: whole. `broken`: an answer that was cut off or is too long. `unsent`: the other
 * side certainly saw nothing. `untrusted`: it did not prove who it is; nothing was sent. `lost`: it may have seen everything.
 */
export type Exchange =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      readonly text: string;
    }
  | { readonly kind: 'broken' | 'unsent' | 'untrusted' | 'lost'; readonly message: string };

const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT', 'ENOENT']);
const UNTRUSTED = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO)/;

/** Never rejects. What it says about a failure holds no header and no body, so no secret. */
export async function exchange(dispatcher: Dispatcher, clock: Clock, request: ExchangeRequest): Promise<Exchange> {
  const abort = new AbortController();
  const timer = clock.setTimer(request.timeoutMs, () => abort.abort());
  let hasHead = false;
  try {
    const { statusCode, headers, body } = await dispatcher.request({
      origin: request.url.origin,
      path: request.url.pathname + request.url.search,
      method: request.method,
      headers: { ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      signal: abort.signal,
    });
    hasHead = true;
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      const part = chunk as Buffer;
      bytes += part.length;
      if (bytes > request.bytesMax) return { kind: 'broken', message: `the answer is longer than ${request.bytesMax} bytes` };
      chunks.push(part);
    }
    return { kind: 'answer', status: statusCode, headers, text: Buffer.concat(chunks).toString('utf8') };
  } catch (error) {
    if (abort.signal.aborted) return { kind: 'lost', message: `no whole answer came within ${request.timeoutMs} ms` };
    if (hasHead) return { kind: 'broken', message: 'the answer was cut off' };
    return failureOf(error);
  } finally {
    timer.cancel();
  }
}

/** The codes of nested errors: a connection that tries several addresses fails with all of them. */
function codesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  const inner = error instanceof AggregateError ? error.errors.flatMap(codesOf) : [];
  return [...own, ...inner, ...codesOf(error.cause)];
}

function failureOf(error: unknown): Exchange {
  const codes = codesOf(error);
  const untrusted = codes.find((code) => UNTRUSTED.test(code));
  if (untrusted !== undefined) return { kind: 'untrusted', message: `the other side could not be verified (${untrusted})` };
  const unsent = codes.find((code) => UNSENT.has(code));
  if (unsent !== undefined || error instanceof errors.InvalidArgumentError)
    return { kind: 'unsent', message: `it could not be reached (${unsent ?? 'a bad address'})` };
  return { kind: 'lost', message: `the connection broke (${codes[0] ?? 'no reason'})` };
}
