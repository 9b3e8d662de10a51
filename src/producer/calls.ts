/** Work that comes by other ways than HTTP: calls of gRPC, messages of a queue. Counted when it arrives; nothing is ever thrown into it. */
import type { Clock } from '../ports/clock.ts';
import type { Recorder } from './recorder.ts';

export interface CallRecording {
  readonly recorder: Recorder;
  readonly clock: Clock;
}

/** What every call of @grpc/grpc-js has. */
interface GrpcCall {
  getPeer(): string;
}

/**
 * A gRPC service that records: `server.addService(definition, recordGrpc(implementation, options))`. Types are the names of its
 * methods, sources the addresses of callers without their ports.
 */
export function recordGrpc<T extends object>(implementation: T, { recorder, clock }: CallRecording): T {
  const recorded = Object.entries(implementation).map(([method, handler]: [string, unknown]) => {
    if (typeof handler !== 'function') return [method, handler] as const;
    const counting = function (this: unknown, ...args: unknown[]): unknown {
      try {
        const [call] = args as [GrpcCall];
        recorder.record(clock.nowMs(), 0, 0, 0, hostOf(call.getPeer()), method);
      } catch {
        // A call of another kind: it is served, not counted.
      }
      return Reflect.apply(handler, this, args);
    };
    return [method, counting] as const;
  });
  return Object.fromEntries(recorded) as T;
}

/** `ipv4:10.0.0.1:5000`, `10.0.0.1:5000`, `ipv6:[::1]:5000`, `unix:/path` */
function hostOf(peer: string): string {
  return peer.replace(/^ipv[46]:/, '').replace(/:\d+$/, '');
}

/** How messages of a queue are counted. */
export interface MessageRecording<M> {
  /** What is to be done; few different answers. */
  readonly typeOf: (message: M) => string;
  /** From whom. Default: one source for all. */
  readonly sourceOf?: (message: M) => string;
  /** Told when one of the functions above threw. The message is handled all the same. */
  readonly onError?: (error: unknown) => void;
}

/** The handler of a queue's consumer, which takes the message first: counts each, and hands over whatever else it is given. */
export function recordMessages<M, Rest extends unknown[], R>(
  handle: (message: M, ...rest: Rest) => R,
  { typeOf, sourceOf = () => 'queue', onError, recorder, clock }: MessageRecording<M> & CallRecording,
): (message: M, ...rest: Rest) => R {
  return (message, ...rest) => {
    try {
      recorder.record(clock.nowMs(), 0, 0, 0, sourceOf(message), typeOf(message));
    } catch (error) {
      tell(onError, error);
    }
    return handle(message, ...rest);
  };
}

function tell(onError: ((error: unknown) => void) | undefined, error: unknown): void {
  try {
    onError?.(error);
  } catch {
    // Whoever is told of errors has one himself; there is nobody left to tell.
  }
}
