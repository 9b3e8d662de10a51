/** What the bridges' tests share: a numbered load, a bus that remembers, a reader that drops repeats as readers do. */
import { createMemoryBus } from '../../src/adapters/memory/bus.ts';
import { createPrometheusMeter } from '../../src/adapters/prometheus/meter.ts';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import type { Bus, BusError, NewEntry } from '../../src/ports/bus.ts';
import type { QueueMessage } from '../../src/ports/queue.ts';
import { silentLog } from '../../src/ports/log.ts';
import { decodeMessage, encodeMessage } from '../../src/protocol/codec.ts';
import { createMessage } from '../../src/protocol/create-message.ts';
import { sampleMessage } from '../protocol/samples.ts';

export const clock = createSystemClock();
export const log = silentLog;

/** Observation `sequence` of a producer, as it stands on a queue. */
export function observation(producer: string, sequence: number): QueueMessage {
  const { data } = sampleMessage('observation');
  const origin = { source: `producer/shop/${producer}`, incarnation: 1, sequence, timeMs: 1_767_600_000_000 + sequence };
  const body = encodeMessage(createMessage('observation', { ...data, pool: 'shop', producer }, origin), 'application/json');
  return { body, contentType: 'application/json', key: producer, headers: {} };
}

export interface TestBus {
  readonly bus: Pick<Bus, 'append' | 'readTopic' | 'readBookmark' | 'writeBookmark'>;
  /** Sequences that the total's analyzer was given, in order. */
  readonly got: number[];
  /** Set: the bus refuses. */
  error: BusError | undefined;
}

export function createTestBus(): TestBus {
  const memory = createMemoryBus({ clock });
  const got: number[] = [];
  const state: TestBus = {
    got,
    error: undefined,
    bus: {
      readTopic: (...args) => memory.readTopic(...args),
      readBookmark: (name) => memory.readBookmark(name),
      writeBookmark: (name, at) => memory.writeBookmark(name, at),
      append(entries: readonly NewEntry[]) {
        if (state.error !== undefined) return Promise.reject(state.error);
        got.push(...entries.filter(({ to }) => to === 'pla:shop').map(sequenceOf));
        return Promise.resolve();
      },
    },
  };
  return state;
}

function sequenceOf({ body, contentType }: Pick<NewEntry, 'body' | 'contentType'>): number {
  const decoded = decodeMessage(body, contentType);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.message.sequence;
}

/** A bus whose topic `plans` holds this many plans, numbered. */
export function busWithPlans(count: number): TestBus['bus'] {
  const entries = Array.from({ length: count }, (_, i) => {
    const message = { ...sampleMessage('plan'), id: `plan-${i + 1}`, source: 'pse:shop', incarnation: 0, sequence: i + 1 };
    return {
      topic: 'plans',
      id: `${i + 1}-0`,
      contentType: 'application/msgpack',
      body: encodeMessage(message, 'application/msgpack'),
      atMs: i,
    } as const;
  });
  const marks = new Map<string, string>();
  return {
    append: () => Promise.resolve(),
    readTopic: (topic, after, limit) =>
      Promise.resolve(topic === 'plans' ? entries.slice(Number(after.split('-')[0]), Number(after.split('-')[0]) + limit) : []),
    readBookmark: (name) => Promise.resolve(marks.get(name)),
    writeBookmark: (name, at) => Promise.resolve(void marks.set(name, at)),
  };
}

/** Keeps the sequences of what it reads, repeats dropped by source and sequence. */
export function createReader(): {
  take(batch: readonly QueueMessage[]): Promise<void>;
  readonly sequences: number[];
  readonly repeats: () => number;
} {
  let highest = 0;
  let repeats = 0;
  const sequences: number[] = [];
  return {
    sequences,
    repeats: () => repeats,
    take(batch) {
      for (const message of batch) {
        const sequence = sequenceOf(message);
        if (sequence <= highest) repeats += 1;
        else sequences.push((highest = sequence));
      }
      return Promise.resolve();
    },
  };
}

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

export const createMeter = createPrometheusMeter;
