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
  assert.ok(total?.peakRequestsPerSecond !== undefined);
  const bySource = { distinct: total.bySource.distinct, top: [] };
  assert.deepEqual({ ...own, peakRequestsPerSecond: total.peakRequestsPerSecond }, { ...total, byType: {}, bySource });
  const queued = start({ carrier: 'queue', contentType: 'application/json' });
  queued.tell(1);
  await queued.publisher.flush();
  assert.equal(queued.appended[0]?.body, queued.appended[1]?.body);
});

/** So many seconds of a thousand requests each, of 32 types, in a process whose figures are told. */
async function thousandASecond(intervalMs: number, seconds: number, options: Partial<PublisherOptions> = {}) {
  const started = start(options);
  const process = () => ({ cpuSeconds: 0.123_456_7, memoryBytes: 123_456_789, eventLoopDelayMs: 11.234_56 });
  const emit = (one: Observation) => started.publisher.publish(one);
  const recorder = createRecorder({ pool: 'shop', producer: 'web-7f9c4d-x2x1', intervalMs, process, emit });
  for (let i = 0; i < seconds * 1_000; i += 1)
    recorder.record(600_000 + i, 0.0012 + i * 1e-9, 12_345.5, 1_234, `203.0.113.${i % 500}`, `GET:/api/items/${i % 32}`);
  recorder.close(600_000 + seconds * 1_000 - 1);
  await started.publisher.flush();
  const toTotal = started.appended.filter(({ to }) => to === plaAddress('shop', null)).map(observationOf);
  return { ...started, toTotal };
}

for (const seconds of [1, 2, 3, 5, 60])
  test(`publisher: a thousand requests a second of 32 types take at most 1,000 bytes a second at an interval of ${seconds} s`, async () => {
    const { appended } = await thousandASecond(seconds * 1_000, 240);
    // Without the goodbye, which waits for no room.
    const bytes = sum(appended.slice(0, -2).map(({ body }) => body.byteLength)) / (240 - seconds);
    assert.ok(bytes < 1_000, `${bytes} bytes a second`);
  });

test('publisher: tables that wait lose nothing: they are told as sums, with the load of their time, and with the goodbye', async () => {
  const { toTotal } = await thousandASecond(2_000, 60);
  const told = toTotal.filter(({ byType }) => Object.keys(byType).length > 0);
  assert.equal(toTotal.length, 30);
  assert.ok(told.length >= 5 && told.length < 15, `${told.length}`);
  for (const one of toTotal) assert.ok(told.includes(one) || one.tables?.intervalMs === 0);
  assert.equal(sum(told.map(({ tables }) => tables?.intervalMs ?? 2_000)), 60_000);
  assert.equal(sum(told.map(({ tables, load }) => tables?.load?.requests ?? load.requests)), 60_000);
  assert.equal(sum(told.flatMap(({ byType }) => Object.values(byType).map(({ requests }) => requests))), 60_000);
  const measured = sum(told.map(({ tables, process }) => tables?.load?.cpuSeconds ?? process?.cpuSeconds ?? 0));
  assert.ok(Math.abs(measured - 30 * 0.123_456_7) < 1e-9, `${measured}`);
  assert.equal(toTotal.at(-1)?.final, true);
  assert.ok(Object.keys(toTotal.at(-1)?.byType ?? {}).length === 32);
});

test('publisher: of sources that wait the heaviest are told, as many as of one interval', async () => {
  const { publisher, appended } = start();
  const observations: Observation[] = [];
  const recorder = createRecorder({
    pool: 'shop',
    producer: 'web-1',
    intervalMs: 100,
    topSources: 2,
    emit: (one) => observations.push(one),
  });
  for (let i = 0; i < 100; i += 1) recorder.record(10_000 + i * 10, 0, 0, 0, i % 2 === 0 ? 'heavy' : `light ${i % 5}`, 'one type');
  recorder.close(10_999);
  for (const one of observations) publisher.publish(one);
  await publisher.flush();
  const [last] = appended
    .filter(({ to }) => to === plaAddress('shop', null))
    .map(observationOf)
    .slice(-1);
  assert.deepEqual(last?.bySource.top[0], { source: 'heavy', requests: 50 });
  assert.equal(last?.bySource.top.length, 2);
  assert.deepEqual(last?.tables?.intervalMs, 1_000);
});

test('publisher: tables that never fit are told after five minutes', async () => {
  const { toTotal } = await thousandASecond(500, 601);
  const told = toTotal.filter(({ tables }) => tables?.intervalMs !== 0);
  assert.deepEqual(
    told.map(({ tables }) => tables?.intervalMs),
    [300_000, 300_000, 1_000],
  );
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

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}
