/** A pool's only producer: its own analyzer stands by, and that of the total speaks for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PoolSettings } from '../../src/actors/pool-settings.ts';
import { plaBehavior } from '../../src/actors/pla.ts';
import type { StateReport } from '../../src/protocol/state-report.ts';
import { MINUTE_MS, pool, rulesFor, START_MS } from './fixtures.ts';
import { observation } from './observations.ts';
import { createStage, listener, type Stage } from './stage.ts';

const TOTAL = 'pla:web';
const OWN = 'pla:web/p0';

function stageWith(settings: PoolSettings): Stage {
  const noTraining = { ok: true, value: { version: 1, ok: true, durationMs: 1, models: [] } } as const;
  return createStage([plaBehavior(rulesFor(settings)), listener('pse')], () => noTraining, START_MS);
}

/** One interval of each producer, as a node hands it in: to its own analyzer and to that of the total. */
function interval(stage: Stage, loads: Readonly<Record<string, number>>, settings = pool(), leaving: readonly string[] = []): void {
  const startMs = stage.nowMs();
  stage.pass(settings.intervalMs);
  for (const [producer, load] of Object.entries(loads)) {
    const data = observation(settings, producer, startMs, load, leaving.includes(producer) ? { final: true } : {});
    for (const to of [`${TOTAL}/${producer}`, TOTAL]) stage.tell(to, 'observation', data);
  }
}

function minutes(stage: Stage, count: number, loads: Readonly<Record<string, number>>): void {
  for (let i = 0; i < count; i += 1) interval(stage, loads);
}

const reportsOf = (stage: Stage, producer: string | null): StateReport[] =>
  stage.published.map(({ data }) => data as StateReport).filter((report) => report.producer === producer);
const bytesOf = (stage: Stage, address: string): unknown => stage.describe(address)?.['stateBytes'];
const standings = (stage: Stage): unknown[] =>
  stage.sent.filter(({ name }) => name === 'producer-standing').map(({ to, data }) => [to, (data as { alone: boolean }).alone]);

test('lone producer: its analyzer holds no series, and the total reports for it what it reports of itself', () => {
  const stage = stageWith(pool());
  minutes(stage, 20, { p0: 100 });
  assert.deepEqual(standings(stage), [[OWN, true]], 'told once');
  assert.equal(stage.describe(OWN)?.['state'], 'alone');
  assert.equal(bytesOf(stage, OWN), 0);
  assert.ok(Number(bytesOf(stage, TOTAL)) > 0);
  const own = reportsOf(stage, 'p0').at(-1) ?? assert.fail('nobody speaks for it');
  const total = reportsOf(stage, null).at(-1) ?? assert.fail('no report');
  assert.deepEqual({ ...own, producer: null }, total);
  assert.equal(own.state, 'predicting');
  assert.deepEqual(stage.unhandled, []);
});

test('lone producer: with a second one it forecasts for itself, and alone again it stands by after ten minutes', () => {
  const stage = stageWith(pool());
  minutes(stage, 6, { p0: 100 });
  minutes(stage, 12, { p0: 50, p1: 50 });
  assert.deepEqual(standings(stage), [
    [OWN, true],
    [OWN, false],
  ]);
  assert.equal(stage.describe(OWN)?.['state'], 'predicting.trusted');
  assert.equal(bytesOf(stage, OWN), bytesOf(stage, `${TOTAL}/p1`));
  interval(stage, { p0: 50, p1: 50 }, pool(), ['p1']);
  minutes(stage, 6, { p0: 100 });
  assert.equal(stage.describe(OWN)?.['state'], 'predicting.trusted', 'not for a short while');
  minutes(stage, 8, { p0: 100 });
  assert.equal(stage.describe(OWN)?.['state'], 'alone');
  assert.deepEqual(standings(stage).at(-1), [OWN, true]);
});

test('lone producer: one that follows another stands by in its place, and a restart changes nothing', () => {
  const stage = stageWith(pool());
  minutes(stage, 4, { p0: 100 });
  interval(stage, { p0: 100 }, pool(), ['p0']);
  stage.restart();
  minutes(stage, 4, { p1: 100 });
  stage.restart();
  minutes(stage, 4, { p1: 100 });
  assert.deepEqual(standings(stage), [
    [OWN, true],
    [OWN, false],
    [`${TOTAL}/p1`, true],
  ]);
  assert.equal(stage.describe(`${TOTAL}/p1`)?.['state'], 'alone');
  assert.deepEqual(stage.unhandled, []);
});

test('lone producer: by the minute, as other single producers, and once more when nothing is measured any more', () => {
  const settings = pool({ intervalMs: 5_000 });
  const stage = stageWith(settings);
  for (let i = 0; i < 60; i += 1) interval(stage, { p0: 100 }, settings);
  const told = reportsOf(stage, 'p0').filter(({ originMs }) => originMs > START_MS + MINUTE_MS);
  assert.ok(told.length >= 3 && told.every(({ originMs }) => (originMs + 5_000) % MINUTE_MS === 0), `${told.length} reports`);
  stage.pass(settings.planner.staleAfterMs + MINUTE_MS);
  assert.equal(reportsOf(stage, 'p0').at(-1)?.resources[0]?.notReady?.code, 'stale-input');
});

test('lone producer: where others read what it forecasts it forecasts, and who has no analyzer gets none', () => {
  const settings = pool({ bottomUp: true });
  const read = stageWith(settings);
  for (let i = 0; i < 8; i += 1) interval(read, { p0: 100 }, settings);
  assert.equal(read.describe(OWN)?.['state'], 'predicting.trusted');
  assert.deepEqual(standings(read), []);

  const stage = stageWith(pool());
  for (let i = 0; i < 8; i += 1) {
    const startMs = stage.nowMs();
    stage.pass(MINUTE_MS);
    stage.tell(TOTAL, 'observation', observation(pool(), 'p0', startMs, 100));
  }
  assert.deepEqual(standings(stage), [[OWN, true]]);
  assert.deepEqual(
    stage.addresses().filter((address) => address.startsWith('pla:')),
    [TOTAL],
  );
});

test('lone producer: a training that was under way when it was told changes nothing', () => {
  const stage = stageWith(pool());
  interval(stage, { p0: 100 });
  for (let i = 0; i < 10; i += 1) {
    stage.tell(OWN, 'control', { pool: 'web', command: 'train', by: 'test', reason: 'test' });
    interval(stage, { p0: 100 });
  }
  assert.equal(stage.describe(OWN)?.['state'], 'alone');
  assert.deepEqual(stage.unhandled, []);
});
