import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { peakOf, PEAK_SPANS_MAX, recordPeaks, type PeakSpan } from '../../src/planning/peaks.ts';
import { request, settle, startPlant } from '../../src/planning/shadow-plant.ts';
import { FORECAST_KINDS, SHADOW_RULES } from '../../src/planning/shadow-rules.ts';
import { advanceShadows, bestOf, isProven, startShadows, type Shadows, type Sight } from '../../src/planning/shadows.ts';

const MINUTE_MS = 60_000;
const DAY = 1_440;

function sight(minute: number, need: number, forecast: number | null): Sight {
  return {
    startMs: minute * MINUTE_MS,
    intervalMs: MINUTE_MS,
    need,
    forecasts: FORECAST_KINDS.map(() => forecast),
    reachMs: 240_000,
    leadMs: 150_000,
    holdMs: 300_000,
    minReplicas: 1,
    maxReplicas: 200,
    price: 100,
  };
}

/** A step up and down every ten minutes: known to the forecast of `oracle`, invisible to the other. */
const square = (minute: number): number => (Math.floor(minute / 10) % 2 === 0 ? 5 : 15);
const oracle = (minute: number): number => Math.max(...[0, 1, 2, 3, 4, 5].map((ahead) => square(minute + ahead)));

function play(minutes: number, need: (minute: number) => number, forecast: (minute: number) => number): Shadows {
  let shadows = startShadows(5, 0);
  for (let minute = 0; minute < minutes; minute += 1) shadows = advanceShadows(shadows, sight(minute, need(minute), forecast(minute)));
  return shadows;
}

test('shadows: some thirty rules, reactive ones and forecasts', () => {
  assert.ok(SHADOW_RULES.length >= 30 && SHADOW_RULES.length <= 40);
  assert.ok(SHADOW_RULES.some((rule) => rule.kind === 'forecast') && SHADOW_RULES.some((rule) => rule.kind === 'reactive'));
});

test('shadows: a forecast that sees the steps stays followed', () => {
  const shadows = play(4 * DAY, square, oracle);
  assert.equal(SHADOW_RULES[shadows.followed]?.kind, 'forecast');
  assert.equal(shadows.shortMs[0], 0);
});

test('shadows: where the forecast is blind a reactive rule is followed, but not before there is evidence', () => {
  const early = play(DAY - 1, square, () => 3);
  assert.equal(isProven(early, MINUTE_MS), false);
  assert.equal(early.followed, 0);
  const late = play(3 * DAY, square, () => 3);
  assert.equal(SHADOW_RULES[late.followed]?.kind, 'reactive');
  assert.ok((late.shortMs[late.followed] ?? 1e9) < (late.shortMs[0] ?? 0));
  assert.equal(bestOf(late, 100, 'reactive'), bestOf(late, 100));
});

test('shadows: while there is no forecast nobody is judged, so a slow start is not held against it', () => {
  let shadows = startShadows(5, 0);
  for (let minute = 0; minute < 2 * DAY; minute += 1) shadows = advanceShadows(shadows, sight(minute, square(minute), null));
  assert.equal(isProven(shadows, MINUTE_MS), false);
  for (let minute = 2 * DAY; minute < 4 * DAY; minute += 1)
    shadows = advanceShadows(shadows, sight(minute, square(minute), oracle(minute)));
  assert.equal(isProven(shadows, MINUTE_MS), true);
  assert.equal(shadows.followed, 0);
});

test('shadows: a rule that is barely better is not changed to', () => {
  // Always the same load: the forecast holds one replica too many, which is under the hysteresis.
  const shadows = play(
    3 * DAY,
    () => 30,
    () => 31,
  );
  assert.equal(shadows.followed, 0);
  assert.notEqual(bestOf(shadows, 100), 0);
});

test('shadows: through JSON at any moment nothing changes, and the state stays small', () => {
  const noise = (minute: number): number => 5 + 4 * Math.sin(minute / 7) + ((minute * 7_919) % 13) / 3;
  let kept = startShadows(5, 0);
  let thawed = startShadows(5, 0);
  for (let minute = 0; minute < 2 * DAY; minute += 1) {
    const seen = sight(minute, noise(minute), Math.ceil(noise(minute + 3)));
    kept = advanceShadows(kept, seen);
    thawed = advanceShadows(JSON.parse(JSON.stringify(thawed)) as Shadows, seen);
  }
  assert.deepEqual(thawed, kept);
  assert.ok(JSON.stringify(kept).length < 16_384, `${JSON.stringify(kept).length} bytes`);
});

test('shadows: an interval is judged once', () => {
  const shadows = play(100, square, oracle);
  assert.equal(advanceShadows(shadows, sight(99, 1_000, 1)), shadows);
  assert.equal(advanceShadows(shadows, sight(50, 1_000, 1)), shadows);
});

test('shadow plant: a start serves after the lead time, the newest is given up first', () => {
  let plant = request(startPlant(4), 6, 0, 100);
  plant = request(plant, 9, 50, 100);
  assert.equal(settle(plant, 99).ready, 4);
  assert.equal(settle(plant, 100).ready, 6);
  plant = request(plant, 7, 60, 100);
  assert.deepEqual(plant.starting, [
    { readyMs: 100, replicas: 2 },
    { readyMs: 150, replicas: 1 },
  ]);
  assert.deepEqual(request(plant, 3, 70, 100), { requested: 3, ready: 3, starting: [] });
});

test('shadow plant: ready is never above requested, and everything is ready in the end', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(50), fc.nat(200)), { maxLength: 60 }), (steps) => {
      let plant = startPlant(3);
      let nowMs = 0;
      for (const [replicas, waitMs] of steps) {
        plant = settle(request(plant, replicas, nowMs, 300), (nowMs += waitMs));
        const waiting = plant.starting.reduce((sum, start) => sum + start.replicas, 0);
        assert.equal(plant.ready + waiting, plant.requested);
        assert.ok(plant.ready >= 0 && plant.starting.length <= 8);
      }
      assert.equal(settle(plant, nowMs + 300).ready, plant.requested);
    }),
    { seed: 5, numRuns: 300 },
  );
});

test('peaks: the largest of a window, exactly, while every interval has a span of its own', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000), { minLength: 1, maxLength: 200 }), fc.integer({ min: 1, max: 40 }), (values, window) => {
      let spans: readonly PeakSpan[] = [];
      for (const [i, value] of values.entries()) {
        spans = recordPeaks(spans, i, [value], 48);
        assert.ok(spans.length <= PEAK_SPANS_MAX);
        assert.equal(peakOf(spans, 0, i, window), Math.max(...values.slice(Math.max(0, i - window + 1), i + 1)));
      }
    }),
    { seed: 5, numRuns: 200 },
  );
});
