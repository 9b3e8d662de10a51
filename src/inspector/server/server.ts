import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { Compile } from 'typebox/compile';
import type { TSchema } from 'typebox';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { openApiDocument } from '../api/openapi.ts';
import { failure, matchRoute, ok, type Answer, type MatchedRoute, type Route } from '../../adapters/http/route.ts';
import type { Health, Source } from '../source.ts';
import { EventStream } from './event-stream.ts';
import { checkOrigin, checkToken, checkWrite, tooMany, type GuardOptions } from './guard.ts';
import { checkHost } from '../../adapters/http/host.ts';
import { isSameToken, Lockout } from '../../adapters/http/token.ts';
import { bounded, listenerOf, type Listener } from '../../adapters/http/listener.ts';
import { Hub, VIEWERS_MAX } from './hub.ts';
import { loadPageFiles, pageFolder, type PageFile } from './page-files.ts';
import { readJson } from '../../adapters/http/read-json.ts';
import { sendAnswer, sendText } from '../../adapters/http/responses.ts';
import { sendFile } from './send-file.ts';
import { Sessions } from './sessions.ts';
import { serverRoutes } from './server-routes.ts';
import { checkCertificate, serverOptions, type ServerTls } from '../../adapters/http/server-tls.ts';

export interface InspectorServerOptions {
  readonly source: Source;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** undefined: nobody is asked for one. Only allowed on loopback. */
  readonly token: string | undefined;
  /** undefined: plain HTTP. */
  readonly tls: ServerTls | undefined;
  /** Names, beside localhost and IP addresses, that it answers to. */
  readonly hosts: readonly string[];
  readonly health: () => Health;
  /** Text of the Prometheus exposition format; undefined: no metrics here. */
  readonly metrics?: () => string;
  /** Default: where the build puts it. */
  readonly pageFolder?: string;
}

