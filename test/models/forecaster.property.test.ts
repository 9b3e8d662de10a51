/**
 * A forecaster seen from outside: whatever a meter or a clock tells it, its answers are finite, ascending and never
 * negative, or it says why there is none; and it can be frozen between any two calls.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createForecaster, QUANTILE_LEVELS, thawForecaster, type Forecaster, type ForecasterSettings } from '../../src/models/index.ts';

const MINUTE = 60_000;
const settings: ForecasterSettings = {
  intervalMs: MINUTE,
  horizonsMs: [MINUTE, 5 * MINUTE, 15 * MINUTE],
  profile: 'slim',
  warmupIntervals: 3,
};

interface Step {
  /** Intervals since the one before; 0 or less is time going back or standing still. */
  readonly ahead: number;
  /** Milliseconds off the grid. */
  readonly driftMs: number;
  readonly value: number;
}

const value = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: 0, max: 1e6, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 0, 1, 1e-300, Number.MIN_VALUE, 1e12, 1e17, 1e18, 1e300, Number.MAX_VALUE) },
  { weight: 2, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, -1, -1e300) },
);
const ahead = fc.oneof(
  { weight: 12, arbitrary: fc.constant(1) },
  { weight: 2, arbitrary: fc.integer({ min: -5, max: 30 }) },
  // A stop of a week, and clocks that step by years, either way.
  { weight: 1, arbitrary: fc.constantFrom(7 * 1_440, 500_000, -500_000, 5_000_000) },
);
const step: fc.Arbitrary<Step> = fc.record({ ahead, value, driftMs: fc.constantFrom(0, 0, 0, 400, -400) });

/** The calls of a pool: one observation and one forecast after the other. */
function play(forecaster: Forecaster, steps: readonly Step[], startMs = 1_700_000_040_000): number {
  let atMs = startMs;
  let accepted = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const { ahead: intervals, driftMs, value: one } of steps) {
    atMs += intervals * MINUTE;
    const taken = forecaster.observe(atMs + driftMs, one);
    assert.equal(taken, atMs > last, 'exactly what is not after the last interval is refused');
    if (taken) [last, accepted] = [atMs, accepted + 1];
    assertSound(forecaster);
    atMs = Math.max(atMs, last);
  }
  return accepted;
}

function assertSound(forecaster: Forecaster): void {
  const forecasts = forecaster.forecast();
  const reason = forecaster.notReady();
  if (reason === undefined) assert.equal(forecasts.length, 2 * settings.horizonsMs.length);
  else {
    assert.deepEqual(forecasts, []);
    assert.ok(reason.message.length > 0 && reason.needIntervals > reason.haveIntervals, JSON.stringify(reason));
  }
  for (const { quantiles, mean, horizonMs, kind } of forecasts) {
    const told = `${kind} ${horizonMs}: ${quantiles.join(' ')}, mean ${mean}`;
    assert.equal(quantiles.length, QUANTILE_LEVELS.length);
    assert.ok(
      quantiles.every((quantile, i) => Number.isFinite(quantile) && quantile >= (quantiles[i - 1] ?? 0)),
      told,
    );
    assert.ok(Number.isFinite(mean) && mean >= 0, told);
  }
  const confidence = forecaster.confidence();
  assert.ok(confidence >= 0 && confidence <= 1, `confidence ${confidence}`);
}

test('forecaster: whatever is observed, its answers are finite, ascending and never negative, or it says why not', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const forecaster = createForecaster(settings);
      assertSound(forecaster);
      play(forecaster, steps);
    }),
    { seed: 1, numRuns: 80 },
  );
});

test('forecaster: frozen and thawed at any moment it gives the same answers to the last bit', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 60 }), fc.nat(60), (steps, at) => {
      const cut = at % steps.length;
      const original = createForecaster(settings);
      play(original, steps.slice(0, cut));
      const thawed = thawForecaster(structuredClone(original.freeze()));
      assert.deepEqual(thawed.forecast(), original.forecast(), 'at once');
      assert.deepEqual(thawed.notReady(), original.notReady());
      let atMs = 1_900_000_020_000;
      for (const { ahead: intervals, value: one } of steps.slice(cut)) {
        atMs += Math.max(1, intervals % 100) * MINUTE;
        assert.equal(thawed.observe(atMs, one), original.observe(atMs, one));
        assert.deepEqual(thawed.forecast(), original.forecast());
      }
      assert.deepEqual(thawed.quality(), original.quality());
      assert.deepEqual(thawed.weights(), original.weights());
      assert.equal(thawed.confidence(), original.confidence());
    }),
    { seed: 2, numRuns: 50 },
  );
});

