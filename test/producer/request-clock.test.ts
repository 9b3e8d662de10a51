import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../adapters/manual-clock.ts';
import { RequestClock } from '../../src/producer/request-clock.ts';

/** A clock that counts how often it is asked. */
function counted() {
  const manual = createManualClock();
  const counts = { asked: 0, timers: 0 };
  const clock = new RequestClock({
    ...manual,
    nowMs: () => ((counts.asked += 1), manual.nowMs()),
    setTimer: (delayMs, callback) => ((counts.timers += 1), manual.setTimer(delayMs, callback)),
  });
  return { manual, clock, counts };
}

test('request clock: few requests are each told the time, and no timer is set', async () => {
  const { manual, clock, counts } = counted();
  for (let i = 0; i < 50; i += 1) {
    assert.equal(clock.nowMs(), manual.nowMs());
    await manual.advance(5);
  }
  assert.deepEqual(counts, { asked: 50, timers: 0 });
});

test('request clock: many share a time that is at most ten milliseconds old', async () => {
  const { manual, clock, counts } = counted();
  let latestMs = 0;
  for (let ms = 0; ms < 1_000; ms += 1) {
    for (let i = 0; i < 20; i += 1) latestMs = Math.max(latestMs, manual.nowMs() - clock.nowMs());
    await manual.advance(1);
  }
  assert.ok(latestMs > 0 && latestMs <= 10, `${latestMs} ms`);
  assert.ok(counts.asked < 150, `${counts.asked} of 20,000`);
});

test('request clock: when they become few each is told the time again, and no timer is left', async () => {
  const { manual, clock, counts } = counted();
  for (let i = 0; i < 100; i += 1) clock.nowMs();
  await manual.advance(1_000);
  const { timers } = counts;
  assert.equal(clock.nowMs(), manual.nowMs());
  await manual.advance(1_000);
  assert.equal(clock.nowMs(), manual.nowMs());
  assert.equal(counts.timers, timers);
});

test('request clock: a clock that is set back is followed', () => {
  let nowMs = 100_000;
  const clock = new RequestClock({ nowMs: () => nowMs, monotonicMs: () => 0, setTimer: () => ({ cancel: () => {} }) });
  clock.nowMs();
  nowMs = 50_000;
  assert.equal(clock.nowMs(), 50_000);
});
