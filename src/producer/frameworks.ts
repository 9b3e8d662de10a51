/**
 * Middleware of the common frameworks. They take the frameworks by what they have in common, so none is needed to install
 * this package. Requests are recorded by their route pattern where the framework knows it, which keeps types few. Express is
 * served by `recordRequests` itself.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { recordRequests, recordTypedRequests, type RequestRecording } from './http.ts';

/** Patterns whose types are kept. */
const ROUTES_MAX = 1_000;

export interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (
      request: { readonly raw: IncomingMessage; readonly method: string; readonly routeOptions?: { readonly url?: string | undefined } },
      reply: { readonly raw: ServerResponse },
      done: () => void,
    ) => void,
  ): unknown;
}

/** For Fastify 4 and 5: call it with the instance, before the routes. */
export function recordFastify(fastify: FastifyLike, options: RequestRecording): void {
  const hook = recordTypedRequests(options);
  /** By method and pattern: joining texts for every request would make garbage of them. */
  const types = new Map<string, Map<string, string>>();
  const typeOf = (method: string, url: string): string => {
    const ofMethod = types.get(method) ?? new Map<string, string>();
    types.set(method, ofMethod);
    const type = ofMethod.get(url) ?? `${method}:${url}`;
    if (ofMethod.size < ROUTES_MAX) ofMethod.set(url, type);
    return type;
  };
  fastify.addHook('onRequest', ({ raw, method, routeOptions }, reply, done) => {
    hook(raw, reply.raw, typeOf(method, routeOptions?.url ?? 'unmatched'));
    done();
  });
}

/** For Koa 2 and 3: `app.use(recordKoa(options))`, before everything else. */
export function recordKoa(
  options: RequestRecording,
): (context: { readonly req: IncomingMessage; readonly res: ServerResponse }, next: () => Promise<unknown>) => Promise<unknown> {
  const hook = recordRequests(options);
  return ({ req, res }, next) => {
    hook(req, res);
    return next();
  };
}

/** For Hono on Node (`@hono/node-server`): `app.use(recordHono(options))`. Elsewhere there is no such request, and nothing is recorded. */
export function recordHono(options: RequestRecording): (context: { readonly env: unknown }, next: () => Promise<void>) => Promise<void> {
  const hook = recordRequests(options);
  return ({ env }, next) => {
    const { incoming, outgoing } = (env ?? {}) as { readonly incoming?: IncomingMessage; readonly outgoing?: ServerResponse };
    if (incoming !== undefined && outgoing !== undefined) hook(incoming, outgoing);
    return next();
  };
}
