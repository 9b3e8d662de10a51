/** Observations on their way to the bus, at least once and within a bound: when the bus is away, the oldest wait, then go. */
import type { Bus, NewEntry } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import { plaAddress, shardOf } from '../protocol/address.ts';
import { encodeMessage } from '../protocol/codec.ts';
import type { ContentType } from '../protocol/content-type.ts';
import { createMessage } from '../protocol/create-message.ts';
import type { Observation } from '../protocol/observation.ts';

export interface PublisherOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly pool: string;
  readonly producer: string;
  /** Differs from every earlier run of this producer and is above 0, e.g. the time of its start. */
  readonly incarnation: number;
  /** Default MessagePack. */
  readonly contentType?: ContentType;
  /** Observations kept while the bus is away. Default 1,000. */
  readonly bufferMax?: number;
  /** Starts a trace for an observation; undefined: none. */
  readonly traceparent?: () => string | undefined;
}

export interface Publisher {
  /** Puts an observation in line; it is sent in the background. */
  publish(observation: Observation): void;
  /** Tries once more to send what waits; resolves when nothing waits or the bus refused. */
  flush(): Promise<void>;
  /** Observations that wait. */
  readonly waiting: number;
  /** Observations that were given up because too many waited. */
  readonly dropped: number;
}

export function createPublisher(options: PublisherOptions): Publisher {
  const bufferMax = options.bufferMax ?? 1_000;
  const waiting: (readonly NewEntry[])[] = [];
  let sequence = 0;
  let dropped = 0;
  let sending: Promise<void> | undefined;

  const sendAll = async (): Promise<void> => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      try {
        await options.bus.append(next);
      } catch {
        // Kept: it is sent before the next observation. Repeats are dropped by source and sequence.
        return;
      }
      if (waiting[0] === next) waiting.shift();
    }
  };
  const flush = (): Promise<void> =>
    (sending ??= sendAll().finally(() => {
      sending = undefined;
    }));

  return {
    publish(observation) {
      sequence += 1;
      waiting.push(observationEntries(observation, sequence, options));
      if (waiting.length > bufferMax) {
        waiting.shift();
        dropped += 1;
      }
      void flush();
    },
    flush,
    get waiting() {
      return waiting.length;
    },
    get dropped() {
      return dropped;
    },
  };
}

/** The same observation for the producer's own analyzer and for the pool's total. */
export function observationEntries(
  observation: Observation,
  sequence: number,
  { pool, producer, incarnation, clock, contentType = 'application/msgpack', traceparent }: Omit<PublisherOptions, 'bus'>,
): readonly NewEntry[] {
  const atMs = clock.nowMs();
  const origin = { source: `producer/${pool}/${producer}`, incarnation, sequence, timeMs: atMs, traceparent: traceparent?.() };
  const body = encodeMessage(createMessage('observation', observation, origin), contentType);
  return [plaAddress(pool, producer), plaAddress(pool, null)].map((to) => ({ shard: shardOf(to), to, contentType, body, atMs }));
}
