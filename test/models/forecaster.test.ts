import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../src/models/arena.ts';
import { createForecaster, thawForecaster, type Forecaster, type ForecasterSettings } from '../../src/models/index.ts';
import { ValueRing } from '../../src/models/value-ring.ts';
import { createGaussian } from './gaussian.ts';

const MINUTE = 60_000;
const settings: ForecasterSettings = {
  intervalMs: MINUTE,
  horizonsMs: [5 * MINUTE, 10 * MINUTE, 15 * MINUTE],
  profile: 'slim',
  warmupIntervals: 3,
};

/** Daily wave with deterministic noise. */
function load(tick: number): number {
  return Math.round(200 + 100 * Math.sin((2 * Math.PI * tick) / 1440) + 15 * Math.sin(tick * tick));
}

function feed(forecaster: Forecaster, from: number, to: number): void {
  for (let tick = from; tick < to; tick++) forecaster.observe(tick * MINUTE, load(tick));
}

test('forecaster: says what it needs before it answers', () => {
  const forecaster = createForecaster(settings);
  forecaster.observe(0, 10);
  assert.deepEqual(forecaster.forecast(), []);
  assert.equal(forecaster.notReady()?.code, 'not-enough-history');
  assert.equal(forecaster.notReady()?.needIntervals, 3);
  feed(forecaster, 1, 3);
  assert.equal(forecaster.notReady(), undefined);
  assert.equal(forecaster.forecast().length, 6);
});

test('forecaster: refuses an interval at or before the last one', () => {
  const forecaster = createForecaster(settings);
  assert.equal(forecaster.observe(MINUTE, 10), true);
  assert.equal(forecaster.observe(MINUTE, 10), false);
  assert.equal(forecaster.observe(0, 10), false);
  assert.equal(forecaster.observe(2 * MINUTE, 10), true);
});

test('forecaster: a thawed forecaster goes on exactly as the one that was frozen', () => {
  const original = createForecaster(settings);
  feed(original, 0, 700);
  const thawed = thawForecaster(structuredClone(original.freeze()));
  for (let tick = 700; tick < 900; tick++) {
    original.observe(tick * MINUTE, load(tick));
    thawed.observe(tick * MINUTE, load(tick));
    assert.deepEqual(thawed.forecast(), original.forecast());
  }
  assert.deepEqual(thawed.quality(), original.quality());
});

test('forecaster: is better than the last value on a noisy wave, and knows it', () => {
  const forecaster = createForecaster(settings);
  feed(forecaster, 0, 4 * 1440);
  for (const { skill, coverage95, samples } of forecaster.quality()) {
    assert.ok(skill > 0.15, `skill ${skill}`);
    assert.ok(coverage95 > 0.9, `coverage ${coverage95}`);
    assert.equal(samples, 1440);
  }
  assert.ok(forecaster.confidence() > 0.8);
});

test('forecaster: weights sum to one', () => {
  const forecaster = createForecaster(settings);
  feed(forecaster, 0, 300);
  const sum = Object.values(forecaster.weights()).reduce((total, weight) => total + weight, 0);
  assert.ok(Math.abs(sum - 1) < 1e-5);
});

test('forecaster: a series takes at most 96 kB of state, a total 256 kB', () => {
  const most = { slim: 96_000, full: 256_000 };
  for (const profile of ['slim', 'full'] as const) {
    const forecaster = createForecaster({
      intervalMs: MINUTE,
      horizonsMs: [5 * MINUTE, 10 * MINUTE, 15 * MINUTE],
      profile,
      warmupIntervals: 3,
    });
    assert.ok(forecaster.stateBytes <= most[profile], `${profile}: ${forecaster.stateBytes} bytes`);
  }
});

test('forecaster: a day that is no whole number of intervals has no value of a day ago', () => {
  const ring = new ValueRing(300, new Arena());
  for (let i = 0; i < 300; i++) ring.push(i);
  assert.equal(ring.back(205), 94);
  assert.equal(ring.back(86_400_000 / 420_000), Number.NaN);
});

test('forecaster: the largest value until a horizon knows a burst of every hour that is over by then', () => {
  const forecaster = createForecaster(settings);
  for (let tick = 0; tick < 2 * 1440; tick++) forecaster.observe(tick * MINUTE, tick % 60 === 7 ? 100 : 10 + (tick % 3));
  const [point, max] = forecaster.forecast().slice(-2);
  assert.deepEqual([point?.kind, max?.kind, max?.horizonMs], ['point', 'max', 15 * MINUTE]);
  assert.ok(Math.abs((max?.quantiles[3] ?? 0) - 100) < 5, String(max?.quantiles));
  assert.ok((point?.quantiles[3] ?? 0) < 20, String(point?.quantiles));
});

test('forecaster: young series are as sure of themselves as they turn out to be right', () => {
  const gaussian = createGaussian(5);
  let [covered, count, width] = [0, 0, 0];
  for (let series = 0; series < 60; series++) {
    const forecaster = createForecaster({ ...settings, intervalMs: 5 * MINUTE });
    for (let tick = 0; tick < 20; tick++) {
      const value = 100 + 10 * gaussian();
      const q95 = forecaster.forecast()[0]?.quantiles[6];
      if (tick >= 4 && q95 !== undefined) {
        covered += value <= q95 ? 1 : 0;
        width += q95 - 100;
        count += 1;
      }
      forecaster.observe(tick * 5 * MINUTE, value);
    }
  }
  // Of values that are 100 and ten more or less, 95% lie below 116.4.
  assert.ok(covered / count > 0.92, `${covered / count}`);
  assert.ok(width / count < 25, `${width / count}`);
});

test('forecaster: a series of minutes is compared with the day before, value and largest value', () => {
  const forecaster = createForecaster(settings);
  feed(forecaster, 0, 2 * 1440);
  for (const { horizonMs, kind, seasonalSkill } of forecaster.quality())
    assert.ok(Number.isFinite(seasonalSkill), `${kind} ${horizonMs}: ${seasonalSkill}`);
});
