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

/**
 * Middleware for node:http, and for everything that takes `(request, response, next)`. Counts a request when it arrives, so
 * that a queue shows as load, and its bytes and work when its answer ends. Never throws into a request.
 */
export function recordRequests(options: RequestRecording): RequestHook {
  const { recorder, clock, sourceOf = defaultSource, typeOf = defaultType } = options;
  const { cpuSecondsOf = (): number => 0, memoryBytesOf = (_request: IncomingMessage, bytes: number): number => bytes } = options;
  const bytesOf = createByteMeter();
  return (request, response, next) => {
    guarded(options.onError, () => {
      const arrivedMs = clock.monotonicMs();
      const { socket } = request;
      const type = typeOf(request);
      recorder.record(clock.nowMs(), 0, 0, 0, sourceOf(request), type);
      response.once('close', () =>
        guarded(options.onError, () => {
          const tookMs = clock.monotonicMs() - arrivedMs;
          const bytes = bytesOf(socket);
          recorder.addWork(clock.nowMs(), cpuSecondsOf(request, tookMs), memoryBytesOf(request, bytes), bytes, type);
        }),
      );
    });
    next?.();
  };
}

/** The service goes on whatever happens in here. */
function guarded(onError: RequestRecording['onError'], record: () => void): void {
  try {
    record();
  } catch (error) {
    try {
      onError?.(error);
    } catch {
      // Whoever is told of errors has one himself; there is nobody left to tell.
    }
  }
}

/** Bytes in and out of a connection since it was last asked: a connection carries one request after the other. */
function createByteMeter(): (socket: Socket) => number {
  const counted = new WeakMap<Socket, number>();
  return (socket) => {
    const total = socket.bytesRead + socket.bytesWritten;
    const bytes = total - (counted.get(socket) ?? 0);
    counted.set(socket, total);
    return bytes;
  };
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
