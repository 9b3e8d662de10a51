import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGunzip } from 'node:zlib';
import type { OtlpSettings, SourceSettings } from '../../config/source-settings.ts';
import { LoadBook } from '../load-book.ts';
import { SignalReader } from '../signal-reader.ts';
import { createRefusals, type Source, type SourceContext } from '../source.ts';
import { readOtlpJson } from './json.ts';
import { senderOf, type OtlpPoint } from './metrics.ts';
import { readOtlpProtobuf } from './protobuf.ts';

const BODY_BYTES_MAX = 16 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;
const LABEL = 'otlp';

export interface OtlpSource extends Source {
  /** Where it listens; undefined before it does. */
  readonly port: number | undefined;
}

interface Body {
  readonly bytes: Buffer;
  readonly isJson: boolean;
}

/** Listens for OpenTelemetry metrics over HTTP. */
export function createOtlpSource({ pool, intervalMs }: SourceSettings, settings: OtlpSettings, context: SourceContext): OtlpSource {
  const { clock, meter, emit } = context;
  const book = new LoadBook({ pool, intervalMs, emit });
  const reader = new SignalReader(settings, book);
  const refuse = createRefusals(context, LABEL);
  /** Last export of each sender. */
  const exportedMs = new Map<string, number>();
  let server: Server | undefined;

  const take = (points: readonly OtlpPoint[]): void => {
    const nowMs = clock.nowMs();
    const senders = new Map<string, Set<string>>();
    for (const point of points) {
      if (!reader.isWanted(point.metric)) continue;
      const sender = senderOf(point);
      const beforeMs = exportedMs.get(sender);
      const { metric, attributes, value, kind } = point;
      const producer = reader.take({ metric, labels: attributes, value, kind }, sender, beforeMs ?? nowMs, nowMs, beforeMs !== undefined);
      if (producer === undefined) continue;
      meter.count('forescale_agent_samples_total', { source: LABEL });
      senders.set(sender, (senders.get(sender) ?? new Set()).add(producer));
    }
    if (!reader.endRound()) refuse('too-many', `${reader.refused} readings so far`);
    for (const [sender, producers] of senders) {
      for (const producer of producers) book.watch(producer, exportedMs.get(sender) ?? nowMs, nowMs);
      if (exportedMs.has(sender) || exportedMs.size < SENDERS_MAX) exportedMs.set(sender, nowMs);
    }
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'POST' || request.url?.split('?')[0] !== '/v1/metrics')
      return answer(response, 404, 'POST /v1/metrics is all there is');
    const body = await readBody(request);
    if (typeof body === 'string') {
      refuse('bad-body', body);
      return answer(response, 400, body);
    }
    try {
      take(body.isJson ? readOtlpJson(body.bytes.toString('utf8')) : readOtlpProtobuf(body.bytes));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      refuse('bad-body', reason);
      return answer(response, 400, reason);
    }
    // An empty ExportMetricsServiceResponse: all of it was taken.
    response.writeHead(200, { 'content-type': body.isJson ? 'application/json' : 'application/x-protobuf' });
    response.end(body.isJson ? '{}' : '');
  };

  return {
    get port() {
      return server?.listening === true ? (server.address() as AddressInfo).port : undefined;
    },
    async start() {
      const opened = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
        handle(request, response).catch((error: unknown) => {
          refuse('bad-body', String(error));
          response.destroy();
        });
      });
      server = opened;
      await new Promise<void>((resolve, reject) => {
        opened.once('error', reject);
        opened.listen(settings.port, settings.host, resolve);
      });
    },
    async stop() {
      const closing = server;
      server = undefined;
      if (closing === undefined) return;
      closing.closeAllConnections();
      await new Promise<void>((resolve) => void closing.close(() => resolve()));
    },
  };
}

const SENDERS_MAX = 10_000;

/** A text says why it cannot be read. */
async function readBody(request: IncomingMessage): Promise<Body | string> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim();
  if (type !== 'application/json' && type !== 'application/x-protobuf')
    return `content-type ${type === '' ? 'is missing' : type}; application/x-protobuf and application/json are read`;
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') return `content-encoding ${encoding}; gzip is read`;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of encoding === 'gzip' ? request.pipe(createGunzip()) : request) {
      bytes += (chunk as Buffer).length;
      // Counted after unpacking, so that a small body that unpacks to a huge one ends here.
      if (bytes > BODY_BYTES_MAX) return `more than ${BODY_BYTES_MAX} bytes`;
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    return `the body cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  return { bytes: Buffer.concat(chunks), isJson: type === 'application/json' };
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}
