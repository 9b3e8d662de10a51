/** Models from outside the ensemble: what they earn is what they weigh, and what they say can break nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createForecaster, thawForecaster, type ForecastModel, type Forecaster, type ForecasterSettings } from '../../src/models/index.ts';

const MINUTE = 60_000;
const settings: ForecasterSettings = {
  intervalMs: MINUTE,
  horizonsMs: [MINUTE, 5 * MINUTE, 15 * MINUTE],
  profile: 'slim',
  warmupIntervals: 3,
};
const withModel: ForecasterSettings = { ...settings, models: ['own'] };
const task = { intervalMs: settings.intervalMs, horizonsMs: settings.horizonsMs };

/** A load whose jumps follow a rule that no expert knows: a sequence without memory, made by a hash of the time. */
function load(tick: number): number {
  let hash = Math.imul(tick + 1, 0x9e3779b1) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77) >>> 0;
  return 100 + (((hash ^ (hash >>> 13)) >>> 0) % 100);
}

function largest(from: number, steps: number): number {
  return Math.max(...Array.from({ length: steps }, (_, i) => load(from + 1 + i)));
}

/** Answers every quantile of a head with one number. */
function modelOf(say: (tick: number, steps: number, kind: 'point' | 'max') => number): ForecastModel {
  return {
    task,
    read(_values, newestMs, to) {
      for (const [h, horizonMs] of task.horizonsMs.entries()) {
        for (const [k, kind] of (['point', 'max'] as const).entries())
          to.fill(say(newestMs / MINUTE, horizonMs / MINUTE, kind), (2 * h + k) * 9, (2 * h + k + 1) * 9);
      }
      return true;
    },
  };
}

const knowing = modelOf((tick, steps, kind) => (kind === 'point' ? load(tick + steps) : largest(tick, steps)));
const wrong = modelOf((tick) => 1_000 + 900 * Math.sin(tick));

function feed(forecaster: Forecaster, from: number, to: number): void {
  for (let tick = from; tick < to; tick += 1) forecaster.observe(tick * MINUTE, load(tick));
}

/** Weight of all that a model says. */
function weightOf(forecaster: Forecaster, name: string): number {
  return Object.entries(forecaster.weights()).reduce((sum, [expert, weight]) => (expert.startsWith(name) ? sum + weight : sum), 0);
}

const medians = (forecaster: Forecaster): number[] => forecaster.forecast().map(({ quantiles }) => quantiles[3] ?? Number.NaN);

test('own model: one that knows more than the experts takes their weight, and its answers become the forecast', () => {
  const forecaster = createForecaster(withModel);
  assert.equal(forecaster.useModel('own', knowing), undefined);
  feed(forecaster, 0, 1_000);
  assert.ok(weightOf(forecaster, 'own') > 0.95, `weight ${weightOf(forecaster, 'own')}`);
  const wanted = [load(1_000), load(1_000), load(1_004), largest(999, 5), load(1_014), largest(999, 15)];
  for (const [i, median] of medians(forecaster).entries())
    assert.ok(Math.abs(median - (wanted[i] ?? 0)) < 3, `answer ${i}: ${median}, wanted ${wanted[i]}`);
});

test('own model: one that knows nothing gets no weight, and the forecast is hardly worse for it', () => {
  const alone = createForecaster(settings);
  const forecaster = createForecaster(withModel);
  forecaster.useModel('own', wrong);
  feed(alone, 0, 1_000);
  feed(forecaster, 0, 1_000);
  assert.ok(weightOf(forecaster, 'own') < 0.02, `weight ${weightOf(forecaster, 'own')}`);
  for (const [i, { skill }] of forecaster.quality().entries()) assert.ok(skill > (alone.quality()[i]?.skill ?? 1) - 0.01);
});

