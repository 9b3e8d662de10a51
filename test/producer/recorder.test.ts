import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createMemoryBus } from '../../src/adapters/memory/bus.ts';
import { createKernel } from '../../sim/kernel/kernel.ts';
import { BusError } from '../../src/ports/bus.ts';
import { plaAddress, shardOf } from '../../src/protocol/address.ts';
import type { Observation } from '../../src/protocol/observation.ts';
import { createPublisher, createRecorder, recordRequests, type RecorderOptions } from '../../src/producer/index.ts';

function recorder(options: Partial<RecorderOptions> = {}) {
  const told: Observation[] = [];
  const made = createRecorder({ pool: 'shop', producer: 'web-1', intervalMs: 1_000, emit: (one) => told.push(one), ...options });
  return { recorder: made, told };
}

test('recorder: an interval is told when time moves on, with sums per type and the heaviest sources', () => {
  const { recorder: r, told } = recorder();
  r.record(10_100, 0.01, 100, 10, 'alice', 'GET:/');
  r.record(10_200, 0.02, 200, 20, 'bob', 'POST:/cart');
  r.record(10_900, 0.03, 300, 30, 'alice', 'GET:/');
  assert.equal(told.length, 0);
  r.record(11_000, 0, 0, 0, 'carol', 'GET:/');
  const [first] = told;
  assert.ok(first);
  assert.deepEqual([first.intervalStartMs, first.intervalMs, first.load.requests, first.load.networkBytes], [10_000, 1_000, 3, 60]);
  assert.equal(first.byType['GET:/']?.requests, 2);
  assert.equal(first.byType['POST:/cart']?.memoryBytes, 200);
  assert.deepEqual(first.bySource, {
    distinct: 2,
    top: [
      { source: 'alice', requests: 2 },
      { source: 'bob', requests: 1 },
    ],
  });
});

test('recorder: idle intervals are told as idle, a long silence is a gap and not a zero', () => {
  const { recorder: r, told } = recorder();
  r.record(10_100, 0, 0, 0, 'a', 't');
  r.flush(11_050);
  r.flush(12_050);
  r.flush(60_000);
  assert.deepEqual(
    told.map(({ intervalStartMs, load }) => [intervalStartMs, load.requests]),
    [
      [10_000, 1],
      [11_000, 0],
      [12_000, 0],
    ],
  );
});

test('recorder: the last observation says goodbye, and nothing is recorded afterwards', () => {
  const { recorder: r, told } = recorder();
  r.record(10_100, 0, 0, 0, 'a', 't');
  r.close(10_500);
  r.record(10_600, 0, 0, 0, 'a', 't');
  r.close(10_700);
  assert.deepEqual(
    told.map(({ final, load }) => [final, load.requests]),
    [[true, 1]],
  );
});

test('recorder: a million types and sources stay within the tables, and the heavy ones are right', () => {
  const { recorder: r, told } = recorder({ typesMax: 8, sourcesMax: 256 });
  for (let i = 0; i < 1_000_000; i += 1) {
    const heavy = i % 4 === 0;
    r.record(10_000 + (i % 1_000), 0, 0, 0, heavy ? `heavy-${i % 3}` : `stranger-${i}`, heavy ? 'GET:/' : `type-${i}`);
  }
  r.flush(11_000);
  const [one] = told;
  assert.ok(one);
  assert.equal(one.load.requests, 1_000_000);
  assert.ok(Object.keys(one.byType).length <= 9);
  assert.equal(one.byType['GET:/']?.requests, 250_000);
  const top = new Map(one.bySource.top.map(({ source, requests }) => [source, requests]));
  for (const heavy of ['heavy-0', 'heavy-1', 'heavy-2']) {
    const counted = top.get(heavy) ?? 0;
    assert.ok(Math.abs(counted - 250_000 / 3) < 0.05 * (250_000 / 3), `${heavy}: ${counted}`);
  }
});

test('recorder: distinct sources are estimated within 5%', () => {
  for (const sources of [10, 300, 5_000, 20_000]) {
    const { recorder: r, told } = recorder();
    for (let i = 0; i < sources * 3; i += 1) r.record(10_500, 0, 0, 0, `user-${i % sources}`, 't');
    r.flush(11_000);
    const distinct = told[0]?.bySource.distinct ?? 0;
    assert.ok(Math.abs(distinct - sources) <= Math.max(1, 0.05 * sources), `${distinct} of ${sources}`);
  }
});

test('recorder: broken amounts, clocks that jump and an emit that throws never reach the service', () => {
  const { recorder: r } = recorder({
    emit: () => {
      throw new Error('full');
    },
  });
  r.record(Number.NaN, 0, 0, 0, '', '');
  r.record(10_000, -1, Number.NaN, Number.POSITIVE_INFINITY, 'a', 't');
  r.record(5_000, 0, 0, 0, 'late', 't');
  r.record(9e15, 0, 0, 0, 'early', 't');
  r.flush(Number.NaN);
  r.flush(12_000);
  assert.deepEqual(r.counts, { recorded: 4, late: 1, early: 1, badSizes: 3, lost: 2 });
});

test('recorder: options out of range are refused by name', () => {
  assert.throws(() => recorder({ typesMax: 0 }), /typesMax must be a number from 1 to 256, got 0/);
  assert.throws(() => recorder({ intervalMs: Number.NaN }), /intervalMs/);
});

test('http: a real request is counted at its arrival, with work and bytes at its end', async () => {
  const { recorder: r, told } = recorder();
  let nowMs = 10_000;
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs, setTimer: () => ({ cancel: () => {} }) };
  const hook = recordRequests({ recorder: r, clock });
  const server = createServer((request, response) => {
    hook(request, response, () => {
      nowMs += 40;
      response.setHeader('content-length', 5);
      response.end('hello');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: '/cart/7?x=1', headers: { 'x-forescale-source': 'alice', connection: 'close' } }, (answer) => {
      answer.resume().once('end', () => resolve());
    }).once('error', reject);
  });
  server.close();
  await once(server, 'close');
  r.flush(11_000);
  assert.deepEqual(told[0]?.byType, { 'GET:/cart': { requests: 1, cpuSeconds: 0.04, memoryBytes: 5, networkBytes: 5 } });
  assert.equal(told[0]?.bySource.top[0]?.source, 'alice');
});

test('publisher: observations go to the producer’s analyzer and to the total, and wait while the bus is away', async () => {
  const { clock } = createKernel(1);
  const bus = createMemoryBus({ clock });
  let isAway = true;
  const flaky = Object.assign(Object.create(bus) as typeof bus, {
    append: (entries: Parameters<typeof bus.append>[0]) =>
      isAway ? Promise.reject(new BusError('unavailable', 'away')) : bus.append(entries),
  });
  const publisher = createPublisher({ bus: flaky, clock, pool: 'shop', producer: 'web-1', incarnation: 1, bufferMax: 3 });
  const { recorder: r } = recorder({ emit: (one) => publisher.publish(one) });
  for (let second = 0; second < 5; second += 1) r.record(10_000 + second * 1_000, 0, 0, 0, 'a', 't');
  await publisher.flush();
  assert.deepEqual([publisher.waiting, publisher.dropped], [3, 1]);
  isAway = false;
  await publisher.flush();
  assert.equal(publisher.waiting, 0);
  for (const to of [plaAddress('shop', 'web-1'), plaAddress('shop', null)]) {
    const [read] = await bus.readAfter([{ shard: shardOf(to), after: '0-0' }], 10, 0);
    assert.equal(read?.entries.filter((entry) => entry.to === to).length, 3);
  }
});
