import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../../ports/clock.ts';
import { readAnswer } from '../external/answer.ts';
import { listenerOf, type Listener } from '../http/listener.ts';
import type { PoolNews } from './news.ts';
import { ANSWER_BYTES_MAX } from './settings.ts';
import { SIGNATURE_HEADER, signedAtMs } from './signature.ts';

export interface CallbackPool {
  readonly secret: string;
  readonly news: PoolNews;
}

/** `POST /<pool>` with the same state that a read answers, signed with the pool's secret. */
export function createCallbackServer(pools: ReadonlyMap<string, CallbackPool>, clock: Clock): Listener {
  /** Newest signature per pool: what was overheard is not taken twice. */
  const newestMs = new Map<string, number>();

  const judge = (name: string, header: string | undefined, body: string): readonly [status: number, words: string] => {
    const pool = pools.get(name);
    // Nobody learns without a secret which pools there are.
    const atMs = pool === undefined ? undefined : signedAtMs(pool.secret, header, body, clock.nowMs());
    if (pool === undefined || atMs === undefined) return [401, 'not signed for this pool'];
    if (atMs <= (newestMs.get(name) ?? 0)) return [409, 'not newer than what was told before'];
    const answer = readAnswer({ ok: true, text: body }, 'the body');
    if (!answer.ok) return [422, answer.error.message];
    newestMs.set(name, atMs);
    return pool.news.put(answer.told) ? [204, ''] : [409, 'of an older generation'];
  };

  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    const name = poolOf(request);
    if (request.method !== 'POST' || name === undefined) {
      end(response, 404, 'POST /<pool>');
      return;
    }
    const take = async (): Promise<void> => {
      const body = await readBody(request);
      if (body === undefined) end(response, 413, `more than ${ANSWER_BYTES_MAX} bytes`);
      else end(response, ...judge(name, headerOf(request), body));
    };
    take().catch(() => response.destroy());
  });

  return listenerOf(server);
}

function poolOf({ url = '' }: IncomingMessage): string | undefined {
  try {
    const name = decodeURIComponent(url.split('?')[0]?.slice(1) ?? '');
    return name === '' ? undefined : name;
  } catch {
    return undefined;
  }
}

function headerOf(request: IncomingMessage): string | undefined {
  const header = request.headers[SIGNATURE_HEADER];
  return typeof header === 'string' ? header : undefined;
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > ANSWER_BYTES_MAX) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function end(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', ...(status === 413 ? { connection: 'close' } : {}) });
  response.end(words === '' ? undefined : `${words}\n`);
}