test('own model: while it is away the forecast is that of a forecaster without it, to the last bit', () => {
  const alone = createForecaster(settings);
  const waiting = createForecaster(withModel);
  const silent = createForecaster(withModel);
  silent.useModel('own', { task, read: () => false });
  for (let tick = 0; tick < 500; tick += 1) {
    for (const one of [alone, waiting, silent]) feed(one, tick, tick + 1);
    assert.deepEqual(waiting.forecast(), alone.forecast());
    assert.deepEqual(silent.forecast(), alone.forecast());
  }
  assert.equal(weightOf(waiting, 'own'), 0);
  assert.equal(weightOf(silent, 'own'), 0);
});

test('own model: one that comes late or comes back has its weight still to earn, and taken away it weighs nothing at once', () => {
  const forecaster = createForecaster(withModel);
  feed(forecaster, 0, 500);
  forecaster.useModel('own', knowing);
  feed(forecaster, 500, 501);
  const first = weightOf(forecaster, 'own');
  assert.ok(first > 0 && first < 0.2, `weight ${first}`);
  feed(forecaster, 501, 1_000);
  assert.ok(weightOf(forecaster, 'own') > 0.9);
  forecaster.useModel('own', undefined);
  feed(forecaster, 1_000, 1_001);
  assert.equal(weightOf(forecaster, 'own'), 0);
  forecaster.useModel('own', wrong);
  feed(forecaster, 1_001, 1_002);
  assert.ok(weightOf(forecaster, 'own') < 0.2, `weight ${weightOf(forecaster, 'own')}`);
});

test('own model: frozen and thawed at any moment, with the same model given, the answers are the same to the last bit', () => {
  const original = createForecaster(withModel);
  for (let tick = 0; tick < 400; tick += 1) {
    if (tick === 100) original.useModel('own', knowing);
    if (tick === 250) original.useModel('own', wrong);
    feed(original, tick, tick + 1);
    if (tick % 90 !== 70) continue;
    const thawed = thawForecaster(structuredClone(original.freeze()));
    const reference = thawForecaster(structuredClone(original.freeze()));
    const model = tick < 100 ? undefined : tick < 250 ? knowing : wrong;
    for (const one of [thawed, reference]) one.useModel('own', model);
    feed(reference, tick + 1, tick + 30);
    for (let next = tick + 1; next < tick + 30; next += 1) {
      thawed.useModel('own', model);
      feed(thawed, next, next + 1);
    }
    assert.deepEqual(thawed.forecast(), reference.forecast());
    assert.deepEqual(thawed.weights(), reference.weights());
    assert.deepEqual(thawed.settings.models, ['own']);
  }
});

test('own model: whatever it says, the answers are finite, ascending and never negative', () => {
  const odd = [Number.NaN, Infinity, -Infinity, 1e300, -1e300, -5, 0, 1e-300];
  const forecaster = createForecaster(withModel);
  forecaster.useModel(
    'own',
    modelOf((tick, steps) => odd[(tick + steps) % odd.length] ?? 0),
  );
  for (let tick = 0; tick < 300; tick += 1) {
    feed(forecaster, tick, tick + 1);
    for (const { quantiles } of forecaster.forecast()) {
      for (const [j, value] of quantiles.entries()) {
        assert.ok(Number.isFinite(value) && value >= 0, `${value} at ${tick}`);
        assert.ok(j === 0 || value >= (quantiles[j - 1] ?? 0), `descends at ${tick}`);
      }
    }
  }
});

test('own model: one that is not of the settings is refused with the reason, and settings that make no sense are, too', () => {
  const forecaster = createForecaster(withModel);
  assert.match(forecaster.useModel('other', knowing) ?? '', /name no model other/);
  assert.match(forecaster.useModel('own', { ...knowing, task: { ...task, intervalMs: 1 } }) ?? '', /intervals of 1 ms, wanted 60000/);
  assert.match(forecaster.useModel('own', { ...knowing, task: { ...task, horizonsMs: [MINUTE] } }) ?? '', /horizons of 60000 ms, wanted/);
  assert.throws(() => createForecaster({ ...settings, models: ['a', 'a'] }), RangeError);
  assert.throws(() => createForecaster({ ...settings, models: ['A b'] }), RangeError);
  assert.throws(() => createForecaster({ ...settings, models: ['a', 'b', 'c', 'd', 'e'] }), RangeError);
});
