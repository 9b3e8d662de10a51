import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../adapters/manual-clock.ts';
import { Arrivals } from '../../src/producer/arrivals.ts';
import { createRecorder } from '../../src/producer/index.ts';
import type { Observation } from '../../src/protocol/observation.ts';

/** Arrivals of a recorder, on a clock that counts how often it is asked. */
function counted({ intervalMs = 5_000, isFlushed = true } = {}) {
  const manual = createManualClock();
  const told: Observation[] = [];
  const recorder = createRecorder({ pool: 'p', producer: 'one', intervalMs, emit: (one) => told.push(one) });
  if (isFlushed) recorder.flush(manual.nowMs());
  const counts = { asked: 0 };
  const arrivals = new Arrivals(recorder, { ...manual, nowMs: () => ((counts.asked += 1), manual.nowMs()) });
  return { manual, arrivals, recorder, counts, told };
}

test('arrivals: few requests are each told the time', async () => {
  const { manual, arrivals, recorder, counts } = counted();
  for (let i = 1; i <= 50; i += 1) {
    arrivals.count();
    assert.equal(recorder.counts.recorded, i);
    await manual.advance(8);
  }
  assert.equal(counts.asked, 50);
});

test('arrivals: of many at most those of ten milliseconds wait, and the clock is seldom asked', async () => {
  const { manual, arrivals, recorder, counts } = counted({ intervalMs: 60_000 });
  let waitingMost = 0;
  for (let ms = 0; ms < 1_000; ms += 1) {
    for (let i = 0; i < 20; i += 1) arrivals.count();
    waitingMost = Math.max(waitingMost, 20 * (ms + 1) - recorder.counts.recorded);
    await manual.advance(1);
  }
  assert.ok(waitingMost > 20 && waitingMost <= 200, `${waitingMost} waited`);
  assert.ok(counts.asked < 200, `asked ${counts.asked} times for 20,000`);
});

test('arrivals: what was counted when an interval closes is of that interval, and what comes after of the next', async () => {
  const { manual, arrivals, recorder, told } = counted();
  await manual.advance(5_000 - (manual.nowMs() % 5_000) - 2);
  for (let i = 0; i < 100; i += 1) arrivals.count();
  await manual.advance(2);
  recorder.flush(manual.nowMs());
  for (let i = 0; i < 70; i += 1) arrivals.count();
  await manual.advance(5_000);
  recorder.flush(manual.nowMs());
  assert.deepEqual(
    told.slice(-2).map(({ peakRequestsPerSecond }) => peakRequestsPerSecond),
    [100, 70],
  );
});

test('arrivals: when they become few each is told the time again', async () => {
  const { manual, arrivals, recorder } = counted({ intervalMs: 3_600_000 });
  for (let i = 0; i < 1_000; i += 1) arrivals.count();
  for (let i = 0; i < 200; i += 1) {
    await manual.advance(1_000);
    arrivals.count();
  }
  const { recorded } = recorder.counts;
  assert.equal(recorded, 1_200);
  await manual.advance(1_000);
  arrivals.count();
  assert.equal(recorder.counts.recorded, 1_201);
});

test('arrivals: each is told the time in an interval of less than a second, and where nobody flushes', () => {
  for (const settings of [{ intervalMs: 500 }, { isFlushed: false }]) {
    const { arrivals, counts } = counted(settings);
    for (let i = 0; i < 100; i += 1) arrivals.count();
    assert.equal(counts.asked, 100);
  }
});

test('arrivals: none is lost when the clock is set back', async () => {
  const { manual, recorder } = counted({ intervalMs: 3_600_000 });
  let backMs = 0;
  const arrivals = new Arrivals(recorder, { ...manual, nowMs: () => manual.nowMs() - backMs });
  for (let i = 0; i < 1_000; i += 1) arrivals.count();
  backMs = 50_000;
  for (let i = 0; i < 200; i += 1) {
    arrivals.count();
    await manual.advance(1_000);
  }
  assert.equal(recorder.counts.recorded, 1_200);
});
