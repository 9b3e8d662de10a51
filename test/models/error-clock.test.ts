import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../src/models/arena.ts';
import { ErrorClock } from '../../src/models/error-clock.ts';
import { createForecaster, type ForecasterSettings } from '../../src/models/index.ts';
import { createGaussian } from './gaussian.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const INTERVAL_MS = 5 * MINUTE_MS;

/** A clock that has seen errors of the given sizes, one per interval. */
function clockAfter(days: number, sizeAt: (timeMs: number) => number): ErrorClock {
  const clock = new ErrorClock(new Arena());
  for (let ms = 0; ms < days * DAY_MS; ms += INTERVAL_MS) clock.observe(ms, sizeAt(ms));
  return clock;
}

const isNight = (timeMs: number): boolean => timeMs % DAY_MS < HOUR_MS;

test('error clock: before anything is known, and without a rhythm, all times are alike', () => {
  const none = new ErrorClock(new Arena());
  const even = clockAfter(10, () => 1);
  for (let ms = 0; ms < DAY_MS; ms += HOUR_MS) {
    assert.equal(none.at(ms), 1);
    assert.ok(Math.abs(even.at(ms) - 1) < 1e-6);
  }
});

test('error clock: large errors of an hour are expected in it, with the square root of their size, and small ones around it', () => {
  const clock = clockAfter(70, (ms) => (isNight(ms) ? 4 : 1));
  const mean = (4 + 23) / 24;
  assert.ok(Math.abs(clock.at(71 * DAY_MS + 10 * MINUTE_MS) - Math.sqrt(4 / mean)) < 0.1);
  assert.ok(Math.abs(clock.at(71 * DAY_MS + 12 * HOUR_MS) - Math.sqrt(1 / mean)) < 0.05);
});

test('error clock: what comes once does not count before its half hour is over, and little on the next day', () => {
  const clock = clockAfter(10, () => 1);
  const nowMs = 10 * DAY_MS + 12 * HOUR_MS;
  for (let ms = nowMs; ms < nowMs + HOUR_MS / 2; ms += INTERVAL_MS) {
    clock.observe(ms, 100);
    assert.ok(Math.abs(clock.at(ms) - 1) < 1e-6);
  }
  clock.observe(nowMs + HOUR_MS / 2, 1);
  assert.ok(clock.at(nowMs + DAY_MS) > 1.05 && clock.at(nowMs + DAY_MS) < 1.4, String(clock.at(nowMs + DAY_MS)));
});

test('error clock: the largest value of a span is as uncertain as its worst time', () => {
  const clock = clockAfter(20, (ms) => (isNight(ms) ? 4 : 1));
  const endMs = 21 * DAY_MS + HOUR_MS + 10 * MINUTE_MS;
  assert.ok(clock.at(endMs) < 1);
  assert.equal(clock.at(endMs, 15 * MINUTE_MS), clock.at(endMs - 15 * MINUTE_MS));
  assert.equal(clock.at(endMs, 3 * HOUR_MS), clock.at(21 * DAY_MS), 'longer than a slot, its times in between, too');
  assert.ok(clock.at(endMs, 5 * MINUTE_MS) < 1);
});

test('error clock: what it says is bounded, whatever comes, and forgotten within weeks', () => {
  const wild = clockAfter(30, (ms) => (isNight(ms) ? 1e12 : 0));
  for (let ms = 0; ms < DAY_MS; ms += HOUR_MS) assert.ok(wild.at(ms) >= 0.25 && wild.at(ms) <= 4);
  const over = clockAfter(80, (ms) => (ms < 30 * DAY_MS && isNight(ms) ? 8 : 1));
  assert.ok(Math.abs(over.at(0) - 1) < 0.1, String(over.at(0)));
});

test('forecaster: a series that is noisy by the clock gets wide quantiles when that hour begins, after a calm day', () => {
  const settings: ForecasterSettings = {
    intervalMs: INTERVAL_MS,
    horizonsMs: [INTERVAL_MS, 3 * INTERVAL_MS],
    profile: 'slim',
    warmupIntervals: 3,
  };
  const forecaster = createForecaster(settings);
  const gaussian = createGaussian(3);
  const widths = { night: 0, noon: 0 };
  for (let ms = 0; ms < 21 * DAY_MS; ms += INTERVAL_MS) {
    forecaster.observe(ms, 1_000 + (isNight(ms) ? 60 : 6) * gaussian());
    const [answer] = forecaster.forecast();
    const width = (answer?.quantiles[6] ?? 0) - (answer?.quantiles[0] ?? 0);
    const targetMs = ms + INTERVAL_MS;
    if (ms > 14 * DAY_MS && targetMs % DAY_MS === 0) widths.night += width;
    if (ms > 14 * DAY_MS && targetMs % DAY_MS === 12 * HOUR_MS) widths.noon += width;
  }
  assert.ok(widths.night > 1.5 * widths.noon, JSON.stringify(widths));
});
