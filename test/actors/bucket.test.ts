import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bucketMsOf, coarser, firstBucketMs } from '../../src/actors/bucket.ts';
import { plaBehavior } from '../../src/actors/pla.ts';
import { poolRules } from '../../src/actors/pool-rules.ts';
import { createSeries, freezeSeries, observeSeries, thawSeries } from '../../src/actors/series-set.ts';
import type { StateReport } from '../../src/protocol/state-report.ts';
import { MINUTE_MS, pool, rulesFor, START_MS } from './fixtures.ts';
import { observation } from './observations.ts';
import { createStage, listener, type Stage } from './stage.ts';

const INTERVAL_MS = 5_000;
const settings = pool({ intervalMs: INTERVAL_MS, producerTimeoutMs: 3 * INTERVAL_MS, planner: { staleAfterMs: 3 * INTERVAL_MS } });
const NAME = 'p4';
const ONE = `pla:web/${NAME}`;

const stageWith = (): Stage =>
  createStage([plaBehavior(rulesFor(settings)), listener('pse')], () => ({ ok: true, value: { version: 1, models: [] } }), START_MS);
const reports = (stage: Stage): StateReport[] => stage.published.map(({ data }) => data as StateReport);

/** Intervals of one producer; undefined: it does not tell. */
function tell(stage: Stage, loads: readonly (number | undefined)[]): void {
  for (const load of loads) {
    const startMs = stage.nowMs();
    stage.pass(INTERVAL_MS);
    if (load !== undefined) stage.tell(ONE, 'observation', observation(settings, NAME, startMs, load));
  }
}
const steady = (count: number, load: number): number[] => Array.from({ length: count }, () => load);

test('bucket: a minute and a fifth of the shortest horizon at most, and all horizons are whole multiples of it', () => {
  const bucketOf = (intervalMs: number, ...horizonsMs: number[]): number => bucketMsOf(pool({ intervalMs, horizonsMs }), false);
  assert.equal(bucketOf(5_000, 300_000, 600_000, 900_000), 60_000);
  assert.equal(bucketOf(45_000, 450_000, 900_000), 45_000);
  assert.equal(bucketOf(60_000, 300_000), 60_000);
  assert.equal(bucketOf(1_000, 15_000, 30_000, 60_000), 3_000);
  assert.equal(bucketOf(1_000, 301_000), 43_000);
  assert.equal(bucketOf(1_000, 3_000), 1_000);
  assert.equal(bucketOf(7_000, 294_000, 588_000), 49_000);
});

test('bucket: a producer that others read by the interval is forecast by it', () => {
  assert.equal(bucketMsOf({ ...settings, bottomUp: true }, false), INTERVAL_MS);
  assert.equal(bucketMsOf(settings, true), INTERVAL_MS);
});

test('bucket: those of many producers end at all intervals of a minute alike, and one producer’s always at the same', () => {
  const counts = new Map<number, number>();
  for (let i = 0; i < 1_200; i += 1) {
    const firstMs = firstBucketMs(`pla:web/p${i}`, INTERVAL_MS, MINUTE_MS);
    counts.set(firstMs, (counts.get(firstMs) ?? 0) + 1);
  }
  assert.deepEqual(
    [...counts.keys()].sort((a, b) => a - b),
    steady(12, 0).map((_, slot) => slot * INTERVAL_MS),
  );
  assert.ok(
    [...counts.values()].every((count) => count > 60 && count < 140),
    [...counts.values()].join(),
  );
  assert.equal(firstBucketMs(ONE, MINUTE_MS, MINUTE_MS), 0, 'nothing is spread where an interval is a minute');
});

test('analyzer: a single producer is forecast and reported by the minute, with the mean of what was measured in it', () => {
  const stage = stageWith();
  tell(stage, [...steady(6, 10), ...steady(6, 20)]);
  assert.equal(reports(stage).length, 0, 'the first minute waits: it may yet be told that it stands alone');
  tell(stage, [10]);
  assert.equal(reports(stage).length, 1);
  assert.deepEqual(
    [reports(stage)[0]?.intervalMs, reports(stage)[0]?.originMs, reports(stage)[0]?.observedIntervals],
    [60_000, START_MS, 1],
  );
  assert.equal(reports(stage)[0]?.resources[0]?.current, 15);
  tell(stage, [undefined, ...steady(9, 10), undefined]);
  assert.equal(reports(stage).length, 1, 'the last interval of the minute may still come');
  tell(stage, [10]);
  assert.deepEqual([reports(stage)[1]?.originMs, reports(stage)[1]?.resources[0]?.current], [START_MS + MINUTE_MS, 10]);
});

test('analyzer: what a single producer tells twice, or too late, is dropped within a minute as well', () => {
  const stage = stageWith();
  const startMs = stage.nowMs();
  tell(stage, steady(13, 10));
  for (const late of [0, 11, 12]) stage.tell(ONE, 'observation', observation(settings, NAME, startMs + late * INTERVAL_MS, 99));
  assert.deepEqual(stage.describe(ONE)?.['dropped'], { late: 3, early: 0, misfit: 0 });
});

test('analyzer: a producer that falls silent within a minute is stale in time, and not before', () => {
  const stage = stageWith();
  tell(stage, steady(26, 10));
  stage.pass(2 * INTERVAL_MS);
  assert.equal(stage.describe(ONE)?.['stale'], false);
  stage.pass(INTERVAL_MS);
  assert.equal(stage.describe(ONE)?.['stale'], true);
  assert.equal(reports(stage).at(-1)?.resources[0]?.current, null);
});

test('analyzer: a restart within a minute changes nothing', () => {
  const runs = [false, true].map((restarts) => {
    const stage = stageWith();
    for (let i = 0; i < 100; i += 1) {
      tell(stage, [50 + 7 * (i % 5)]);
      if (restarts && i % 9 === 0) stage.restart();
    }
    return reports(stage);
  });
  assert.deepEqual(runs[0], runs[1]);
  assert.ok(runs[0]?.at(-1)?.ready);
});

test('bucket: a window by a longer interval has the means of what was measured, from whole multiples on', () => {
  const { startMs, values } = coarser([1, 3, Number.NaN, 5, Number.NaN, Number.NaN, 8], 5_000, 5_000, 10_000);
  assert.equal(startMs, 0);
  assert.deepEqual(values, [1, 3, 5, 8]);
  assert.deepEqual(coarser([Number.NaN, Number.NaN], 0, 5_000, 10_000).values, [Number.NaN]);
});

test('analyzer: a snapshot from when producers were forecast by the interval keeps what it had seen', () => {
  const { slim } = poolRules(settings, false);
  const old = createSeries({ ...slim, intervalMs: INTERVAL_MS });
  for (let i = 0; i < 240; i += 1) observeSeries(old, START_MS + i * INTERVAL_MS, [100, 0, 0, 0]);
  const { series: thawed, renewed } = thawSeries(freezeSeries(old), slim);
  assert.match(renewed ?? '', /settings were changed; learnt anew from 20 intervals/);
  assert.equal(thawed.forecasters[0]?.notReady(), undefined);
  assert.ok(Math.abs((thawed.latest[0]?.[0]?.mean ?? 0) - 100) < 5);
});
