/** An extension API server, as the aggregation layer of Kubernetes asks it: `external.metrics.k8s.io/v1beta1` for the HPA. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { bounded, listenerOf, type Listener } from '../../adapters/http/listener.ts';
import { sendAnswer, sendText } from '../../adapters/http/responses.ts';
import type { Answer } from '../../adapters/http/route.ts';
import type { ServerTls } from '../../adapters/http/server-tls.ts';
import type { Log } from '../../ports/log.ts';
import type { AdviceBook } from '../advice-book.ts';
import { answerMetrics, type MeasuredPool } from './api.ts';
import { checkCaller, type AggregatorSource } from './callers.ts';
import { refusal } from './status.ts';

export interface ExternalMetricsOptions {
  readonly book: AdviceBook;
  readonly pools: readonly MeasuredPool[];
  readonly tls: ServerTls;
  readonly aggregators: AggregatorSource;
  readonly log: Log;
}

const PROBES = ['/healthz', '/livez', '/readyz'];

export function createExternalMetrics({ book, pools, tls, aggregators, log }: ExternalMetricsOptions): Listener {
  const contextOf = () => ({ cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' as const, ca: aggregators.current?.ca });
  const answerOf = (request: IncomingMessage, url: URL): Answer => {
    const refused = checkCaller(request, aggregators.current);
    if (refused !== undefined) return refused;
    if (request.method !== 'GET') return refusal(405, 'metrics are only read');
    return answerMetrics(url, pools, book);
  };
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    const url = URL.canParse(request.url ?? '', 'https://node') ? new URL(request.url ?? '', 'https://node') : undefined;
    if (url !== undefined && PROBES.includes(url.pathname)) return sendText(response, 200, 'text/plain; charset=utf-8', 'ok\n');
    sendAnswer(request, response, url === undefined ? refusal(400, 'the path cannot be read') : answerOf(request, url));
  };
  // Who has no certificate finishes the handshake, so that probes need none and others are told what is missing.
  const server = bounded(createServer({ ...contextOf(), requestCert: true, rejectUnauthorized: false }, take));
  const listener = listenerOf(server);
  const end = aggregators.onChange(() => {
    server.setSecureContext(contextOf());
    log.info({ names: aggregators.current?.names }, 'the authority of the API server is known');
  });
  return {
    listen: (host, port) => listener.listen(host, port),
    close() {
      end();
      return listener.close();
    },
  };
}
