/**
 * Middleware of the common frameworks. They take the frameworks by what they have in common, so none is needed to install
 * this package. Requests are recorded by their route pattern where the framework knows it, which keeps types few. Express is
 * served by `recordRequests` itself.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { recordRequests, recordTypedRequests, type RequestRecording } from './http.ts';

interface FastifyRequestLike {
  readonly raw: IncomingMessage;
  readonly method: string;
  readonly routeOptions?: { readonly url?: string | undefined };
}

export interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequestLike, reply: { readonly raw: ServerResponse }, done: () => void) => void,
  ): unknown;
}

/** For Fastify 4 and 5: call it with the instance, before the routes. */
export function recordFastify(fastify: FastifyLike, options: RequestRecording): void {
  const hook = recordTypedRequests(options);
  const types = new RouteTypes();
  fastify.addHook('onRequest', (request, reply, done) => {
    hook(request.raw, reply.raw, types.of(request));
    done();
  });
}

const typeOfRoute = ({ method, routeOptions }: FastifyRequestLike): string => `${method}:${routeOptions?.url ?? 'unmatched'}`;

/**
 * The type of a request by its route. Fastify makes an object of a dozen fields each time that it is asked for `routeOptions`; so it is
 * asked once for each route and method, and what it keeps with each request of the route, under a symbol of its own, tells them apart.
 * A Fastify that keeps nothing there is asked each time.
 */
class RouteTypes {
  readonly #types = new WeakMap<object, Map<string, string>>();
  #key: symbol | undefined;
  /** What was asked for last, which is asked for again most often. */
  #route: object | undefined;
  #method = '';
  #type = '';

  of(request: FastifyRequestLike): string {
    const route = this.#key === undefined ? this.#find(request) : (request as RouteHolder)[this.#key];
    if (typeof route !== 'object' || route === null) return typeOfRoute(request);
    const { method } = request;
    if (route === this.#route && method === this.#method) return this.#type;
    this.#route = route;
    this.#method = method;
    this.#type = this.#types.get(route)?.get(method) ?? this.#learn(route, request);
    return this.#type;
  }

  #find(request: FastifyRequestLike): unknown {
    const key = Object.getOwnPropertySymbols(request).find(({ description }) => description === 'fastify.context');
    if (key === undefined) return undefined;
    this.#key = key;
    return (request as RouteHolder)[key];
  }

  #learn(route: object, request: FastifyRequestLike): string {
    const type = typeOfRoute(request);
    const ofRoute = this.#types.get(route) ?? new Map<string, string>();
    this.#types.set(route, ofRoute.set(request.method, type));
    return type;
  }
}

type RouteHolder = FastifyRequestLike & Readonly<Record<symbol, unknown>>;

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
