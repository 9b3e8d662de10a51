import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../src/models/arena.ts';
import { ArmaState } from '../../src/models/arma-state.ts';
import { wavesAt } from '../../src/models/day-waves.ts';
import { createForecaster, fitSeries, thawForecaster } from '../../src/models/index.ts';
import { createGaussian } from './gaussian.ts';

const INTERVAL_MS = 300_000;
const model = { ar: [0.5, 0] as const, ma: 0, mean: 100, sigma: 1, waves: [20, 0, 5, 0] };
const times = { startMs: 0, intervalMs: INTERVAL_MS };
const levelAt = (t: number): number => model.mean + wavesAt(model.waves, t * INTERVAL_MS);

function stateOf(): ArmaState {
  return new ArmaState(2, new Arena());
}

test('arma state: a level with waves is foretold where it will be, and a deviation fades', () => {
  const state = stateOf();
  const recent = Array.from({ length: 300 }, (_, t) => levelAt(t));
  assert.equal(state.adopt(model, [1, 3], recent, times), undefined);
  assert.ok(Math.abs(state.forecast(1, 302 * INTERVAL_MS) - levelAt(302)) < 1e-9);
  state.observe(levelAt(300) + 8, 300 * INTERVAL_MS);
  assert.ok(Math.abs(state.forecast(0, 301 * INTERVAL_MS) - levelAt(301) - 4) < 1e-9);
  assert.ok(Math.abs(state.forecast(1, 303 * INTERVAL_MS) - levelAt(303) - 1) < 1e-9);
});

test('arma state: the next model may have no waves', () => {
  const state = stateOf();
  state.adopt(model, [1, 3], [], times);
  const { waves: _, ...plain } = model;
  assert.equal(state.adopt(plain, [1, 3], [], times), undefined);
  assert.ok(Math.abs(state.forecast(0, 12 * INTERVAL_MS) - 100) < 1e-9);
});

test('arma state: waves that are not whole are refused', () => {
  assert.match(String(stateOf().adopt({ ...model, waves: [1, 2] }, [1, 3], [], times)), /not numbers/);
  assert.match(String(stateOf().adopt({ ...model, waves: [1, 2, 3, Number.NaN] }, [1, 3], [], times)), /not numbers/);
});

test('arma state: a forecaster with waves gives the same answers after freezing, to the last bit', () => {
  const random = createGaussian(3);
  const forecaster = createForecaster({ intervalMs: INTERVAL_MS, horizonsMs: [300_000, 900_000], profile: 'slim', warmupIntervals: 3 });
  const valueAt = (t: number): number => Math.max(0, 200 + 80 * Math.sin((2 * Math.PI * t) / 288) + 5 * random());
  for (let t = 0; t < 900; t++) forecaster.observe(t * INTERVAL_MS, valueAt(t));
  const fitted = fitSeries({ intervalMs: INTERVAL_MS, ...forecaster.trainingWindow() });
  assert.ok(fitted.arma?.waves !== undefined);
  assert.equal(forecaster.adopt(JSON.parse(JSON.stringify(fitted))), undefined);
  assert.match(String(forecaster.adopt({ ...fitted, arma: { ...fitted.arma, waves: 7 } })), /not complete/);
  const twin = thawForecaster(structuredClone(forecaster.freeze()));
  for (let t = 900; t < 1_000; t++) {
    const value = valueAt(t);
    for (const one of [forecaster, twin]) one.observe(t * INTERVAL_MS, value);
    assert.deepEqual(twin.forecast(), forecaster.forecast());
  }
});
