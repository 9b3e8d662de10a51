import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../ports/clock.ts';
import { isHealthChecker } from './health-check.ts';
import { Lines, type Line } from './lines.ts';
import type { Recorder } from './recorder.ts';
import { RequestClock } from './request-clock.ts';

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

/** In shorter intervals a time of ten milliseconds ago would often be of the interval before. */
const SHARED_TIME_FROM_MS = 1_000;

/**
 * The hot path. As long as nobody asks for the work of a single request, it leaves nothing behind on a connection that carries
 * one type: no closure, no listener, no table that the collector would have to keep up.
 */
export function recordTypedRequests(options: RequestRecording): TypedRequestHook {
  const { recorder, clock, ignore = isHealthCheck, sourceOf, typeOf, onError } = options;
  const isWorkAsked = options.cpuSecondsOf !== undefined || options.memoryBytesOf !== undefined;
  const lines = new Lines(isWorkAsked ? undefined : recorder);
  const watchWork = isWorkAsked ? createWorkWatch(options) : undefined;
  const arrivals = recorder.intervalMs >= SHARED_TIME_FROM_MS ? new RequestClock(clock) : clock;
  return (request, response, known) => {
    try {
      if (ignore(request)) return;
      const type = typeOf === undefined ? (known ?? defaultType(request)) : typeOf(request);
      const source = sourceOf === undefined ? namedSource(request) : sourceOf(request);
      const line = lines.carrying(request.socket, type);
      recorder.record(arrivals.nowMs(), 0, 0, 0, source ?? line.source, type);
      if (watchWork !== undefined) watchWork(request, response, line, type);
      else if (line.isAskedEach) response.on('close', () => lines.settle(line));
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

function isHealthCheck(request: IncomingMessage): boolean {
  return isHealthChecker(headerOf(request, 'user-agent'));
}

function namedSource(request: IncomingMessage): string | undefined {
  return headerOf(request, 'x-forescale-source');
}

/** Read from the headers as they came: node makes `headers` of them only when somebody asks. `name` in lower case. */
function headerOf(request: IncomingMessage, name: string): string | undefined {
  const { rawHeaders } = request as Partial<IncomingMessage>;
  // A request that a serverless adapter made up may have the others alone.
  if (rawHeaders === undefined) return madeUpHeader(request, name);
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const own = rawHeaders[i];
    if (own?.length === name.length && own.toLowerCase() === name) return rawHeaders[i + 1];
  }
  return undefined;
}

function madeUpHeader({ headers }: Partial<IncomingMessage>, name: string): string | undefined {
  const value = headers?.[name];
  return typeof value === 'string' ? value : undefined;
}

function defaultType(request: IncomingMessage): string {
  const path = request.url ?? '/';
  const end = path.slice(1).search(/[/?#]/);
  return `${request.method ?? 'GET'}:${end === -1 ? path : path.slice(0, end + 1)}`;
}
