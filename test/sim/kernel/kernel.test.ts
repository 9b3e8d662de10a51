import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKernel } from '../../../sim/kernel/kernel.ts';
import { poisonWorld } from '../../../sim/kernel/poison.ts';
import { sleep } from '../../../src/ports/clock.ts';

test('kernel: events run by time, and by insertion within one instant', async () => {
  const kernel = createKernel(1, { startMs: 1_000 });
  const seen: string[] = [];
  for (const [delayMs, name] of [
    [20, 'c'],
    [10, 'a'],
    [20, 'd'],
    [10, 'b'],
    [-5, 'first'],
  ] as const)
    kernel.clock.setTimer(delayMs, () => seen.push(`${name}@${kernel.clock.nowMs()}`));
  await kernel.run(1_015);
  assert.deepEqual(seen, ['first@1000', 'a@1010', 'b@1010']);
  assert.equal(kernel.clock.nowMs(), 1_015);
  await kernel.runFor(5);
  assert.deepEqual(seen.slice(3), ['c@1020', 'd@1020']);
  assert.deepEqual([kernel.events, kernel.pending], [5, 0]);
});

test('kernel: a timer set within an event fires at its own time, not at the end of the run', async () => {
  const kernel = createKernel(1);
  const times: number[] = [];
  kernel.clock.setTimer(100, () => kernel.clock.setTimer(100, () => times.push(kernel.clock.nowMs())));
  await kernel.run(1_000);
  assert.deepEqual(times, [200]);
});

test('kernel: all promises that an event settles run to their ends before the next event', async () => {
  const kernel = createKernel(1);
  const seen: string[] = [];
  const chain = async (name: string): Promise<void> => {
    for (let depth = 0; depth < 50; depth++) await Promise.resolve().then(() => undefined);
    seen.push(name);
  };
  kernel.clock.setTimer(1, () => void chain('first'));
  kernel.clock.setTimer(1, () => void chain('second'));
  kernel.clock.setTimer(1, () => seen.push('third'));
  await kernel.run(1);
  assert.deepEqual(seen, ['first', 'second', 'third']);
});

test('kernel: cancelled timers never fire, and are swept out when they pile up', async () => {
  const kernel = createKernel(1);
  let fired = 0;
  for (let index = 0; index < 10_000; index++) {
    const timer = kernel.clock.setTimer(index % 977, () => fired++);
    if (index % 10 !== 0) timer.cancel();
    timer.cancel();
    if (index % 10 === 0) kernel.clock.setTimer(index % 977, () => fired++);
  }
  assert.equal(kernel.pending, 1_000);
  await kernel.run(1_000);
  assert.equal(fired, 1_000);
});

test('kernel: an error in an event ends the run', async () => {
  const kernel = createKernel(1);
  kernel.clock.setTimer(1, () => {
    throw new Error('broken event');
  });
  await assert.rejects(kernel.run(5), /broken event/);
  assert.throws(() => kernel.clock.setTimer(Number.NaN, () => {}), /finite/);
});

test('kernel: a simulation that goes round in circles ends with an error that names the seed', async () => {
  const kernel = createKernel('loop', { eventsMax: 100 });
  const again = (): void => void kernel.clock.setTimer(0, again);
  again();
  await assert.rejects(kernel.run(5), /seed loop/);
});

test('kernel: a jump moves the wall clock only', async () => {
  const kernel = createKernel(1, { startMs: 500 });
  let fired = 0;
  kernel.clock.setTimer(100, () => (fired = kernel.clock.monotonicMs()));
  kernel.jumpWallClock(-60_000);
  await kernel.runFor(100);
  assert.deepEqual([fired, kernel.clock.nowMs()], [100, -59_400]);
});

/** Async loops that draw, wait and trace. */
async function workload(seed: number): Promise<string> {
  const kernel = createKernel(seed, { startMs: 1e12 });
  const walk = async (name: string): Promise<void> => {
    const random = kernel.random.fork(name);
    for (;;) {
      await sleep(kernel.clock, random.next() * 10);
      kernel.trace(`${name} ${random.int(1_000)}`);
    }
  };
  for (let index = 0; index < 20; index++) void walk(`walker-${index}`);
  await kernel.runFor(500);
  return `${kernel.events} ${kernel.digest()}`;
}

test('kernel: the same seed gives the same run, another seed another, under a poisoned world', async () => {
  const restore = poisonWorld();
  try {
    assert.throws(() => Date.now(), /ports/);
    assert.throws(() => new Date(), /ports/);
    assert.throws(() => Math.random(), /ports/);
    const first = await workload(7);
    assert.equal(await workload(7), first);
    assert.notEqual(await workload(8), first);
  } finally {
    restore();
  }
  assert.ok(Date.now() > 0 && Math.random() < 1);
});
