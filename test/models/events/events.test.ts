import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { EVENT_SHAPES, REPEATS, fullnessOf, type KnownEvent } from '../../../src/models/events/event.ts';
import { thawWithEvents, withEvents } from '../../../src/models/events/event-forecaster.ts';
import { KnownEvents } from '../../../src/models/events/known-events.ts';
import { occurrencesBetween } from '../../../src/models/events/occurrences.ts';
import type { Forecast, Forecaster } from '../../../src/models/forecast.ts';
import { createForecaster, thawForecaster } from '../../../src/models/index.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Monday. */
const START_MS = Date.UTC(2026, 0, 5);
const Q50 = 3;

const sale: KnownEvent = {
  name: 'sale',
  factor: 3,
  shape: 'step',
  decayMs: 0,
  when: { kind: 'spans', spans: [{ startMs: START_MS + 6 * HOUR_MS, endMs: START_MS + 7 * HOUR_MS }] },
};
const daily = (given: Partial<KnownEvent> = {}): KnownEvent => ({
  ...sale,
  name: 'rush',
  when: { kind: 'repeated', every: 'day', firstMs: START_MS + 12 * HOUR_MS, lastsMs: HOUR_MS, timeZone: 'UTC' },
  ...given,
});
const newForecaster = (intervalMs = MINUTE_MS): Forecaster =>
  createForecaster({ intervalMs, horizonsMs: [5, 10, 15].map((count) => count * intervalMs), profile: 'slim', warmupIntervals: 3 });

function starts(event: KnownEvent, fromMs: number, toMs: number): string[] {
  return occurrencesBetween(event, fromMs, toMs).map(({ startMs }) => new Date(startMs).toISOString().slice(0, 16));
}

test('events: a repeated one keeps its local hour over a change of the clocks, and the end of the month', () => {
  const every = (repeat: (typeof REPEATS)[number], first: string, timeZone: string): KnownEvent =>
    daily({ when: { kind: 'repeated', every: repeat, firstMs: Date.parse(first), lastsMs: HOUR_MS, timeZone } });
  const morning = every('day', '2026-03-01T08:00:00Z', 'Europe/Berlin');
  assert.deepEqual(starts(morning, Date.UTC(2026, 2, 28), Date.UTC(2026, 2, 31)), [
    '2026-03-28T08:00',
    '2026-03-29T07:00',
    '2026-03-30T07:00',
  ]);
  const night = every('day', '2026-03-01T01:30:00Z', 'Europe/Berlin');
  assert.deepEqual(
    starts(night, Date.UTC(2026, 2, 29), Date.UTC(2026, 2, 30)),
    ['2026-03-29T01:30'],
    'half past two is skipped: an hour on',
  );
  const payday = every('month', '2026-01-31T09:00:00Z', 'UTC');
  assert.deepEqual(starts(payday, Date.UTC(2026, 1, 1), Date.UTC(2026, 3, 1)), ['2026-02-28T09:00', '2026-03-31T09:00']);
  const leap = every('year', '2024-02-29T00:00:00Z', 'UTC');
  assert.deepEqual(starts(leap, Date.UTC(2027, 0, 1), Date.UTC(2029, 0, 1)), ['2027-02-28T00:00', '2028-02-29T00:00']);
  const weekly = every('week', '2026-10-19T22:00:00Z', 'America/New_York');
  assert.deepEqual(starts(weekly, Date.UTC(2026, 9, 26), Date.UTC(2026, 10, 10)), [
    '2026-10-26T22:00',
    '2026-11-02T23:00',
    '2026-11-09T23:00',
  ]);
  assert.deepEqual(starts(weekly, 0, Date.UTC(2026, 9, 19)), [], 'nothing before the first');
  assert.equal(starts(morning, Date.UTC(2126, 0, 1), Date.UTC(2126, 0, 2)).length, 1, 'found at once, a century on');
});

test('events: shapes fill as they say and fade with their half-life', () => {
  const span = { startMs: 0, endMs: 100 };
  const at = (shape: (typeof EVENT_SHAPES)[number], timeMs: number, decayMs = 0): number =>
    fullnessOf({ ...sale, shape, decayMs }, span, timeMs);
  assert.deepEqual(
    [-1, 0, 99, 100].map((timeMs) => at('step', timeMs)),
    [0, 1, 1, 0],
  );
  assert.deepEqual(
    [0, 50, 99].map((timeMs) => at('ramp', timeMs)),
    [0, 0.5, 0.99],
  );
  assert.deepEqual(
    [0, 25, 100].map((timeMs) => at('pulse', timeMs)),
    [1, 0.75, 0],
  );
  assert.equal(at('bell', 50), 1);
  assert.deepEqual(
    [100, 110, 120].map((timeMs) => at('step', timeMs, 10)),
    [1, 0.5, 0.25],
  );
  assert.equal(at('step', 200, 10), 0);
});

