import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../ports/clock.ts';
import type { Recorder } from './recorder.ts';

export interface RequestRecording {
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** Who asks. Default: the header `x-forescale-source`, else the remote address. */
  readonly sourceOf?: (request: IncomingMessage) => string;
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

/** The hot path: one closure and one listener a request, and no table that the collector would have to keep up. */
export function recordTypedRequests(options: RequestRecording): TypedRequestHook {
  const { recorder, clock, sourceOf = defaultSource, typeOf, cpuSecondsOf, memoryBytesOf, onError } = options;
  return (request, response, known) => {
    try {
      const nowMs = clock.nowMs();
      const arrivedMs = cpuSecondsOf === undefined ? 0 : clock.monotonicMs();
      const type = typeOf === undefined ? (known ?? defaultType(request)) : typeOf(request);
      const { socket } = request;
      recorder.record(nowMs, 0, 0, 0, sourceOf(request), type);
      response.on('close', () => {
        try {
          const bytes = bytesOf(socket);
          const cpuSeconds = cpuSecondsOf === undefined ? 0 : cpuSecondsOf(request, clock.monotonicMs() - arrivedMs);
          recorder.addWork(clock.nowMs(), cpuSeconds, memoryBytesOf === undefined ? bytes : memoryBytesOf(request, bytes), bytes, type);
        } catch (error) {
          tell(onError, error);
        }
      });
    } catch (error) {
      tell(onError, error);
    }
  };
}

function tell(onError: RequestRecording['onError'], error: unknown): void {
  try {
    onError?.(error);
  } catch {
    // Whoever is told of errors has one himself; there is nobody left to tell.
  }
}

/** Bytes of a connection when it was last asked: it carries one request after the other. On the socket itself, where it is found soonest. */
const COUNTED = Symbol('forescale.counted');

/** Bytes in and out of a connection since it was last asked. */
function bytesOf(socket: Socket & { [COUNTED]?: number }): number {
  const total = socket.bytesRead + socket.bytesWritten;
  const bytes = total - (socket[COUNTED] ?? 0);
  socket[COUNTED] = total;
  return bytes;
}

function defaultSource(request: IncomingMessage): string {
  const named = request.headers['x-forescale-source'];
  return typeof named === 'string' ? named : (request.socket.remoteAddress ?? 'unknown');
}

function defaultType(request: IncomingMessage): string {
  const path = request.url ?? '/';
  const end = path.slice(1).search(/[/?#]/);
  return `${request.method ?? 'GET'}:${end === -1 ? path : path.slice(0, end + 1)}`;
}
