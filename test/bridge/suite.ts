/** What every broker must do as the other end of a bridge; runs on real ones. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startBridge, type Bridge, type BridgeSettings } from '../../src/bridge/index.ts';
import { BusError } from '../../src/ports/bus.ts';
import { sleep } from '../../src/ports/clock.ts';
import type { Queue, QueueMessage } from '../../src/ports/queue.ts';
import { encodeMessage } from '../../src/protocol/codec.ts';
import { startCut, type Cut } from '../adapters/tcp-cut.ts';
import { sampleMessage } from '../protocol/samples.ts';
import { busWithPlans, clock, createMeter, createReader, createTestBus, log, observation, upTo, type TestBus } from './world.ts';
import { until } from '../until.ts';

export interface Broker {
  readonly port: number;
  kill(): Promise<void>;
  start(): Promise<void>;
  dispose(): Promise<void>;
}

export interface BrokerKind {
  readonly name: string;
  readonly missing: string | undefined;
  /** `cut`: where clients are to come in. */
  start(cutTo: (port: number) => Promise<number>): Promise<Broker>;
  /** `group`: readers of one group share the messages of a queue. */
  open(port: number, group: string): Promise<Queue>;
  /** A queue of its own that gets everything of a topic. */
  bind(port: number, topic: string, queue: string): Promise<string>;
}

const MESSAGES = 4_000;

/** A suite of its own: its broker and clients end with it, and not with the whole run, in which simulations take the clock away. */
export function testBridge(kind: BrokerKind): void {
  describe(`bridge to ${kind.name}`, () => testAll(kind));
}