const usualAt = (timeMs: number): number => 100 + 20 * Math.sin((2 * Math.PI * timeMs) / DAY_MS);

/** Load of one day after the other, times what events do; the answers at each interval. */
function follow(
  forecaster: Forecaster,
  minutes: number,
  multiplier: (timeMs: number) => number,
  stepMs = MINUTE_MS,
): Map<number, readonly Forecast[]> {
  const answers = new Map<number, readonly Forecast[]>();
  for (let timeMs = START_MS; timeMs < START_MS + minutes * MINUTE_MS; timeMs += stepMs) {
    const i = (timeMs - START_MS) / stepMs;
    assert.ok(forecaster.observe(timeMs, (usualAt(timeMs) + ((i * 7919) % 5)) * multiplier(timeMs)));
    answers.set(timeMs, forecaster.forecast());
  }
  return answers;
}

const median = (answers: Map<number, readonly Forecast[]>, timeMs: number, index: number): number =>
  answers.get(timeMs)?.[index]?.quantiles[Q50] ?? Number.NaN;

test('events: an announced one is in the forecast before it begins, and gone when it ends', () => {
  const isOn = (timeMs: number): boolean => timeMs >= START_MS + 6 * HOUR_MS && timeMs < START_MS + 7 * HOUR_MS;
  const load = (timeMs: number): number => (isOn(timeMs) ? 3 : 1);
  const told = follow(withEvents(newForecaster(), [sale]), 500, load);
  const untold = follow(newForecaster(), 500, load);
  const before = START_MS + 6 * HOUR_MS - 10 * MINUTE_MS;
  const usual = median(told, before, 0);
  // Answers: point and max at 5, 10 and 15 minutes.
  assert.ok(Math.abs(median(told, before, 2) / usual - 3) < 0.2, 'the minute in which it begins');
  assert.ok(Math.abs(median(told, before, 5) / usual - 3) < 0.2, 'the largest of 15 minutes');
  assert.ok(Math.abs(median(untold, before, 5) / usual - 1) < 0.2);
  const ending = START_MS + 7 * HOUR_MS - 3 * MINUTE_MS;
  assert.ok(Math.abs(median(told, ending, 0) / usual - 1) < 0.2, 'over before it is over');
  const error = (answers: Map<number, readonly Forecast[]>): number => {
    let sum = 0;
    for (let timeMs = START_MS + 5 * HOUR_MS; timeMs < START_MS + 8 * HOUR_MS; timeMs += MINUTE_MS) {
      const wanted = load(timeMs + 10 * MINUTE_MS) * usualAt(timeMs + 10 * MINUTE_MS);
      sum += Math.abs(median(answers, timeMs, 2) - wanted);
    }
    return sum;
  };
  assert.ok(error(told) < 0.5 * error(untold), `${error(told)} and ${error(untold)}`);
});

for (const [hint, truth] of [
  [1, 3],
  [4, 1.5],
] as const) {
  test(`events: one that was hinted to be ${hint}-fold and was ${truth}-fold is learned`, () => {
    const known = new KnownEvents([daily({ factor: hint })]);
    const isOn = (timeMs: number): boolean => (timeMs - START_MS) % DAY_MS >= 12 * HOUR_MS && (timeMs - START_MS) % DAY_MS < 13 * HOUR_MS;
    for (let timeMs = START_MS; timeMs < START_MS + 6 * DAY_MS; timeMs += MINUTE_MS) {
      known.lessons.observe(timeMs, isOn(timeMs) ? 100 * truth : 100);
      for (const minutes of [5, 10, 15]) known.lessons.expect(timeMs, timeMs + minutes * MINUTE_MS, 100);
    }
    const [rush] = known.describe();
    assert.equal(rush?.occurrences, 6);
    assert.ok(Math.abs(Math.log((rush?.factor ?? 0) / truth)) < 0.12, String(rush?.factor));
  });
}

