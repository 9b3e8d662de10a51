/** Observations on their way to the bus, at least once and within a bound: while the bus is away they wait, the oldest go first. */
import type { Burst } from './burst-watch.ts';
import type { Bus, NewEntry } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Tracer } from '../ports/tracer.ts';
import { plaAddress, pseAddress, shardOf } from '../protocol/address.ts';
import { encodeMessage } from '../protocol/encode.ts';
import type { ContentType } from '../protocol/content-type.ts';
import { createMessage, type MessageOrigin } from '../protocol/create-message.ts';
import type { Observation } from '../protocol/observation.ts';
import { summaryOf, untilTables } from './summary.ts';
import { traceObservation } from './trace-observation.ts';
import { WaitingTables } from './waiting-tables.ts';

/** Whose observations go where, and how. */
export interface PublisherOptions {
  /** Where they go; while it rejects, they wait. */
  readonly bus: Pick<Bus, 'append'>;
  readonly clock: Clock;
  /** Pool and producer as the observations name them. */
  readonly pool: string;
  readonly producer: string;
  /** Differs from every earlier run of this producer and is above 0, e.g. the time of its start. */
  readonly incarnation: number;
  /** Default MessagePack. */
  readonly contentType?: ContentType;
  /** Where the producer's own analyzer lives: `edge` in its process, so that only the total is told. Default `cluster`. */
  readonly analyzer?: 'cluster' | 'edge';
  /** `queue`: one message for all receivers, which a bridge tells apart. Default `bus`: each gets what it reads. */
  readonly carrier?: 'bus' | 'queue';
  /** Observations kept while the bus is away. Default 1,000. */
  readonly bufferMax?: number;
  /** Starts a trace for an observation; undefined: none. */
  readonly traceparent?: () => string | undefined;
  /** Starts it, with a span over the interval that is told, where `traceparent` does not. Default: nothing is traced. */
  readonly tracer?: Tracer | undefined;
  /** Told what the bus said each time it refused. */
  readonly onRefused?: (error: unknown) => void;
}

/** A line of observations on their way. */
export interface Publisher {
  /** Puts an observation in line; it is sent in the background. */
  publish(observation: Observation): void;
  /** Tells the pool's engine of a jump. Sent once: where it is lost, the interval tells soon. */
  pulse(burst: Burst): void;
  /** Tries once more to send what waits; resolves when nothing waits or the bus refused. Never rejects. */
  flush(): Promise<void>;
  /** Observations that wait. */
  readonly waiting: number;
  /** Observations that were given up because too many waited. */
  readonly dropped: number;
  /** Times that the bus refused. */
  readonly refused: number;
}

interface Waiting {
  /** For the total. */
  readonly body: Uint8Array;
  /** For the producer's own analyzer. */
  readonly summary: Uint8Array;
}

/** Observations sent at once. */
const BATCH_MAX = 64;

/** A publisher for one producer. Never throws for what the bus does. */
export function createPublisher(options: PublisherOptions): Publisher {
  const {
    bus,
    clock,
    pool,
    producer,
    contentType = 'application/msgpack',
    bufferMax = 1_000,
    analyzer = 'cluster',
    carrier = 'bus',
    tracer,
  } = options;
  const total = plaAddress(pool, null);
  const own = analyzer === 'edge' ? undefined : plaAddress(pool, producer);
  const waiting: Waiting[] = [];
  const tables = new WaitingTables();
  let sequence = 0;
  let dropped = 0;
  let refused = 0;
  let sending: Promise<void> | undefined;

  const origin = (): MessageOrigin => {
    sequence += 1;
    return {
      source: `producer/${pool}/${producer}`,
      incarnation: options.incarnation,
      sequence,
      timeMs: clock.nowMs(),
      traceparent: options.traceparent?.(),
    };
  };
  const encode = (observation: Observation): Waiting => {
    const from = origin();
    const traceparent = from.traceparent ?? (tracer && traceObservation(tracer, observation, clock.nowMs()));
    const encoded = (data: Observation): Uint8Array =>
      encodeMessage(createMessage('observation', data, { ...from, traceparent }), contentType);
    const summary = own === undefined || carrier === 'queue' ? undefined : encoded(summaryOf(observation));
    const bytesWith = (body: Uint8Array): number => body.byteLength + (summary?.byteLength ?? 0);
    const joined = tables.joined(observation);
    let body = encoded(joined);
    if (tables.hasRoomFor(joined, bytesWith(body))) tables.release();
    else {
      body = encoded(untilTables(observation));
      tables.hold(joined, bytesWith(body));
    }
    return { body, summary: summary ?? body };
  };
  const entryFor = (to: string, body: Uint8Array): NewEntry => ({ shard: shardOf(to), to, contentType, body, atMs: clock.nowMs() });
  const toEntries = ({ body, summary }: Waiting): readonly NewEntry[] =>
    own === undefined ? [entryFor(total, body)] : [entryFor(own, summary), entryFor(total, body)];

  const sendAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH_MAX);
      try {
        await bus.append(batch.flatMap(toEntries));
      } catch (error) {
        // They stay in line and go before the next one. Repeats are dropped by source and sequence.
        refused += 1;
        options.onRefused?.(error);
        return;
      }
      // Some of the batch may have been given up meanwhile.
      const sent = new Set(batch);
      while (waiting[0] !== undefined && sent.has(waiting[0])) waiting.shift();
    }
  };
  const flush = (): Promise<void> =>
    (sending ??= sendAll().finally(() => {
      sending = undefined;
    }));

  return {
    publish(observation) {
      waiting.push(encode(observation));
      if (waiting.length > bufferMax) {
        waiting.shift();
        dropped += 1;
      }
      void flush();
    },
    pulse(burst) {
      const to = pseAddress(pool);
      const body = encodeMessage(createMessage('pulse', { pool, producer, ...burst }, origin()), contentType);
      bus.append([{ to, shard: shardOf(to), contentType, body, atMs: clock.nowMs() }]).catch((error: unknown) => {
        refused += 1;
        options.onRefused?.(error);
      });
    },
    flush,
    get waiting() {
      return waiting.length;
    },
    get dropped() {
      return dropped;
    },
    get refused() {
      return refused;
    },
  };
}
