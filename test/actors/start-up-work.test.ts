import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Loads } from '../../src/actors/measure.ts';
import { NO_START_UP_WORK, noteConfirmation, noteFeedback, taughtRates, type StartUpWork } from '../../src/actors/start-up-work.ts';
import { MINUTE_MS, START_MS } from './fixtures.ts';

const rates = (requests: number, cpu: number): Loads => [requests, cpu, 1, 2];

/** An hour in which a request takes 5 millicores, give or take 4%. */
function afterAnHour(): StartUpWork {
  const work = { ...NO_START_UP_WORK };
  for (let i = 0; i < 60; i += 1) {
    const one = rates(100, 500 * (1 + 0.04 * Math.sin(i)));
    assert.equal(taughtRates(work, START_MS + i * MINUTE_MS, MINUTE_MS, one), one);
  }
  return work;
}
const NOW_MS = START_MS + 60 * MINUTE_MS;

function startReplicas(work: StartUpWork, from: number, to: number): void {
  const told = { pool: 'web', planId: 'web/1', generation: 4, readyReplicas: from, attempts: 1, reason: '', step: 'accepted' } as const;
  noteConfirmation(work, { ...told, fromReplicas: from, requestedReplicas: to, atMs: NOW_MS });
}
const ended = (generation: number) => ({
  pool: 'web',
  planId: 'web/1',
  generation,
  reason: '',
  fromReplicas: 3,
  toReplicas: 5,
  readyReplicas: 5,
  attempts: 1,
  outcome: 'succeeded' as const,
  leadTimesMs: [],
});

test('start-up work: CPU beyond the usual of the requests is not taught while we start replicas', () => {
  const work = afterAnHour();
  startReplicas(work, 3, 5);
  const [requests, cpu, memory, network] = taughtRates(work, NOW_MS, MINUTE_MS, rates(200, 3_000));
  assert.deepEqual([requests, memory, network], [200, 1, 2]);
  assert.ok(cpu >= 1_000 && cpu < 1_120, `${cpu} of 3000, 1000 are usual`);
  assert.equal(work.leftOut, 1);
  const usual = rates(300, 1_510);
  assert.equal(taughtRates(work, NOW_MS, MINUTE_MS, usual), usual, 'load that grew is load');
});

test('start-up work: what was left out changes nothing of what is usual', () => {
  const work = afterAnHour();
  const { mean, deviation } = work;
  startReplicas(work, 3, 5);
  for (let i = 0; i < 10; i += 1) taughtRates(work, NOW_MS + i * MINUTE_MS, MINUTE_MS, rates(100, 5_000));
  assert.deepEqual([work.mean, work.deviation], [mean, deviation]);
});

test('start-up work: it ends with the feedback of the action that started them, or after half an hour', () => {
  const surge = rates(100, 5_000);
  const work = afterAnHour();
  startReplicas(work, 3, 5);
  noteFeedback(work, ended(2));
  assert.notEqual(taughtRates(work, NOW_MS, MINUTE_MS, surge), surge, 'another action ended');
  noteFeedback(work, ended(4));
  assert.equal(taughtRates(work, NOW_MS, MINUTE_MS, surge), surge);
  const forgotten = afterAnHour();
  startReplicas(forgotten, 3, 5);
  assert.equal(taughtRates(forgotten, NOW_MS + 30 * MINUTE_MS, MINUTE_MS, surge), surge);
  assert.equal(taughtRates({ ...forgotten }, NOW_MS - 5 * MINUTE_MS, MINUTE_MS, surge), surge, 'an interval before it');
});

test('start-up work: stopping replicas starts nothing, and before half an hour nothing is usual', () => {
  const surge = rates(100, 5_000);
  const work = afterAnHour();
  startReplicas(work, 5, 3);
  assert.equal(taughtRates(work, NOW_MS, MINUTE_MS, surge), surge);
  const young = { ...NO_START_UP_WORK };
  for (let i = 0; i < 10; i += 1) taughtRates(young, START_MS + i * MINUTE_MS, MINUTE_MS, rates(100, 500));
  startReplicas(young, 3, 5);
  assert.equal(taughtRates(young, NOW_MS, MINUTE_MS, surge), surge);
});

test('start-up work: intervals that were not measured, or without requests, pass as they are', () => {
  const work = afterAnHour();
  startReplicas(work, 3, 5);
  for (const odd of [rates(Number.NaN, Number.NaN), rates(0, 700), rates(100, 0)]) {
    assert.equal(taughtRates(work, NOW_MS, MINUTE_MS, odd), odd);
  }
});
