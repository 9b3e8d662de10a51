import type { Clock } from '../../ports/clock.ts';
import { targetError } from '../../ports/target.ts';
import { exchange, type ExchangeRequest } from '../http/exchange.ts';
import { failedExchange, failedStatus, type Failed, type Intent } from '../http/target-failure.ts';
import type { Connection } from './connection.ts';
import { createConnections } from './connections.ts';
import { CredentialsError, type Identity } from './credentials.ts';
import { isObject, listAt, parseJson, textAt, type JsonObject } from './json.ts';

export type KubernetesResult = { readonly ok: true; readonly value: JsonObject } | (Failed & { readonly status?: KubernetesStatus });

/** What a refusal says about itself. */
export interface KubernetesStatus {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  /** Names of the fields that were found wrong. */
  readonly fields: readonly string[];
}

export interface KubernetesRequest {
  readonly method: ExchangeRequest['method'];
  /** Path and query. */
  readonly path: string;
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly intent: Intent;
}

export interface KubernetesClient {
  readonly server: URL;
  readonly namespace: string;
  /** One exchange; after a 401 one more with renewed credentials, since the first had no effect. Never rejects. */
  send(request: KubernetesRequest): Promise<KubernetesResult>;
  /** Lines of a watch as they come. Resolves when it ends; a failure to begin is returned. */
  watch(path: string, onEvent: (event: JsonObject) => void, signal: AbortSignal): Promise<Failed | undefined>;
  /** Requests sent so far, watches included. */
  readonly requests: number;
  close(): Promise<void>;
}

/** Name under which the server keeps what we changed. */
export const FIELD_MANAGER = 'forescale';

const TIMEOUT_MS = 15_000;
/** A list of some ten thousand objects. */
const BYTES_MAX = 256 * 1024 * 1024;

export function createKubernetesClient(connection: Connection, clock: Clock, timeoutMs = TIMEOUT_MS): KubernetesClient {
  const { server, credentials } = connection;
  const who = server.host;
  /** Some servers stand behind a path of a common address. */
  const base = server.pathname.replace(/\/$/, '');
  let requests = 0;
  const connections = createConnections(connection);

  const headersOf = ({ token }: Identity): Record<string, string> => ({
    accept: 'application/json',
    'user-agent': FIELD_MANAGER,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  });
  const identify = async (): Promise<Identity | Failed> => {
    try {
      return await credentials.current();
    } catch (error) {
      if (error instanceof CredentialsError) return targetError('unauthenticated', `${who}: ${error.message}`);
      throw error;
    }
  };

  const sendOnce = async (request: KubernetesRequest): Promise<KubernetesResult> => {
    const identity = await identify();
    if ('ok' in identity) return identity;
    requests += 1;
    const ended = await exchange(connections.of(identity), clock, {
      method: request.method,
      url: new URL(base + request.path, server),
      headers: {
        ...headersOf(identity),
        ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      timeoutMs,
      bytesMax: BYTES_MAX,
    });
    if (ended.kind !== 'answer') return failedExchange(ended, request.intent, who);
    const json = parseJson(ended.text);
    if (ended.status >= 200 && ended.status < 300) {
      if (isObject(json)) return { ok: true, value: json };
      return failedExchange({ kind: 'broken', message: 'the answer is no JSON object' }, request.intent, who);
    }
    const status = statusOf(ended.status, json);
    const failed = failedStatus(ended, request.intent, who, status.message);
    return { ...withQuota(failed, status), status };
  };

  return {
    server,
    namespace: connection.namespace,
    get requests() {
      return requests;
    },
    async send(request) {
      const result = await sendOnce(request);
      if (result.ok || result.error.code !== 'unauthenticated') return result;
      credentials.refused();
      return sendOnce(request);
    },
    async watch(path, onEvent, signal) {
      const identity = await identify();
      if ('ok' in identity) return identity;
      requests += 1;
      try {
        const { statusCode, body } = await connections.of(identity).request({
          origin: server.origin,
          path: base + path,
          method: 'GET',
          headers: headersOf(identity),
          signal,
        });
        if (statusCode !== 200) {
          const text = await body.text();
          if (statusCode === 401) credentials.refused();
          return failedStatus(
            { kind: 'answer', status: statusCode, headers: {}, text },
            'read',
            who,
            statusOf(statusCode, parseJson(text)).message,
          );
        }
        await readEvents(body, onEvent);
        return undefined;
      } catch {
        // Cut off, or ended by us: it is begun anew from where it was.
        return signal.aborted ? undefined : targetError('unavailable', `${who}: a watch broke`);
      }
    },
    async close() {
      await connections.close();
    },
  };
}

async function readEvents(body: AsyncIterable<unknown>, onEvent: (event: JsonObject) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = parseJson(line);
      if (isObject(event)) onEvent(event);
    }
  }
}

function statusOf(code: number, json: unknown): KubernetesStatus {
  return {
    code,
    reason: textAt(json, 'reason') ?? '',
    message: textAt(json, 'message') ?? '',
    fields: listAt(json, 'details', 'causes').map((cause) => textAt(cause, 'field') ?? ''),
  };
}

/** A ResourceQuota refuses as forbidden, in these words. */
function withQuota(failed: Failed, { message }: KubernetesStatus): Failed {
  if (failed.error.code !== 'forbidden' || !/exceeded quota/i.test(message)) return failed;
  return targetError('quota', failed.error.message);
}
