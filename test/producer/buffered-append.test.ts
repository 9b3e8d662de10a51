import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKernel } from '../../sim/kernel/kernel.ts';
import { BusError, type NewEntry } from '../../src/ports/bus.ts';
import { silentLog } from '../../src/ports/log.ts';
import { createBufferedAppend } from '../../src/producer/buffered-append.ts';

const entry = (label: string): NewEntry => ({ shard: 1, to: label, contentType: 'application/json', body: new Uint8Array(), atMs: 0 });

function start(waitingMax?: number) {
  const kernel = createKernel(1, { startMs: 0 });
  const sent: string[] = [];
  const counted: string[] = [];
  const state: { error: BusError | undefined } = { error: undefined };
  const bus = {
    async append(entries: readonly NewEntry[]) {
      if (state.error !== undefined) throw state.error;
      sent.push(...entries.map(({ to }) => to));
    },
  };
  const meter = { count: (name: string) => void counted.push(name), gauge: () => {}, observe: () => {} };
  const buffer = createBufferedAppend({
    bus,
    clock: kernel.clock,
    log: silentLog,
    meter,
    ...(waitingMax === undefined ? {} : { waitingMax }),
  });
  return { kernel, sent, counted, state, buffer };
}

test('buffered append: what comes goes to the bus in order', async () => {
  const { kernel, sent, buffer } = start();
  for (const label of ['a', 'b', 'c']) await buffer.append([entry(label), entry(`${label}2`)]);
  await kernel.runFor(10);
  assert.deepEqual([sent, buffer.waiting], [['a', 'a2', 'b', 'b2', 'c', 'c2'], 0]);
});

test('buffered append: while the bus is away or full everything waits, and goes in order when it is back', async () => {
  for (const code of ['unavailable', 'full'] as const) {
    const { kernel, sent, state, buffer } = start();
    state.error = new BusError(code, 'no');
    for (let index = 0; index < 700; index++) {
      await buffer.append([entry(`${index}`)]);
      await kernel.runFor(1);
    }
    assert.deepEqual([sent.length, buffer.waiting], [0, 700]);
    state.error = undefined;
    await kernel.runFor(200);
    assert.deepEqual(
      sent,
      Array.from({ length: 700 }, (_, index) => `${index}`),
    );
  }
});

test('buffered append: beyond its bound the oldest go, and are counted', async () => {
  const { kernel, sent, counted, state, buffer } = start(3);
  state.error = new BusError('unavailable', 'no');
  for (const label of ['1', '2', '3', '4', '5']) await buffer.append([entry(label)]);
  state.error = undefined;
  await kernel.runFor(200);
  assert.deepEqual(sent, ['3', '4', '5']);
  assert.deepEqual(counted, ['forescale_observations_dropped_total', 'forescale_observations_dropped_total']);
});

test('buffered append: the end waits for what is on its way, but not for ever', async () => {
  const { kernel, state, buffer } = start();
  state.error = new BusError('unavailable', 'no');
  await buffer.append([entry('a')]);
  let isOver = false;
  void buffer.flush(1_000).then(() => (isOver = true));
  await kernel.runFor(900);
  assert.equal(isOver, false);
  await kernel.runFor(200);
  assert.equal(isOver, true);
});
