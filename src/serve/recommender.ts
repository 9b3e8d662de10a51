/**
 * The HTTP recommender of Datadog's WatermarkPodAutoscaler: `POST /wpa/<pool>` with the state of the workload, answered with
 * target, lower, upper, time and reason. Every other status than 200 makes it leave the count as it is.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { failure, matchRoute, ok, type Answer, type Route } from '../adapters/http/route.ts';
import { bounded, listenerOf, type Listener } from '../adapters/http/listener.ts';
import { checkHost } from '../adapters/http/host.ts';
import { readJson } from '../adapters/http/read-json.ts';
import { sendAnswer } from '../adapters/http/responses.ts';
import { checkCertificate, serverOptions } from '../adapters/http/server-tls.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { Type } from 'typebox';
import { TokenGate, type AccessOptions, type Refusal } from './access.ts';
import type { AdviceBook } from './advice-book.ts';

const REFUSALS: Readonly<Record<Refusal, Answer>> = {
  missing: failure(401, 'token-needed', 'A token is needed here', 'Authorization: Bearer TOKEN, or a client certificate with serve.tls.'),
  wrong: failure(401, 'wrong-token', 'This is not the token'),
  locked: failure(429, 'too-many-tries', 'Too many wrong tokens', 'Wait a minute.'),
};

export interface RecommenderOptions extends AccessOptions {
  readonly book: AdviceBook;
  readonly clock: Clock;
  readonly log: Log;
}

export function createRecommender(options: RecommenderOptions): Listener {
  const { tls, log } = options;
  const gate = new TokenGate(options, options.clock);
  const routes = [recommend(options.book)];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      sendAnswer(request, response, await answerOf(request, routes, gate, options));
    } catch (error) {
      log.error({ error }, 'the recommender could not answer');
      response.destroy();
    }
  };
  const take = (request: IncomingMessage, response: ServerResponse): void => void answer(request, response);
  return listenerOf(bounded(tls === undefined ? createServer(take) : createTlsServer(serverOptions(tls), take)));
}

async function answerOf(request: IncomingMessage, routes: readonly Route[], gate: TokenGate, access: AccessOptions): Promise<Answer> {
  const unknown = checkCertificate(request, access.tls);
  if (unknown !== undefined) return unknown;
  // Where anybody may ask, a page of another site must not get here by a name that was bent.
  const bent = access.token === undefined && access.tls?.clientCa === undefined ? checkHost(request, []) : undefined;
  if (bent !== undefined) return bent;
  const refusal = gate.refuse(request.headers.authorization);
  if (refusal !== undefined) return REFUSALS[refusal];
  const path = (request.url ?? '').split('?')[0] ?? '';
  const matched = matchRoute(routes, request.method ?? 'GET', path);
  if (matched === 'unknown') return failure(404, 'unknown-path', 'POST /wpa/<pool> is all there is');
  if (matched === 'wrong-method') return failure(405, 'wrong-method', 'A recommendation is asked for by POST');
  const read = await readJson(request);
  return read.ok ? matched.route.handle({ params: matched.params, query: {}, body: read.value }) : read.answer;
}

function recommend(book: AdviceBook): Route {
  return {
    method: 'POST',
    path: '/wpa/{pool}',
    summary: 'What the pool asks for',
    response: Type.Object({}),
    handle({ params, body }) {
      if (!isRequest(body)) return failure(400, 'bad-body', 'The body is no WorkloadRecommendationRequest: `targetRef` is missing');
      const advised = book.of(params['pool'] ?? '');
      if (!advised.ok) return failure(advised.code === 'unknown-pool' ? 404 : 503, advised.code, advised.message);
      const { replicas, lower, upper, atMs, reason } = advised;
      // Its reader refuses every field that it does not know.
      return ok({
        timestamp: new Date(atMs).toISOString(),
        targetReplicas: replicas,
        lowerBoundReplicas: lower,
        upperBoundReplicas: upper,
        reason,
      });
    },
  };
}

function isRequest(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || !('targetRef' in body)) return false;
  return typeof body.targetRef === 'object' && body.targetRef !== null;
}
