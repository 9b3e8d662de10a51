/** Totals that are forecast from the forecasts of their producers, too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plaBehavior } from '../../src/actors/pla.ts';
import type { ProducerOutlook } from '../../src/protocol/producer-outlook.ts';
import type { StateReport } from '../../src/protocol/state-report.ts';
import { MINUTE_MS, pool, rulesFor, START_MS } from './fixtures.ts';
import { observation } from './observations.ts';
import { createStage, listener, type Stage } from './stage.ts';

const TOTAL = 'pla:web';
const settings = pool({ bottomUp: true });

function stageWith(given = settings): Stage {
  const noTraining = { ok: true, value: { version: 1, ok: true, durationMs: 1, models: [] } } as const;
  return createStage([plaBehavior(rulesFor(given)), listener('pse')], () => noTraining, START_MS);
}

/** As a node hands observations in: to the analyzer of the producer and to that of the total. */
function minute(stage: Stage, loads: readonly number[], leaving: (p: number) => boolean = () => false): void {
  const startMs = stage.nowMs();
  stage.pass(MINUTE_MS);
  for (const [p, load] of loads.entries()) {
    const data = observation(settings, `p${p}`, startMs, load, leaving(p) ? { final: true } : {});
    for (const to of [`${TOTAL}/p${p}`, TOTAL]) stage.tell(to, 'observation', data);
  }
}

const totals = (stage: Stage): StateReport[] =>
  stage.published.map(({ data }) => data as StateReport).filter(({ producer }) => producer === null);
const weightOf = ({ model }: StateReport): number =>
  Object.entries(model.weights).reduce((sum, [expert, weight]) => (expert.startsWith('bottom-up') ? sum + weight : sum), 0);

/** Two producers whose waves make a total that is hardly a wave, and one that idles. */
const parts = (i: number): readonly number[] => [500 + 300 * Math.sin(i / 7), 500 - 290 * Math.sin(i / 7 + 0.05), 20];

test('bottom-up: producers tell what they forecast, and it competes for the total, visibly', () => {
  const stage = stageWith();
  for (let i = 0; i < 240; i += 1) minute(stage, parts(i));
  const outlooks = stage.sent
    .filter(({ name }) => name === 'producer-outlook')
    .map(({ to, data }) => [to, data as ProducerOutlook] as const);
  assert.equal(outlooks.length, 3 * (240 - 2), 'one a producer and interval, once it is ready');
  assert.ok(outlooks.every(([to, { resources }]) => to === TOTAL && resources.every(({ means }) => means.length === 6)));
  const report = totals(stage).at(-1) ?? assert.fail('no report');
  assert.ok('bottom-up' in report.model.weights);
  assert.ok(weightOf(report) > 0.02, `weight ${weightOf(report)}`);
  assert.deepEqual(stage.unhandled, []);
});

test('bottom-up: off, producers tell nothing and no such expert is there', () => {
  const stage = stageWith(pool());
  for (let i = 0; i < 20; i += 1) minute(stage, parts(i));
  assert.ok(stage.sent.every(({ name }) => name !== 'producer-outlook'));
  assert.ok(totals(stage).every(({ model }) => !('bottom-up' in model.weights)));
});

test('bottom-up: a change of the number of producers at a constant total leaves the forecast where it was', () => {
  const stage = stageWith();
  const countAt = (i: number): number => (i < 60 ? 2 : i < 120 ? 8 : 3);
  for (let i = 0; i < 180; i += 1) {
    const count = countAt(i);
    minute(
      stage,
      Array.from({ length: count }, () => 1_200 / count),
      (p) => p >= countAt(i + 1),
    );
  }
  stage.pass(MINUTE_MS / 2);
  const said = totals(stage)
    .slice(30)
    .flatMap(({ resources }) => resources[0]?.forecasts ?? []);
  assert.ok(said.length > 600);
  for (const { mean, quantiles } of said) {
    assert.ok(Math.abs(mean - 1_200) < 12, `mean ${mean}`);
    assert.ok((quantiles.at(-1) ?? 0) < 1_300, `q99 ${quantiles.at(-1)}`);
  }
});

test('bottom-up: restarts at any moment give the same reports to the last bit', () => {
  const play = (restartEvery: number): StateReport[] => {
    const stage = stageWith();
    for (let i = 0; i < 100; i += 1) {
      minute(stage, parts(i));
      if (i % restartEvery === restartEvery - 1) stage.restart();
    }
    return totals(stage);
  };
  assert.deepEqual(play(3), play(1_000));
});
