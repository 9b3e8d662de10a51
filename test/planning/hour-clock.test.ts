import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockFactor, startClock, turnClock, withoutOpen, type ClockSight, type HourClock } from '../../src/planning/hour-clock.ts';

const MINUTE_MS = 60_000;
const DAY = 1_440;
const COUNT = 10;

/** Ten replicas are thought to be too few in one of fifty spans of five minutes. */
function sight(minute: number, required: number, intervalMs = MINUTE_MS): ClockSight {
  return { startMs: minute * MINUTE_MS, intervalMs, required, risk: { count: COUNT, chance: 0.02, horizonMs: 5 * MINUTE_MS } };
}

function play(minutes: number, requiredAt: (minute: number) => number, clock: HourClock = startClock()): HourClock {
  let now = clock;
  for (let minute = 0; minute < minutes; minute += 1) now = turnClock(now, sight(minute, requiredAt(minute)));
  return now;
}

const at = (clock: HourClock, minute: number): number => clockFactor(clock, minute * MINUTE_MS);
/** Every third hour a job begins at :30, and is over after two minutes. */
const onTheClock = (minute: number): number => (minute % 180 === 30 || minute % 180 === 31 ? 20 : 5);
/** As often, at minutes that no clock tells. */
const byChance = (minute: number): number => (minute % 187 < 2 ? 20 : 5);

test('hour clock: jobs on the clock are told just before they begin, and the rest of the hour is calm', () => {
  const clock = play(10 * DAY, onTheClock);
  assert.ok(at(clock, 28) > 5, `${at(clock, 28)} before :30`);
  assert.ok(at(clock, 10) < 0.5 && at(clock, 50) < 0.5, `${at(clock, 10)}, ${at(clock, 50)} elsewhere`);
});

test('hour clock: shortages that keep to no clock are left to the forecast', () => {
  const clock = play(14 * DAY, byChance);
  for (let minute = 0; minute < 60; minute += 2) assert.equal(at(clock, minute), 1);
});

test('hour clock: says nothing before it has proven itself', () => {
  assert.equal(clockFactor(undefined, 0), 1);
  assert.equal(at(play(180, onTheClock), 28), 1);
});

test('hour clock: forgets jobs that come no more', () => {
  const calm = play(40 * DAY, byChance, { ...play(10 * DAY, onTheClock), seenMs: 0, open: [] });
  assert.ok(at(calm, 28) < 2, String(at(calm, 28)));
});

test('hour clock: what a gap has covered counts neither way, and an interval that was told again counts once', () => {
  const before = play(3, () => 5);
  const after = turnClock(before, sight(10, 20));
  assert.deepEqual([after.came, after.open.length], [startClock().came, 1]);
  assert.equal(turnClock(after, sight(10, 20)), after);
  assert.deepEqual(withoutOpen(after).open, []);
});

test('hour clock: a shortage of one horizon counts as one, however often it was foreseen', () => {
  const clock = play(8, (minute) => (minute === 7 ? 20 : 5));
  const sum = clock.came.reduce((total, value) => total + value, 0);
  assert.ok(Math.abs(sum - 1) < 1e-3, String(sum));
});

test('hour clock: where an hour has fewer than four intervals there is none', () => {
  const clock = startClock();
  assert.equal(turnClock(clock, sight(0, 20, 30 * MINUTE_MS)), clock);
});

test('hour clock: of quick intervals a risk is remembered once a minute', () => {
  let clock = startClock();
  for (let i = 0; i < 120; i += 1) clock = turnClock(clock, { ...sight(0, 5), startMs: i * 5_000, intervalMs: 5_000 });
  assert.equal(clock.open.length, 5);
});
