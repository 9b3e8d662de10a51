import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKernel } from '../../sim/kernel/kernel.ts';
import { BusError, type NewEntry } from '../../src/ports/bus.ts';
import { decodeMessage, plaAddress, shardOf, type Observation } from '../../src/protocol/index.ts';
import { createPublisher, createRecorder, type Publisher, type PublisherOptions } from '../../src/producer/index.ts';

/** A bus that can be away, and a recorder that publishes to it. */
function start(options: Partial<PublisherOptions> = {}) {
  const { clock } = createKernel(1);
  const appended: NewEntry[] = [];
  const calls: number[] = [];
  const state = { isAway: false };
  const bus = {
    append: async (entries: readonly NewEntry[]) => {
      await Promise.resolve();
      if (state.isAway) throw new BusError('unavailable', 'away');
      calls.push(entries.length);
      appended.push(...entries);
    },
  };
  const publisher: Publisher = createPublisher({ bus, clock, pool: 'shop', producer: 'web-1', incarnation: 9, ...options });
  const recorder = createRecorder({ pool: 'shop', producer: 'web-1', intervalMs: 1_000, emit: (one) => publisher.publish(one) });
  const tell = (intervals: number): void => {
    for (let i = 0; i <= intervals; i += 1) recorder.record(10_000 + i * 1_000, 0, 0, 0, 'a', 't');
  };
  const starts = (to: string): number[] => appended.filter((entry) => entry.to === to).map((entry) => observationOf(entry).intervalStartMs);
  return { publisher, appended, calls, state, tell, starts };
}

function observationOf(entry: NewEntry): Observation {
  const decoded = decodeMessage(entry.body, entry.contentType);
  assert.ok(decoded.ok && decoded.message.name === 'observation');
  return decoded.message.data;
}

test('publisher: an observation goes to the producer’s analyzer and to the total, in one append', async () => {
  const { publisher, appended, tell } = start();
  tell(1);
  await publisher.flush();
  assert.deepEqual(
    appended.map(({ to, shard }) => [to, shard]),
    [plaAddress('shop', 'web-1'), plaAddress('shop', null)].map((to) => [to, shardOf(to)]),
  );
});

test('publisher: messages carry source, incarnation and a rising sequence, the same to both receivers', async () => {
  const { publisher, appended, tell } = start({
    contentType: 'application/json',
    traceparent: () => `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
  });
  tell(2);
  await publisher.flush();
  const messages = appended.map(({ body }) => decodeMessage(body, 'application/json'));
  assert.deepEqual(
    messages.map((decoded) => decoded.ok && [decoded.message.id, decoded.message.traceparent?.slice(0, 5)]),
    [1, 1, 2, 2].map((sequence) => [`producer/shop/web-1#9.${sequence}`, '00-11']),
  );
});

test('publisher: the tables of types and sources go to the total alone; on a queue one message holds all', async () => {
  const { publisher, appended, tell } = start();
  tell(1);
  await publisher.flush();
  const [own, total] = appended.map(observationOf);
  assert.deepEqual(total?.byType, { t: { requests: 1, cpuSeconds: 0, memoryBytes: 0, networkBytes: 0 } });
  assert.deepEqual(total?.bySource.top, [{ source: 'a', requests: 1 }]);
  assert.deepEqual(own, { ...total, byType: {}, bySource: { distinct: total?.bySource.distinct, top: [] } });
  const queued = start({ carrier: 'queue', contentType: 'application/json' });
  queued.tell(1);
  await queued.publisher.flush();
  assert.equal(queued.appended[0]?.body, queued.appended[1]?.body);
});

test('publisher: a thousand requests a second of 32 types are told to both analyzers within 1,000 bytes a second', async () => {
  const { publisher, appended } = start();
  const recorder = createRecorder({ pool: 'shop', producer: 'web-1', intervalMs: 5_000, emit: (one) => publisher.publish(one) });
  for (let i = 0; i < 5_000; i += 1)
    recorder.record(10_000 + i, 0.0012 + i * 1e-9, 12_345.5, 1_234, `203.0.113.${i % 500}`, `GET:/api/items/${i % 32}`);
  recorder.flush(15_000);
  await publisher.flush();
  const bytes = appended.reduce((sum, { body }) => sum + body.byteLength, 0);
  assert.equal(appended.length, 2);
  assert.ok(bytes / 5 < 1_000, `${bytes / 5} bytes a second`);
});

test('publisher: while the bus is away the newest wait, the oldest are dropped and counted', async () => {
  const { publisher, state, tell, starts } = start({ bufferMax: 3 });
  state.isAway = true;
  tell(5);
  await publisher.flush();
  assert.deepEqual([publisher.waiting, publisher.dropped], [3, 2]);
  assert.ok(publisher.refused >= 1);
  state.isAway = false;
  await publisher.flush();
  assert.equal(publisher.waiting, 0);
  for (const to of [plaAddress('shop', 'web-1'), plaAddress('shop', null)]) assert.deepEqual(starts(to), [12_000, 13_000, 14_000]);
});

test('publisher: what waited is sent in batches, in order', async () => {
  const { publisher, calls, state, tell, starts } = start();
  state.isAway = true;
  tell(150);
  await publisher.flush();
  state.isAway = false;
  await publisher.flush();
  assert.deepEqual(calls, [128, 128, 44]);
  assert.deepEqual(
    starts(plaAddress('shop', null)),
    Array.from({ length: 150 }, (_, i) => 10_000 + i * 1_000),
  );
});

test('publisher: entries tell when they were appended, not when they were made', async () => {
  const kernel = createKernel(1);
  const appended: NewEntry[] = [];
  let isAway = true;
  const bus = {
    append: (entries: readonly NewEntry[]) => {
      if (isAway) return Promise.reject(new BusError('unavailable', 'away'));
      appended.push(...entries);
      return Promise.resolve();
    },
  };
  let nowMs = 50_000;
  const clock = { ...kernel.clock, nowMs: () => nowMs };
  const publisher = createPublisher({ bus, clock, pool: 'shop', producer: 'web-1', incarnation: 1 });
  const recorder = createRecorder({ pool: 'shop', producer: 'web-1', emit: (one) => publisher.publish(one) });
  recorder.record(10_000, 0, 0, 0, 'a', 't');
  recorder.close(11_000);
  await publisher.flush();
  nowMs = 90_000;
  isAway = false;
  await publisher.flush();
  assert.equal(appended[0]?.atMs, 90_000);
});

test('publisher: the refusal of the bus is told', async () => {
  const errors: unknown[] = [];
  const { publisher, state, tell } = start({ onRefused: (error) => errors.push(error) });
  state.isAway = true;
  tell(1);
  await publisher.flush();
  assert.ok(errors[0] instanceof BusError);
});

test('publisher: a jump goes to the engine once, and is not repeated when the bus is away', async () => {
  const { publisher, appended, state } = start({ contentType: 'application/json' });
  const burst = { atMs: 6_000, windowMs: 6_000, requestsPerSecond: 50, usualPerSecond: 10 };
  publisher.pulse(burst);
  await publisher.flush();
  await Promise.resolve();
  assert.deepEqual(
    appended.map(({ to }) => to),
    ['pse:shop'],
  );
  const decoded = decodeMessage(appended[0]?.body ?? new Uint8Array(), 'application/json');
  assert.ok(decoded.ok && decoded.message.name === 'pulse');
  assert.deepEqual(decoded.message.data, { pool: 'shop', producer: 'web-1', ...burst });
  state.isAway = true;
  publisher.pulse(burst);
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual([publisher.refused, publisher.waiting], [1, 0]);
});