const SESSION_PATH = '/api/v1/session';
const EVENTS_PATH = '/api/v1/events';
const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Forescale</title>
<h1>The page was not built</h1><p>The API works. Run <code>npm run build</code> and start the node again.</p></html>`;

export class InspectorServer {
  readonly #options: InspectorServerOptions;
  readonly #guard: GuardOptions;
  readonly #hub: Hub;
  readonly #routes: readonly Route[];
  readonly #checkers = new Map<TSchema, ReturnType<typeof Compile>>();
  readonly #listener: Listener;
  #files: ReadonlyMap<string, PageFile> = new Map();

  constructor(options: InspectorServerOptions) {
    const { source, clock, log, token, tls, hosts } = options;
    this.#options = options;
    this.#guard = { token, hosts, sessions: new Sessions(clock, tls !== undefined), lockout: new Lockout(clock) };
    this.#hub = new Hub({
      clock,
      log,
      nowMs: () => source.about().nowMs,
      refresh: () => source.refresh(),
      onWatched: (isWatched) => source.watched(isWatched),
    });
    source.noteServer({ viewers: () => this.#hub.viewers, dropped: () => this.#hub.dropped });
    const about = { ...options, isAllowedToAct: () => source.about().mayAct };
    this.#routes = [...serverRoutes(about), ...source.routes];
    const answer = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response);
    this.#listener = listenerOf(bounded(tls === undefined ? createServer(answer) : createTlsServer(serverOptions(tls), answer)));
  }

  /** Resolves with the port. Rejects when it cannot be had. */
  async listen(host: string, port: number): Promise<number> {
    this.#files = await loadPageFiles(this.#options.pageFolder ?? pageFolder());
    return this.#listener.listen(host, port);
  }

  close(): Promise<void> {
    this.#hub.close();
    return this.#listener.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      this.#options.log.error({ path: request.url, error }, 'the inspector could not answer');
      if (response.headersSent) response.destroy();
      else sendAnswer(request, response, failure(500, 'failed', 'This could not be answered', 'The log of the node says why.'));
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.canParse(request.url ?? '', 'http://node') ? new URL(request.url ?? '', 'http://node') : undefined;
    if (url === undefined) return sendAnswer(request, response, failure(400, 'bad-path', 'The path cannot be read'));
    const refusal = checkHost(request, this.#guard.hosts);
    if (refusal !== undefined) return sendAnswer(request, response, refusal);
    const { pathname } = url;
    if (pathname === '/healthz' || pathname === '/readyz') return this.#sendHealth(pathname, response);
    const unknown = checkCertificate(request, this.#options.tls);
    if (unknown !== undefined) return sendAnswer(request, response, unknown);
    if (pathname.startsWith('/api/') || pathname === '/metrics') return this.#api(request, response, url);
    return this.#page(request, response, pathname);
  }

  #sendHealth(pathname: string, response: ServerResponse): void {
    const { live, ready, reason } = this.#options.health();
    const isWell = pathname === '/healthz' ? live : live && ready;
    sendText(response, isWell ? 200 : 503, 'text/plain; charset=utf-8', `${isWell ? 'ok' : (reason ?? 'not ready')}\n`);
  }

  async #api(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { pathname } = url;
    const foreign = checkOrigin(request);
    if (foreign !== undefined) return sendAnswer(request, response, foreign);
    if (pathname === SESSION_PATH && request.method === 'POST') return this.#openSession(request, response);
    const refusal = checkToken(request, this.#guard);
    if (refusal !== undefined) return sendAnswer(request, response, refusal, { 'www-authenticate': 'Bearer' });
    if (pathname === '/metrics') return this.#sendMetrics(request, response);
    if (pathname === EVENTS_PATH && request.method === 'GET') return this.#openEvents(request, response, url);
    const matched = matchRoute(this.#routes, request.method ?? 'GET', pathname);
    if (matched === 'unknown')
      return sendAnswer(
        request,
        response,
        failure(404, 'unknown-path', `There is nothing at ${pathname}`, 'GET /api/v1/openapi.json says what there is.'),
      );
    if (matched === 'wrong-method')
      return sendAnswer(request, response, failure(405, 'wrong-method', `${request.method ?? ''} is not for ${pathname}`));
    sendAnswer(request, response, await this.#handle(request, matched, Object.fromEntries(url.searchParams)));
  }

  async #handle(request: IncomingMessage, { route, params }: MatchedRoute, query: Record<string, string>): Promise<Answer> {
    if (route.isWrite === true) {
      if (!this.#options.source.about().mayAct)
        return failure(403, 'read-only', 'This inspector only shows', 'Start the node with --inspector-act to allow changes from here.');
      const refusal = checkWrite(request);
      if (refusal !== undefined) return refusal;
    }
    const wrongQuery = route.query === undefined ? undefined : this.#problemOf(route.query, query);
    if (wrongQuery !== undefined) return failure(400, 'bad-query', wrongQuery);
    if (route.body === undefined) return route.handle({ params, query, body: undefined });
    const read = await readJson(request);
    if (!read.ok) return read.answer;
    const wrongBody = this.#problemOf(route.body, read.value);
    return wrongBody === undefined ? route.handle({ params, query, body: read.value }) : failure(400, 'bad-body', wrongBody);
  }

  #problemOf(schema: TSchema, value: unknown): string | undefined {
    let checker = this.#checkers.get(schema);
    if (checker === undefined) this.#checkers.set(schema, (checker = Compile(schema)));
    if (checker.Check(value)) return undefined;
    const [first] = checker.Errors(value);
    return first === undefined ? 'It is not what is wanted' : `${first.instancePath === '' ? 'It' : first.instancePath}: ${first.message}`;
  }

  #sendMetrics(request: IncomingMessage, response: ServerResponse): void {
    const { metrics } = this.#options;
    if (metrics === undefined) return sendAnswer(request, response, failure(404, 'no-metrics', 'No metrics are kept here'));
    sendText(response, 200, 'text/plain; version=0.0.4; charset=utf-8', metrics());
  }

  async #openSession(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { token, sessions, lockout } = this.#guard;
    if (token === undefined) return sendAnswer(request, response, ok({ done: true, message: 'No token is needed.' }));
    if (lockout.isLockedOut()) return sendAnswer(request, response, tooMany());
    const read = await readJson(request);
    if (!read.ok) return sendAnswer(request, response, read.answer);
    const { value } = read;
    const given = typeof value === 'object' && value !== null && 'token' in value && typeof value.token === 'string' ? value.token : '';
    if (!isSameToken(given, token)) {
      lockout.noteFailure();
      return sendAnswer(
        request,
        response,
        failure(401, 'wrong-token', 'This is not the token', 'It is the one that the node was started with.'),
      );
    }
    sendAnswer(request, response, ok({ done: true, message: 'Welcome.' }), { 'set-cookie': sessions.open() });
  }

  #openEvents(request: IncomingMessage, response: ServerResponse, url: URL): void {
    if (this.#hub.isFull) {
      const answer = failure(503, 'too-many-viewers', `${VIEWERS_MAX} pages are open already`, 'Close one.');
      return sendAnswer(request, response, answer, { 'retry-after': '10' });
    }
    const subscription = this.#options.source.subscribe(Object.fromEntries(url.searchParams));
    // A stream ends with the session that opened it.
    const isAllowed = (): boolean => checkToken(request, this.#guard) === undefined;
    this.#hub.add((onClose) => new EventStream(response, onClose), subscription, isAllowed);
  }

  #page(request: IncomingMessage, response: ServerResponse, pathname: string): void {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendAnswer(request, response, failure(405, 'wrong-method', 'Pages can only be read'));
    const file = this.#files.get(pathname === '/' ? '/index.html' : pathname);
    if (file !== undefined) return sendFile(request, response, file);
    if (this.#files.size === 0 && pathname === '/') return sendText(response, 503, 'text/html; charset=utf-8', NOT_BUILT);
    sendText(response, 404, 'text/plain; charset=utf-8', 'There is nothing here.\n');
  }
}

/** The document alone, for whoever wants it as a file. */
export function openApiOf(routes: readonly Route[], version: string): Readonly<Record<string, unknown>> {
  return openApiDocument(routes, version);
}