test('events: a holiday is learned by its hours against the week before', () => {
  const spans = [9, 16, 19, 25].map((day) => ({ startMs: START_MS + day * DAY_MS, endMs: START_MS + (day + 1) * DAY_MS }));
  const holiday: KnownEvent = { ...sale, name: 'holiday', factor: 1, when: { kind: 'spans', spans } };
  const known = new KnownEvents([holiday]);
  const isOff = (timeMs: number): boolean => spans.some(({ startMs, endMs }) => timeMs >= startMs && timeMs < endMs);
  for (let timeMs = START_MS; timeMs < START_MS + 27 * DAY_MS; timeMs += 5 * MINUTE_MS) {
    const usual = 100 + 60 * Math.sin((2 * Math.PI * timeMs) / DAY_MS);
    known.lessons.observe(timeMs, isOff(timeMs) ? 0.4 * usual : usual);
  }
  const [learned] = known.describe();
  assert.equal(learned?.occurrences, 3, 'the one a week after another cannot be judged by it');
  assert.ok(Math.abs((learned?.factor ?? 0) - 0.4) < 0.12, String(learned?.factor));
});

test('events: a thawed forecaster goes on to the last bit, and events that come or go leave the rest', () => {
  const events = [daily({ factor: 2 }), sale];
  const isOn = (timeMs: number): boolean => (timeMs - START_MS) % DAY_MS >= 12 * HOUR_MS && (timeMs - START_MS) % DAY_MS < 13 * HOUR_MS;
  const forecaster = withEvents(newForecaster(), events);
  // Two minutes before an event: there is something to wait for.
  follow(forecaster, 2 * 1_440 + 718, (timeMs) => (isOn(timeMs) ? 5 : 1));
  const thawed = thawWithEvents(structuredClone(forecaster.freeze()), events, thawForecaster);
  assert.deepEqual(thawed.forecast(), forecaster.forecast());
  for (let i = 0; i < 90; i += 1) {
    const timeMs = START_MS + (2 * 1_440 + 718 + i) * MINUTE_MS;
    for (const one of [forecaster, thawed]) one.observe(timeMs, isOn(timeMs) ? 500 : 100);
    assert.deepEqual(thawed.forecast(), forecaster.forecast());
  }
  const reordered = thawWithEvents(
    structuredClone(forecaster.freeze()),
    [sale, { ...sale, name: 'new', factor: 1 }, events[0] as KnownEvent],
    thawForecaster,
  );
  assert.deepEqual(reordered.forecast(), forecaster.forecast());
  const bare = thawWithEvents(structuredClone(forecaster.freeze()), [], thawForecaster);
  assert.ok(bare.observe(START_MS + 10 * DAY_MS, 100));
  assert.equal(thawWithEvents(bare.freeze(), events, thawForecaster).notReady(), undefined);
});

test('events: whatever they are and whatever comes, answers are finite and ascending', () => {
  const event = fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    factor: fc.double({ min: 0, max: 1_000, noNaN: true }),
    shape: fc.constantFrom(...EVENT_SHAPES),
    decayMs: fc.constantFrom(0, 10 * MINUTE_MS),
    when: fc.record({
      kind: fc.constant('repeated' as const),
      every: fc.constantFrom(...REPEATS),
      firstMs: fc.integer({ min: START_MS - DAY_MS, max: START_MS + HOUR_MS }),
      lastsMs: fc.integer({ min: 1, max: DAY_MS }),
      timeZone: fc.constantFrom('UTC', 'Europe/Berlin'),
    }),
  });
  const value = fc.oneof(fc.constantFrom(Number.NaN, 0, 1e300, -1), fc.double({ min: 0, max: 1e6, noNaN: true }));
  fc.assert(
    fc.property(fc.array(event, { maxLength: 4 }), fc.array(value, { minLength: 5, maxLength: 60 }), (events, values) => {
      const forecaster = withEvents(newForecaster(), events);
      for (const [i, one] of values.entries()) {
        forecaster.observe(START_MS + i * MINUTE_MS, one);
        for (const { quantiles, mean } of forecaster.forecast()) {
          assert.ok(Number.isFinite(mean) && quantiles.every(Number.isFinite));
          assert.ok(quantiles.every((quantile, j) => j === 0 || quantile >= (quantiles[j - 1] ?? 0)));
        }
      }
    }),
    { numRuns: 60, seed: 5 },
  );
});
