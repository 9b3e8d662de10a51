import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import { createRandom, createSystemRandom } from '../../../src/adapters/system/random.ts';

const draw = (seed: number | string, count = 5): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

test('random: a seed gives one stream, near seeds give unrelated ones', () => {
  assert.deepEqual(draw(1), draw(1));
  assert.deepEqual(draw(1), draw('1'));
  assert.notDeepEqual(draw(1), draw(2));
  const means = Array.from({ length: 200 }, (_, seed) => draw(seed, 1)[0] ?? 0);
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  // Standard error of the mean of 200 uniform draws is 0.0204.
  assert.ok(Math.abs(mean - 0.5) < 0.0816, `first draws of near seeds average ${mean}`);
});

test('random: a fork depends on seed and label only, not on what was drawn before', () => {
  const fresh = createRandom(5);
  const used = createRandom(5);
  for (let index = 0; index < 10; index++) used.next();
  assert.equal(fresh.fork('a').next(), used.fork('a').next());
  assert.notEqual(fresh.fork('a').next(), fresh.fork('b').next());
  assert.notEqual(fresh.fork('a').fork('b').next(), fresh.fork('b').fork('a').next());
});

test('random: int covers its range and refuses a bound that is none', () => {
  const random = createRandom(3);
  const seen = new Set(Array.from({ length: 200 }, () => random.int(6)));
  assert.deepEqual(
    [...seen].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5],
  );
  for (const bound of [0, -1, 1.5, Number.NaN, 2 ** 33]) assert.throws(() => random.int(bound), /bound/);
});

test('random: without a seed every process gets its own stream', () => {
  assert.notEqual(createSystemRandom().next(), createSystemRandom().next());
  assert.equal(createSystemRandom('s').next(), createSystemRandom('s').next());
});

test('clock: timers of the system fire not before their delay, and a cancelled one never', async () => {
  const clock = createSystemClock();
  const beginMs = clock.monotonicMs();
  const cancelled = clock.setTimer(1, () => assert.fail('cancelled'));
  clock.setTimer(0, () => assert.fail('cancelled')).cancel();
  cancelled.cancel();
  await new Promise<void>((resolve) => clock.setTimer(5, resolve));
  assert.ok(clock.monotonicMs() - beginMs >= 5);
  await new Promise<void>((resolve) => clock.setTimer(0, resolve));
  // Beyond the longest delay of the engine's own timers, which fire at once there.
  const far = clock.setTimer(2 ** 33, () => assert.fail('fired at once'));
  await new Promise<void>((resolve) => clock.setTimer(3, resolve));
  far.cancel();
});
