/** What builds with other formats of state tell each other: the series, whatever its numbers have become. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { thawWithEvents, withEvents } from '../../src/models/events/event-forecaster.ts';
import {
  createForecaster,
  frozenSeries,
  isOfFormat,
  thawForecaster,
  type Forecaster,
  type ForecasterSettings,
} from '../../src/models/index.ts';
import { ofFormat } from './other-format.ts';

const MINUTE = 60_000;
const settings: ForecasterSettings = { intervalMs: MINUTE, horizonsMs: [5 * MINUTE], profile: 'slim', warmupIntervals: 3 };

function seen(intervals: number, valueAt: (tick: number) => number = (tick) => 100 + (tick % 7)): Forecaster {
  const forecaster = createForecaster(settings);
  for (let tick = 0; tick < intervals; tick += 1) forecaster.observe(tick * MINUTE, valueAt(tick));
  return forecaster;
}

for (const [name, change] of [
  ['an older', -1],
  ['a newer', 1],
] as const) {
  test(`frozen: of a forecaster of ${name} format the newest values are known, in every state of their ring`, () => {
    for (const intervals of [1, 5, 1_455, 1_456, 1_457, 4_000]) {
      const forecaster = seen(intervals, (tick) => (tick % 11 === 3 ? Number.NaN : tick));
      const frozen = ofFormat(structuredClone(forecaster.freeze()), change);
      assert.equal(isOfFormat(frozen), false);
      const { intervalMs, startMs, values } = frozenSeries(frozen);
      assert.deepEqual({ startMs, values }, forecaster.trainingWindow());
      assert.equal(intervalMs, MINUTE);
      assert.throws(() => thawForecaster(frozen), /of format \d+, wanted \d+/);
    }
  });
}

test('frozen: before the first value, or where nothing tells where they are, no values are known', () => {
  assert.deepEqual(frozenSeries(ofFormat(createForecaster(settings).freeze(), 1)).values, []);
  const { window: _window, ...before } = ofFormat(seen(50).freeze(), -1) as Record<string, unknown>;
  assert.deepEqual(frozenSeries(before).values, []);
});

test('frozen: what is damaged is refused in every format', () => {
  const whole = ofFormat(seen(50).freeze(), -1) as { readonly window: Record<string, number> };
  const damaged: readonly unknown[] = [
    null,
    'a text',
    { ...whole, format: 'sixteen' },
    { ...whole, format: undefined },
    { ...whole, settings: undefined },
    { ...whole, settings: { intervalMs: '1m' } },
    { ...whole, numbers: undefined },
    { ...whole, numbers: [1, 2, 3] },
    ...Object.entries({ at: 1e9, slots: -1, oldest: 1e6, length: 0.5, startMs: Number.NaN }).map(([field, value]) => ({
      ...whole,
      window: { ...whole.window, [field]: value },
    })),
  ];
  for (const one of damaged) assert.throws(() => frozenSeries(one), TypeError, JSON.stringify(one)?.slice(0, 200));
});

test('frozen: what was learnt of events by a build with another format is left, and the forecaster is not', () => {
  const when = { kind: 'spans', spans: [{ startMs: 60 * MINUTE, endMs: 90 * MINUTE }] } as const;
  const events = [{ name: 'sale', factor: 2, shape: 'step', decayMs: 0, when }] as const;
  const original = withEvents(createForecaster(settings), events);
  for (let tick = 0; tick < 57; tick += 1) original.observe(tick * MINUTE, 100 + (tick % 7));
  const frozen = { ...(original.freeze() as object), format: 'events-2', known: 'unheard of' };
  assert.deepEqual(thawWithEvents(frozen, events, thawForecaster).forecast(), original.forecast());
});
