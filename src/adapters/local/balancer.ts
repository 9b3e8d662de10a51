import {
  Agent,
  createServer,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';
import type { Clock } from '../../ports/clock.ts';
import { endToEndHeaders, hasBody, requestHeaders } from './headers.ts';
import { createWaitingRoom } from './waiting-room.ts';

export interface BalancerOptions {
  readonly clock: Clock;
  /** Port on loopback; 0: any free one. Default 0. */
  readonly port?: number;
  /** How long a request waits when no replica is ready, before it is answered 503. Default 5 s. */
  readonly waitMs?: number;
  /** Requests that may wait at once; more are answered 503 right away. Default 1,000. */
  readonly waitingMax?: number;
  /** A replica that sends nothing for this long is given up: 504, or a cut connection after the head. Default 30 s. */
  readonly upstreamTimeoutMs?: number;
  /** A new replica is given a tenth of its share of requests at first, and all of it after this time. Default 0. */
  readonly slowStartMs?: number;
  /** Told of each request as it arrives, before a replica is chosen. */
  readonly onArrival?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** One replica as the balancer sees it. */
export interface Backend {
  readonly id: string;
  readonly port: number;
  /** Requests that were given to it and are not finished. */
  readonly inFlight: number;
  /** New requests may go to it. Set with `open` and `drain`. */
  readonly accepting: boolean;
}

export interface BalancerCounts {
  /** Requests that arrived. */
  readonly arrived: number;
  /** Requests that a replica answered, whatever the status. */
  readonly answered: number;
  /** Requests answered 502, 503 or 504 by the balancer itself. */
  readonly refused: number;
  /** Requests that were given to another replica after the first failed. */
  readonly retried: number;
  /** Requests whose answer broke off after its head, and requests that the client gave up. */
  readonly broken: number;
  readonly inFlight: number;
  readonly waiting: number;
}

/** Spreads HTTP requests over replicas on loopback, to the one with the fewest in flight. */
export interface Balancer {
  listen(): Promise<{ readonly url: string; readonly port: number }>;
  /** Takes a replica in, accepting. */
  add(id: string, port: number): Backend;
  /** Gives it new requests again. */
  open(id: string): void;
  /** Gives it no new requests; calls `idle` once, when the last in flight is done (at once if there is none). */
  drain(id: string, idle: () => void): void;
  /** Forgets it and cuts its connections. */
  remove(id: string): void;
  backends(): readonly Backend[];
  counts(): BalancerCounts;
  /** Takes no new connection, waits up to `graceMs` for what is in flight, then cuts. */
  close(graceMs: number): Promise<void>;
}

interface Member {
  readonly id: string;
  readonly port: number;
  readonly agent: Agent;
  inFlight: number;
  accepting: boolean;
  onIdle: (() => void) | undefined;
  readonly joinedMs: number;
  /** What it has saved up of turns that it did not take. */
  credit: number;
}

/** A request on its way to an answer. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Replicas that failed it so far. */
  readonly tries: number;
  /** The replica that failed it last. */
  readonly avoid: Member | undefined;
}

const HOST = '127.0.0.1';
/** The first try and two more. */
const TRIES_MAX = 3;
/** Part of its share that a new replica is given at the beginning of a slow start. */
const FIRST_SHARE = 0.1;
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

export function createBalancer(options: BalancerOptions): Balancer {
  const upstreamTimeoutMs = options.upstreamTimeoutMs ?? 30_000;
  const slowStartMs = options.slowStartMs ?? 0;
  const members = new Map<string, Member>();
  const waiting = createWaitingRoom(options.clock, options.waitMs ?? 5_000, options.waitingMax ?? 1_000);
  const counts = { arrived: 0, answered: 0, refused: 0, retried: 0, broken: 0, inFlight: 0 };
  let turn = 0;
  let closing = false;

  const server: Server = createServer((request, response) => {
    counts.arrived += 1;
    counts.inFlight += 1;
    response.on('close', () => {
      counts.inFlight -= 1;
      if (!response.writableFinished) counts.broken += 1;
      if (closing) server.closeIdleConnections();
    });
    options.onArrival?.(request, response);
    route({ request, response, tries: 0, avoid: undefined });
  });
  // Longer than any client keeps an idle connection, so that the client is the one that closes.
  server.keepAliveTimeout = 75_000;

  /** The accepting member with the fewest requests in flight; ties go round. The avoided one only if there is no other. */
  function choose(avoid: Member | undefined): Member | undefined {
    const all = [...members.values()].filter((member) => member.accepting);
    turn = all.length === 0 ? 0 : (turn + 1) % all.length;
    const best = leastBusy(all, avoid);
    if (best === undefined || takesItsTurn(best)) return best;
    // Who is alone serves, however new.
    return leastBusy(all.filter(isWarm), avoid) ?? best;
  }

  function leastBusy(all: readonly Member[], avoid: Member | undefined): Member | undefined {
    let best: Member | undefined;
    for (let i = 0; i < all.length; i++) {
      const member = all[(turn + i) % all.length];
      if (member === undefined || (member === avoid && all.length > 1)) continue;
      if (best === undefined || member.inFlight < best.inFlight) best = member;
    }
    return best;
  }

  function ageOf({ joinedMs }: Member): number {
    return slowStartMs === 0 ? 1 : (options.clock.monotonicMs() - joinedMs) / slowStartMs;
  }

  function isWarm(member: Member): boolean {
    return ageOf(member) >= 1;
  }

  /** A new one does in a growing share of cases, by count and not by chance. */
  function takesItsTurn(member: Member): boolean {
    if (isWarm(member)) return true;
    member.credit += Math.max(FIRST_SHARE, ageOf(member));
    if (member.credit < 1) return false;
    member.credit -= 1;
    return true;
  }

  function route(exchange: Exchange): void {
    const { response } = exchange;
    if (closing) response.shouldKeepAlive = false;
    const member = choose(exchange.avoid);
    if (member !== undefined) {
      forward(exchange, member);
      return;
    }
    if (closing) {
      refuse(response, 503, 'The balancer is being stopped.');
      return;
    }
    const visit = waiting.enter(
      () => route(exchange),
      () => refuse(response, 503, 'No replica was ready in time.'),
    );
    if (visit === undefined) refuse(response, 503, 'No replica is ready, and too many requests wait.');
    else response.on('close', visit.leave);
  }

  function refuse(response: ServerResponse, status: number, sentence: string): void {
    if (response.destroyed || response.headersSent) return;
    counts.refused += 1;
    response.writeHead(status, { 'content-type': 'text/plain', 'retry-after': '1' });
    response.end(`${sentence}\n`);
  }

  function forward(exchange: Exchange, member: Member): void {
    const { request, response } = exchange;
    member.inFlight += 1;
    const upstream = httpRequest({
      host: HOST,
      port: member.port,
      agent: member.agent,
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: requestHeaders(request),
      timeout: upstreamTimeoutMs,
    });
    let bodyBegan = false;
    let timedOut = false;
    const giveUp = (): void => void upstream.destroy();
    response.on('close', giveUp);
    upstream.on('timeout', () => {
      timedOut = true;
      upstream.destroy();
    });
    upstream.on('close', () => {
      response.off('close', giveUp);
      release(member);
    });
    upstream.on('response', (answer) => {
      counts.answered += 1;
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', endToEndHeaders(answer));
      pipeline(answer, response, (error) => {
        if (error) response.destroy();
      });
    });
    upstream.on('error', () => {
      if (response.destroyed || response.headersSent) return;
      const mayRepeat = !bodyBegan && (isUnsent(upstream) || IDEMPOTENT.has(request.method ?? ''));
      if (timedOut) refuse(response, 504, 'The replica did not answer in time.');
      else if (mayRepeat && exchange.tries + 1 < TRIES_MAX) {
        counts.retried += 1;
        route({ request, response, tries: exchange.tries + 1, avoid: member });
      } else refuse(response, 502, 'The replica broke the connection.');
    });
    sendBody(request, upstream, () => {
      bodyBegan = true;
    });
  }

  function release(member: Member): void {
    member.inFlight -= 1;
    if (member.inFlight > 0 || member.onIdle === undefined) return;
    const idle = member.onIdle;
    member.onIdle = undefined;
    idle();
  }

  const memberOf = (id: string): Member => {
    const member = members.get(id);
    if (member === undefined) throw new Error(`The balancer knows no replica ${id}.`);
    return member;
  };

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port ?? 0, HOST, () => {
          server.off('error', reject);
          const address = server.address();
          const port = typeof address === 'object' && address !== null ? address.port : 0;
          resolve({ url: `http://${HOST}:${port}`, port });
        });
      }),
    add(id, port) {
      const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
      const member: Member = {
        id,
        port,
        agent,
        inFlight: 0,
        accepting: true,
        onIdle: undefined,
        joinedMs: options.clock.monotonicMs(),
        credit: 0,
      };
      members.set(id, member);
      waiting.callAll();
      return member;
    },
    open(id) {
      const member = memberOf(id);
      member.accepting = true;
      member.onIdle = undefined;
      waiting.callAll();
    },
    drain(id, idle) {
      const member = memberOf(id);
      member.accepting = false;
      if (member.inFlight === 0) idle();
      else member.onIdle = idle;
    },
    remove(id) {
      const member = memberOf(id);
      members.delete(id);
      member.accepting = false;
      member.onIdle = undefined;
      member.agent.destroy();
    },
    backends: () => [...members.values()],
    counts: () => ({ ...counts, waiting: waiting.size() }),
    close: (graceMs) =>
      new Promise((resolve) => {
        closing = true;
        const cut = options.clock.setTimer(graceMs, () => server.closeAllConnections());
        server.close(() => {
          cut.cancel();
          for (const { agent } of members.values()) agent.destroy();
          resolve();
        });
        waiting.dismissAll();
        server.closeIdleConnections();
      }),
  };
}

/** Nothing of the request can have reached the replica: the connection never came to be. */
function isUnsent(upstream: ClientRequest): boolean {
  return upstream.socket === null || upstream.socket.connecting || upstream.socket.bytesWritten === 0;
}

/**
 * Sends the body only over a connection that stands, so that a refused connection leaves the body unread and the request
 * may go to another replica.
 */
function sendBody(request: IncomingMessage, upstream: ClientRequest, began: () => void): void {
  if (!hasBody(request)) {
    upstream.end();
    return;
  }
  const send = (): void => {
    began();
    pipeline(request, upstream, () => {
      // Both ends report their own errors: the client's as `close` of the response, the replica's as `error`.
    });
  };
  upstream.on('socket', (socket) => {
    if (socket.connecting) socket.once('connect', send);
    else send();
  });
}
