import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../ports/clock.ts';
import { Arrivals } from './arrivals.ts';
import { isHealthChecker } from './health-check.ts';
import { Lines, type Line } from './lines.ts';
import type { Recorder } from './recorder.ts';

export interface RequestRecording {
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** Who asks. Default: the header `x-forescale-source`, else the remote address. */
  readonly sourceOf?: (request: IncomingMessage) => string;
  /** Which requests are no load and not recorded. Default: those whose user agent is a known health checker's (`kube-probe/…`). */
  readonly ignore?: (request: IncomingMessage) => boolean;
  /** What is asked for; few different answers. Default: `<method>:/<first segment of the path>`. */
  readonly typeOf?: (request: IncomingMessage) => string;
  /**
   * CPU time of a request, seconds, asked when it ends. Default 0, not known: then the CPU time of the process counts, if the
   * recorder is given its figures. `tookMs` is the time to the answer, waiting included.
   */
  readonly cpuSecondsOf?: (request: IncomingMessage, tookMs: number) => number;
  /** Memory that a request needs, bytes. Default: its bytes in and out. */
  readonly memoryBytesOf?: (request: IncomingMessage, bytes: number) => number;
  /** Called when one of the functions above threw. The request goes on; it is not recorded, or without its work. */
  readonly onError?: (error: unknown) => void;
}

export type RequestHook = (request: IncomingMessage, response: ServerResponse, next?: () => void) => void;

/** Records a request of a type that is known already. Never throws. */
export type TypedRequestHook = (request: IncomingMessage, response: ServerResponse, type: string | undefined) => void;

/**
 * Middleware for node:http, and for everything that takes `(request, response, next)`. Counts a request when it arrives, so
 * that a queue shows as load, and its bytes and work when its answer ends. Never throws into a request.
 */
export function recordRequests(options: RequestRecording): RequestHook {
  const hook = recordTypedRequests(options);
  return (request, response, next) => {
    hook(request, response, undefined);
    next?.();
  };
}

/**
 * The hot path. As long as nobody asks for the work of a single request, it leaves nothing behind on a connection that carries
 * one type: no closure, no listener, no table that the collector would have to keep up.
 */
export function recordTypedRequests(options: RequestRecording): TypedRequestHook {
  const { recorder, clock, ignore, sourceOf, typeOf, onError } = options;
  const isWorkAsked = options.cpuSecondsOf !== undefined || options.memoryBytesOf !== undefined;
  const headers = new KnownHeaders();
  const lines = new Lines(recorder, !isWorkAsked);
  const watchWork = isWorkAsked ? createWorkWatch(options) : undefined;
  const arrivals = new Arrivals(recorder, clock);
  return (request, response, known) => {
    try {
      headers.read(request);
      if (ignore === undefined ? isHealthChecker(headers.userAgent) : ignore(request)) return;
      const type = typeOf === undefined ? (known ?? defaultType(request)) : typeOf(request);
      const source = sourceOf === undefined ? headers.source : sourceOf(request);
      const line = lines.of(request.socket);
      arrivals.count();
      lines.carry(line, type, source ?? line.address);
      if (watchWork !== undefined) watchWork(request, response, line, type);
      else if (line.isAskedEach) response.on('close', () => lines.settleBytes(line));
    } catch (error) {
      tell(onError, error);
    }
  };
}

/** Asks what a request took when its answer ends. */
function createWorkWatch({ recorder, clock, cpuSecondsOf, memoryBytesOf, onError }: RequestRecording) {
  return (request: IncomingMessage, response: ServerResponse, line: Line, type: string): void => {
    const arrivedMs = clock.monotonicMs();
    response.on('close', () => {
      try {
        const bytes = line.takeBytes();
        const cpuSeconds = cpuSecondsOf === undefined ? 0 : cpuSecondsOf(request, clock.monotonicMs() - arrivedMs);
        recorder.addWork(clock.nowMs(), cpuSeconds, memoryBytesOf === undefined ? bytes : memoryBytesOf(request, bytes), bytes, type);
      } catch (error) {
        tell(onError, error);
      }
    });
  };
}

function tell(onError: RequestRecording['onError'], error: unknown): void {
  try {
    onError?.(error);
  } catch {
    // Whoever is told of errors has one himself; there is nobody left to tell.
  }
}

const USER_AGENT = 'user-agent';
const SOURCE = 'x-forescale-source';

/**
 * The headers that are asked for, found in one pass over those that came: node makes `headers` of them only when somebody asks. One
 * for all requests, so that none leaves an object behind.
 */
class KnownHeaders {
  userAgent: string | undefined;
  source: string | undefined;

  read(request: Partial<IncomingMessage>): void {
    this.userAgent = undefined;
    this.source = undefined;
    const { rawHeaders } = request;
    // A request that a serverless adapter made up may have the others alone.
    if (rawHeaders === undefined) return this.#readMadeUp(request.headers);
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const { length } = rawHeaders[i] as string;
      if (length === USER_AGENT.length && rawHeaders[i]?.toLowerCase() === USER_AGENT) this.userAgent ??= rawHeaders[i + 1];
      else if (length === SOURCE.length && rawHeaders[i]?.toLowerCase() === SOURCE) this.source ??= rawHeaders[i + 1];
    }
  }

  #readMadeUp(headers: IncomingMessage['headers'] = {}): void {
    this.userAgent = textOf(headers[USER_AGENT]);
    this.source = textOf(headers[SOURCE]);
  }
}

const textOf = (header: string | readonly string[] | undefined): string | undefined => (typeof header === 'string' ? header : undefined);

function defaultType(request: IncomingMessage): string {
  const path = request.url ?? '/';
  const end = path.slice(1).search(/[/?#]/);
  return `${request.method ?? 'GET'}:${end === -1 ? path : path.slice(0, end + 1)}`;
}
