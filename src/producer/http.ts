import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../ports/clock.ts';
import type { Recorder } from './recorder.ts';

export interface RequestRecording {
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** Who asks. Default: the header `x-forescale-source`, else the remote address. */
  readonly sourceOf?: (request: IncomingMessage) => string;
  /** What is asked for; few different answers. Default: method and first segment of the path. */
  readonly typeOf?: (request: IncomingMessage) => string;
  /** CPU time of a request, seconds, known when it ends. Default: the time to the answer, which is right for CPU-bound work. */
  readonly cpuSecondsOf?: (request: IncomingMessage, tookMs: number) => number;
  /** Memory that a request needs, bytes. Default: the length of its body and answer. */
  readonly memoryBytesOf?: (request: IncomingMessage, bytes: number) => number;
}

export type RequestHook = (request: IncomingMessage, response: ServerResponse, next?: () => void) => void;

/**
 * Middleware for node:http, and for everything that takes `(request, response, next)`. Counts a request when it arrives, so
 * that a queue shows as load, and its bytes and work when its answer ends. Never throws into a request.
 */
export function recordRequests(options: RequestRecording): RequestHook {
  const { recorder, clock, sourceOf = defaultSource, typeOf = defaultType } = options;
  const cpuSecondsOf = options.cpuSecondsOf ?? ((_request: IncomingMessage, tookMs: number): number => tookMs / 1_000);
  const memoryBytesOf = options.memoryBytesOf ?? ((_request: IncomingMessage, bytes: number): number => bytes);
  return (request, response, next) => {
    try {
      const arrivedMs = clock.monotonicMs();
      const type = typeOf(request);
      recorder.record(clock.nowMs(), 0, 0, 0, sourceOf(request), type);
      response.once('close', () => {
        const tookMs = clock.monotonicMs() - arrivedMs;
        const bytes = lengthOf(request.headers['content-length']) + lengthOf(response.getHeader('content-length'));
        recorder.addWork(clock.nowMs(), cpuSecondsOf(request, tookMs), memoryBytesOf(request, bytes), bytes, type);
      });
    } catch {
      // The service goes on whatever happens here; what was not recorded shows in the recorder's counts.
    }
    next?.();
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

function lengthOf(header: unknown): number {
  const length = Number(header);
  return length > 0 && Number.isFinite(length) ? length : 0;
}