/** Each as [what it is, values]; fed once a minute. */
const SERIES: readonly (readonly [string, readonly number[]])[] = [
  ['nothing', []],
  ['one point', [7]],
  ['a constant', Array.from({ length: 200 }, () => 42)],
  ['zeros', Array.from({ length: 200 }, () => 0)],
  ['missing values only', Array.from({ length: 200 }, () => Number.NaN)],
  ['zeros, then the largest load that is believed', [...Array.from({ length: 100 }, () => 0), ...Array.from({ length: 100 }, () => 9e17)]],
  ['turns of nothing and very much', Array.from({ length: 200 }, (_, i) => (i % 2) * 1e15)],
  ['the smallest numbers there are', Array.from({ length: 200 }, (_, i) => i * Number.MIN_VALUE)],
  ['growth without end', Array.from({ length: 200 }, (_, i) => 1.2 ** i)],
];

for (const profile of ['slim', 'full'] as const) {
  for (const [name, values] of SERIES) {
    test(`forecaster: ${profile} is sound on ${name}`, () => {
      const forecaster = createForecaster({ ...settings, profile });
      assertSound(forecaster);
      play(
        forecaster,
        values.map((one) => ({ ahead: 1, driftMs: 0, value: one })),
      );
      const measured = values.filter((one) => !Number.isNaN(one)).length;
      assert.equal(forecaster.notReady() === undefined, measured >= settings.warmupIntervals);
    });
  }
}

test('forecaster: a constant is forecast as that constant', () => {
  const forecaster = createForecaster(settings);
  play(
    forecaster,
    Array.from({ length: 300 }, () => ({ ahead: 1, driftMs: 0, value: 42 })),
  );
  for (const { quantiles } of forecaster.forecast()) {
    for (const quantile of quantiles) assert.ok(Math.abs(quantile - 42) < 0.5, `${quantile}`);
  }
});

test('forecaster: after a stop of a week it answers from what it knows, and what happened meanwhile is missing, not zero', () => {
  const forecaster = createForecaster(settings);
  const steady = (count: number, first: number): Step[] =>
    Array.from({ length: count }, (_, i) => ({ ahead: i === 0 ? first : 1, driftMs: 0, value: 100 + (i % 3) }));
  play(forecaster, [...steady(300, 1), ...steady(5, 7 * 1_440)]);
  for (const { quantiles } of forecaster.forecast()) assert.ok((quantiles[3] ?? 0) > 80 && (quantiles[3] ?? 0) < 125, quantiles.join(' '));
});

test('forecaster: its training window has every value at its time, across stops and steps of the clock', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const forecaster = createForecaster(settings);
      const measured = new Map<number, number>();
      let atMs = 1_700_000_040_000;
      let last = Number.NEGATIVE_INFINITY;
      for (const { ahead: intervals, value: one } of steps) {
        atMs += intervals * MINUTE;
        if (!forecaster.observe(atMs, one)) atMs = last;
        else if (one >= 0 && one < 1e18) measured.set(atMs, one);
        last = atMs;
      }
      const { startMs, values } = forecaster.trainingWindow();
      assert.equal(startMs + (values.length - 1) * MINUTE, last);
      for (const [i, one] of values.entries()) {
        const known = measured.get(startMs + i * MINUTE);
        // Kept in single precision at the least.
        if (known === undefined) assert.ok(Number.isNaN(one), `${one} at ${i} was never measured`);
        else assert.ok(Math.abs(one - known) <= known * 1e-6 + 1e-30, `${one} at ${i}, measured ${known}`);
      }
    }),
    { seed: 3, numRuns: 100 },
  );
});

test('forecaster: one absurd value does not stay in the answers', () => {
  const forecaster = createForecaster(settings);
  const steady = Array.from({ length: 200 }, (_, i) => ({ ahead: 1, driftMs: 0, value: 100 + (i % 5) }));
  play(forecaster, [...steady, { ahead: 1, driftMs: 0, value: 1e300 }, { ahead: 1, driftMs: 0, value: -5 }, ...steady.slice(0, 5)]);
  for (const { quantiles } of forecaster.forecast()) assert.ok((quantiles.at(-1) ?? 0) < 200, quantiles.join(' '));
});

test('forecaster: what was not frozen by this version is refused, never half read', () => {
  const frozen = createForecaster(settings).freeze() as Record<string, unknown>;
  for (const broken of [
    {},
    { ...frozen, format: 1 },
    { ...frozen, numbers: new Uint8Array(8) },
    { ...frozen, numbers: null },
    { format: frozen['format'] },
  ]) {
    assert.throws(() => thawForecaster(broken), TypeError);
  }
  assert.throws(() => thawForecaster({ ...frozen, settings: { ...settings, intervalMs: 0 } }), RangeError);
});

test('forecaster: settings that make no sense are refused, all of it in one sentence', () => {
  const wrong = { intervalMs: 0, horizonsMs: [], profile: 'slim', warmupIntervals: 0 } as const;
  assert.throws(() => createForecaster(wrong), /intervalMs.*horizons.*warmupIntervals/);
  assert.throws(() => createForecaster({ ...settings, horizonsMs: [0] }), /horizon 0 ms/);
  assert.throws(() => createForecaster({ ...settings, horizonsMs: [2 * MINUTE, MINUTE] }), /more than the one before/);
  assert.throws(() => createForecaster({ ...settings, horizonsMs: [Number.NaN] }), RangeError);
});
