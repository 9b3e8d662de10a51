import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitDayWaves, wavesAt } from '../../src/models/day-waves.ts';

const FIVE_MINUTES_MS = 300_000;
const DAY_MS = 86_400_000;
const WAVES = [10, -4, 3, 2];
const startMs = Date.UTC(2026, 0, 5, 7);

function daysOf(days: number, valueAt: (timeMs: number) => number): Float64Array {
  return Float64Array.from({ length: (days * DAY_MS) / FIVE_MINUTES_MS }, (_, t) => valueAt(startMs + t * FIVE_MINUTES_MS));
}

test('day waves: those of the day and of its half are found, beside a mean and missing values', () => {
  const values = daysOf(3, (timeMs) => 100 + wavesAt(WAVES, timeMs)).map((value, t) => (t % 5 === 0 ? Number.NaN : value));
  const found = fitDayWaves(values, { startMs, intervalMs: FIVE_MINUTES_MS });
  assert.ok(found !== undefined);
  for (const [i, wave] of WAVES.entries()) assert.ok(Math.abs((found[i] as number) - wave) < 1e-9, `${i}: ${found[i]}`);
});

test('day waves: sines of the time of the day, whatever the year', () => {
  const noonMs = DAY_MS / 2;
  assert.ok(Math.abs(wavesAt([0, 1, 0, 0], noonMs) + 1) < 1e-12);
  assert.ok(Math.abs(wavesAt([0, 0, 0, 1], noonMs) - 1) < 1e-12);
  assert.ok(Math.abs(wavesAt([1, 0, 0, 0], noonMs / 2) - 1) < 1e-12);
  assert.ok(Math.abs(wavesAt(WAVES, noonMs) - wavesAt(WAVES, noonMs + 20_000 * DAY_MS)) < 1e-9);
});

test('day waves: a day unlike the others does not sway them', () => {
  const threefold = daysOf(5, (timeMs) => 100 + wavesAt(WAVES, timeMs)).map((value, t) => (t >= 300 && t < 588 ? 3 * value : value));
  const found = fitDayWaves(threefold, { startMs, intervalMs: FIVE_MINUTES_MS });
  assert.ok(found !== undefined);
  for (const [i, wave] of WAVES.entries()) assert.ok(Math.abs((found[i] as number) - wave) < 1e-6, `${i}: ${found[i]}`);
});

test('day waves: less than two measured days teach none', () => {
  const short = daysOf(1.9, (timeMs) => wavesAt(WAVES, timeMs));
  assert.equal(fitDayWaves(short, { startMs, intervalMs: FIVE_MINUTES_MS }), undefined);
  const gappy = daysOf(3, (timeMs) => wavesAt(WAVES, timeMs)).map((value, t) => (t % 2 === 0 ? Number.NaN : value));
  assert.equal(fitDayWaves(gappy, { startMs, intervalMs: FIVE_MINUTES_MS }), undefined);
});
