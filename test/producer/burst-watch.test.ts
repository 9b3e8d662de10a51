import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BurstWatch, type Burst } from '../../src/producer/index.ts';

/** What it tells when so many requests come each second. */
function tellings(perSecond: (second: number) => number, seconds: number): (Burst & { readonly second: number })[] {
  const watch = new BurstWatch();
  let recorded = 0;
  const told: (Burst & { readonly second: number })[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const burst = watch.look(second * 1_000, recorded);
    if (burst !== undefined) told.push({ ...burst, second });
    recorded += perSecond(second);
  }
  return told;
}

test('burst watch: a doubled load is told within six seconds, with what is usual', () => {
  const [first] = tellings((second) => (second < 60 ? 100 : 200), 120);
  assert.ok(first !== undefined && first.second > 60 && first.second <= 66, JSON.stringify(first));
  assert.ok(Math.abs(first.usualPerSecond - 100) < 1e-9);
  assert.equal(first.windowMs, 6_000);
});

test('burst watch: a jump that lasts is told as it grows and then every five seconds, until it is usual', () => {
  const told = tellings((second) => (second < 60 ? 100 : 300), 180);
  assert.ok(told.length < 20, String(told.length));
  assert.ok(Math.max(...told.map(({ requestsPerSecond }) => requestsPerSecond)) === 300);
  assert.ok((told.at(-1)?.second ?? 0) < 130, 'after a minute it is usual');
});

test('burst watch: chance, little loads, slow growth and a beginning are no jumps', () => {
  let state = 1;
  const noise = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  assert.deepEqual(
    tellings(() => 80 + Math.round(40 * noise()), 600),
    [],
  );
  assert.deepEqual(
    tellings((second) => (second % 60 < 3 ? 2 : 0), 600),
    [],
  );
  assert.deepEqual(
    tellings((second) => 100 + second / 2, 600),
    [],
  );
  assert.deepEqual(
    tellings(() => 5_000, 9),
    [],
  );
});

test('burst watch: a clock that is set back and a process that slept are no jumps', () => {
  const watch = new BurstWatch();
  for (let second = 0; second < 60; second += 1) watch.look(second * 1_000, second * 100);
  assert.equal(watch.look(600_000, 200_000), undefined, 'slept');
  assert.equal(watch.look(10_000, 210_000), undefined, 'set back');
});