function testAll(kind: BrokerKind): void {
  const skip = kind.missing === undefined ? false : `SKIPPED: ${kind.missing}`;
  if (kind.missing !== undefined) console.log(`The bridge to ${kind.name} is NOT tested here: ${kind.missing}.`);
  let broker: Broker;
  let cut: Cut;
  const opened: (Queue | Bridge)[] = [];
  before(
    async () => {
      if (kind.missing !== undefined) return;
      broker = await kind.start(async (port) => (cut = await startCut(port)).port);
      // A broker whose clients come straight in has no cut yet.
      cut ??= await startCut(broker.port);
    },
    { timeout: 180_000 },
  );
  after(async () => {
    if (kind.missing !== undefined) return;
    for (const one of opened) await ('stop' in one ? one.stop() : one.close());
    await cut.close();
    await broker.dispose();
  });

  const open = async (group: string): Promise<Queue> => {
    const queue = await kind.open(cut.port, group);
    opened.push(queue);
    return queue;
  };
  const bridge = async (name: string, bus: TestBus['bus'], settings: Pick<BridgeSettings, 'in' | 'out'>) => {
    const meter = createMeter();
    const queue = await kind.open(cut.port, name);
    const running = startBridge({ settings: { name, url: '', ...settings }, queue, bus, clock, log, meter });
    opened.push(running);
    const counted = (outcome: string, direction = 'in'): number => {
      const line = new RegExp(
        `^forescale_bridge_messages_total\\{bridge="${name}",direction="${direction}",outcome="${outcome}"\\} (\\d+)$`,
        'm',
      );
      return Number(line.exec(meter.text())?.[1] ?? 0);
    };
    return { running, counted };
  };
  const inbound = (from: string) => ({ from, dead: `${from}.dead`, accept: ['observation'] as const });
  /** As a producer does: what was refused is sent again, in order. */
  const sendAll = async (queue: Queue, name: string, messages: readonly QueueMessage[]): Promise<void> => {
    for (let start = 0; start < messages.length;) {
      const part = messages.slice(start, start + 100);
      try {
        await queue.send({ kind: 'queue', name }, part);
        start += part.length;
      } catch {
        await sleep(clock, 50);
      }
    }
  };
  const mischief = async (): Promise<void> => {
    cut.reset();
    await sleep(clock, 300);
    cut.heal();
    await sleep(clock, 1_000);
    await broker.kill();
    await sleep(clock, 300);
    await broker.start();
    await sleep(clock, 1_000);
    cut.silence();
    await sleep(clock, 2_500);
    cut.heal();
  };

  test(
    `bridge to ${kind.name}: carries in everything once and in order over network cuts and a crash of the broker`,
    { skip, timeout: 300_000 },
    async () => {
      const bus = createTestBus();
      const { running } = await bridge('in-1', bus.bus, { in: inbound('in-1'), out: undefined });
      const producer = await open('producer');
      let trouble: Promise<void> | undefined;
      for (let start = 0; start < MESSAGES; start += 200) {
        await sendAll(
          producer,
          'in-1',
          upTo(200).map((i) => observation('one', start + i)),
        );
        if (start === 400) trouble = mischief();
        if (trouble !== undefined) await sleep(clock, 200);
      }
      await trouble;
      await until(() => bus.got.length >= MESSAGES, `${bus.got.length} of ${MESSAGES} carried`, 120_000);
      assert.deepEqual(bus.got, upTo(MESSAGES));
      await running.stop();
    },
  );

  test(
    `bridge to ${kind.name}: carries out everything in order over network cuts and a crash of the broker; readers drop what comes twice`,
    { skip, timeout: 300_000 },
    async () => {
      const reader = createReader();
      const stop = new AbortController();
      const from = await kind.bind(broker.port, 'out-1', 'out-1-reader');
      const reading = (await open('reader')).receive(from, (batch) => reader.take(batch), stop.signal);
      const { running } = await bridge('out-1', busWithPlans(MESSAGES), { in: undefined, out: { to: 'out-1', topics: ['plans'] } });
      await until(() => reader.sequences.length > 300, 'the first are read');
      await mischief();
      await until(() => reader.sequences.length >= MESSAGES, `${reader.sequences.length} of ${MESSAGES} read`, 120_000);
      assert.deepEqual(reader.sequences, upTo(MESSAGES));
      stop.abort();
      await reading;
      await running.stop();
    },
  );

  test(
    `bridge to ${kind.name}: what cannot be carried is set aside with its reason, the rest goes on`,
    { skip, timeout: 120_000 },
    async () => {
      const bus = createTestBus();
      const { running, counted } = await bridge('in-2', bus.bus, { in: inbound('in-2'), out: undefined });
      const producer = await open('producer');
      const wrong = [
        Buffer.from('<html>'),
        Buffer.from('{"specversion":"1.0"}'),
        encodeMessage(sampleMessage('control'), 'application/json'),
      ];
      const messages = wrong.map((body): QueueMessage => ({ body, contentType: 'application/json', key: 'x', headers: { trace: 'kept' } }));
      await sendAll(producer, 'in-2', [observation('one', 1), ...messages, observation('one', 2)]);
      await until(() => bus.got.length === 2, 'the good ones are carried');
      const letters: QueueMessage[] = [];
      const stop = new AbortController();
      const reading = (await open('letters')).receive('in-2.dead', (batch) => Promise.resolve(void letters.push(...batch)), stop.signal);
      await until(() => letters.length === 3, 'the others are set aside');
      stop.abort();
      await reading;
      assert.deepEqual(
        letters.map(({ headers }) => headers['forescale-code']),
        ['broken-encoding', 'broken-message', 'not-accepted'],
      );
      assert.equal(letters[0]?.headers['trace'], 'kept');
      assert.equal(Buffer.from(letters[0]?.body ?? []).toString(), '<html>');
      assert.match(letters[2]?.headers['forescale-reason'] ?? '', /takes observation, not control/);
      assert.deepEqual([counted('carried'), counted('dead'), counted('repeat')], [2, 3, 0]);
      await running.stop();
    },
  );

  test(
    `bridge to ${kind.name}: a bus that takes nothing makes it wait; nothing is lost, also when the bridge ends meanwhile`,
    { skip, timeout: 120_000 },
    async () => {
      const bus = createTestBus();
      bus.error = new BusError('full', 'the stream is at its limit');
      const first = await bridge('in-3', bus.bus, { in: inbound('in-3'), out: undefined });
      const producer = await open('producer');
      await sendAll(
        producer,
        'in-3',
        upTo(3_000).map((i) => observation('one', i)),
      );
      await sleep(clock, 500);
      assert.deepEqual([bus.got.length, first.counted('carried')], [0, 0]);
      await first.running.stop();
      const { running } = await bridge('in-3', bus.bus, { in: inbound('in-3'), out: undefined });
      await sleep(clock, 500);
      bus.error = undefined;
      await until(() => bus.got.length >= 3_000, 'all are carried');
      assert.deepEqual(bus.got, upTo(3_000));
      await running.stop();
    },
  );

  test(`bridge to ${kind.name}: a queue that redelivers for ever reaches the bus once`, { skip, timeout: 120_000 }, async () => {
    const bus = createTestBus();
    const { running, counted } = await bridge('in-4', bus.bus, { in: inbound('in-4'), out: undefined });
    const producer = await open('producer');
    await sendAll(
      producer,
      'in-4',
      upTo(2_000).map(() => observation('one', 1)),
    );
    await sendAll(producer, 'in-4', [observation('one', 2)]);
    await until(() => bus.got.length === 2, 'both are carried');
    assert.deepEqual([counted('carried'), counted('repeat')], [2, 1_999]);
    await running.stop();
  });
}
