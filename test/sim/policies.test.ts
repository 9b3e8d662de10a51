/** Baseline policies against the documented formulas of the systems they stand for: worked examples, by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plantFor, type Plant } from '../../sim/plant.ts';
import { DayBefore } from '../../sim/policies/day-before.ts';
import { HoltWinters } from '../../sim/policies/holt-winters.ts';
import { KPA_DEFAULTS, KpaController } from '../../sim/policies/kpa-controller.ts';
import type { SeenInterval } from '../../sim/policies/policy.ts';
import { targetTrackingRule } from '../../sim/policies/target-tracking.ts';
import { policiesFor } from '../../sim/simulate.ts';
import { runPolicy, type PolicyRun } from '../../sim/run.ts';
import { seriesWorkload } from '../../sim/workloads/series.ts';

const MINUTE = 60_000;

async function run(label: string, values: readonly number[], given: Partial<Plant> = {}): Promise<PolicyRun> {
  const [chosen] = policiesFor([label]);
  assert.ok(chosen !== undefined);
  const workload = seriesWorkload({ name: 'web', startMs: 0, intervalMs: MINUTE, values }, 10);
  const plant = plantFor(workload.demand, { replicaCapacity: 10, leadTime: { p50Ms: MINUTE, p95Ms: MINUTE }, ...given });
  return runPolicy({ workload, plant, faults: [], policy: chosen.policy, start: chosen.start, label, seed: 1, replicasOnly: true });
}

const counts = ({ rows }: PolicyRun, name: 'ready' | 'requested'): number[] => rows.map((row) => row[name]);
const kpa = (): KpaController => new KpaController(KPA_DEFAULTS);

test('kpa: stable: ceil(load / target), at most halved at a time', () => {
  assert.equal(kpa().tick(2_000, { stableLoad: 7, panicLoad: 7, readyReplicas: 8 }), 10);
  assert.equal(kpa().tick(2_000, { stableLoad: 0.7, panicLoad: 0.7, readyReplicas: 9 }), 4);
});

test('kpa: panic from twice what is ready, never down within it, over after a stable window without cause', () => {
  const controller = kpa();
  assert.equal(controller.tick(2_000, { stableLoad: 2, panicLoad: 5.6, readyReplicas: 4 }), 8);
  assert.equal(controller.isPanicking, true);
  assert.equal(controller.tick(4_000, { stableLoad: 2, panicLoad: 1, readyReplicas: 8 }), 8);
  assert.equal(controller.tick(62_000, { stableLoad: 2, panicLoad: 1, readyReplicas: 8 }), 8);
  assert.equal(controller.tick(64_000, { stableLoad: 4.2, panicLoad: 1, readyReplicas: 8 }), 6);
  assert.equal(controller.isPanicking, false);
});

test('kpa: just under the threshold there is no panic', () => {
  const controller = kpa();
  controller.tick(2_000, { stableLoad: 4.9, panicLoad: 4.9, readyReplicas: 4 });
  assert.equal(controller.isPanicking, false);
});

function seen(minute: number, utilisation: number, replicas: number): SeenInterval {
  return {
    index: minute,
    startMs: minute * MINUTE,
    endMs: (minute + 1) * MINUTE,
    demand: 1,
    utilisation,
    readyMean: replicas,
    readyReplicas: replicas,
    requestedReplicas: replicas,
  };
}

test('target tracking: out after three high minutes, in proportion', () => {
  const rule = targetTrackingRule(0.5);
  assert.deepEqual(
    [0, 1, 2].map((minute) => rule(seen(minute, 0.8, 4))?.replicas),
    [undefined, undefined, 7],
  );
});

test('target tracking: in after fifteen minutes under nine tenths, and not within the cooldown', () => {
  const rule = targetTrackingRule(0.5);
  const answers = Array.from({ length: 25 }, (_, minute) => rule(seen(minute, 0.25, 4))?.replicas);
  assert.deepEqual(
    answers.flatMap((answer, minute) => (answer === undefined ? [] : [[minute, answer]])),
    [
      [14, 2],
      [19, 2],
      [24, 2],
    ],
  );
  const between = targetTrackingRule(0.5);
  for (let minute = 0; minute < 60; minute += 1) assert.equal(between(seen(minute, 0.46, 4)), undefined);
});

test('target tracking: missing data scales nothing', () => {
  const rule = targetTrackingRule(0.5);
  for (let minute = 0; minute < 20; minute += 1) assert.equal(rule(seen(minute, Number.NaN, 4)), undefined);
});

test('holt-winters: a season with a trend goes on exactly', () => {
  const model = new HoltWinters({ alpha: 0.9, beta: 0.9, gamma: 0.9, period: 4 });
  const value = (at: number): number => 10 + 0.5 * at + ([3, -1, -4, 2][at % 4] ?? 0);
  for (let at = 0; at < 7; at += 1) {
    model.observe(value(at));
    assert.equal(model.next(), undefined, 'two seasons are needed');
  }
  for (let at = 7; at < 30; at += 1) {
    model.observe(value(at));
    assert.ok(Math.abs((model.next() ?? Number.NaN) - value(at + 1)) < 1e-9, `${model.next()} for ${value(at + 1)}`);
  }
});

test('day before: the same time a day ago, and how alike the days are', () => {
  const known = new DayBefore({ intervalMs: 3_600_000 });
  for (let hour = 0; hour < 24; hour += 1) {
    assert.equal(known.largestAhead(3_600_000), undefined);
    known.record(hour);
  }
  assert.equal(known.largestAhead(3_600_000), 0);
  assert.equal(known.largestAhead(3 * 3_600_000), 2);
  assert.equal(known.likeness(), undefined);
  for (let hour = 0; hour < 24; hour += 1) known.record(hour);
  assert.ok(Math.abs((known.likeness() ?? 0) - 1) < 1e-12);
});

const DAY = Array.from({ length: 1_440 }, (_, minute) => (minute >= 600 && minute < 660 ? 80 : 20));

test('additive, crane: ready before a peak that was there the day before, which hpa is not', async () => {
  const values = [...DAY, ...DAY, ...DAY];
  const additive = await run('additive', values);
  const start = 2 * 1_440 + 600;
  assert.ok((counts(additive, 'ready')[start] ?? 0) >= 8);
  assert.ok((counts(await run('crane', values), 'ready')[start] ?? 0) >= 8);
  assert.ok((counts(await run('hpa', values), 'ready')[start] ?? 9) < 8);
});

test('phpa: never below hpa, also before its model has two seasons', async () => {
  const values = DAY.map((value, minute) => value + (minute % 7));
  const hpa = counts(await run('hpa', values), 'requested');
  const phpa = counts(await run('phpa', values), 'requested');
  assert.deepEqual(phpa.slice(0, 10), hpa.slice(0, 10));
});

test('step schedule: each hour has what the same hour of the day before needed, times the headroom', async () => {
  const result = await run('step-schedule:1.5', [...DAY, ...DAY]);
  assert.equal(counts(result, 'requested')[1_440 + 620], 12);
  assert.equal(counts(result, 'requested')[1_440 + 300], 3);
});

test('optimal: pays for starts in time, and is as often short as allowed', async () => {
  const values = [20, 20, 20, 50, 50, 20, 20, 20, 20, 20];
  const exact = await run('optimal:0.0001', values, { maxReplicas: 9 });
  assert.deepEqual(counts(exact, 'ready'), [2, 2, 2, 5, 5, 2, 2, 2, 2, 2]);
  assert.deepEqual(counts(exact, 'requested'), [2, 2, 5, 5, 5, 2, 2, 2, 2, 2]);
  const allowed = await run('optimal:0.2', values, { maxReplicas: 9 });
  assert.deepEqual(counts(allowed, 'ready'), [2, 2, 2, 4, 4, 2, 2, 2, 2, 2]);
});

test('policies: bounds of the plant hold for every one of them', async () => {
  for (const label of ['kpa', 'target-tracking', 'step-schedule', 'phpa', 'crane', 'additive', 'optimal']) {
    const requested = counts(
      await run(label, [10, 500, 500, 500, 0, 0, 0, 0, 0, 0, 0, 0], { minReplicas: 2, maxReplicas: 9 }),
      'requested',
    );
    assert.ok(Math.min(...requested) >= 2 && Math.max(...requested) <= 9, `${label}: ${requested.join(' ')}`);
  }
});
