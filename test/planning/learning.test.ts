/** What the planner learns from feedback: lead times, the level, the speed of scaling down. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leadTimeOf, NO_LEAD_TIMES, recordLeadTimes } from '../../src/planning/lead-time.ts';
import { learnedOf, LEARNED_BOUNDS, pace, slowDown, startPace, type Pace } from '../../src/planning/pace.ts';

const PRIOR = { p50Ms: 120_000, p95Ms: 180_000 };
const MINUTE_MS = 60_000;

test('lead time: the prior until something was measured', () => {
  assert.deepEqual(leadTimeOf(NO_LEAD_TIMES, PRIOR), { ...PRIOR, samples: 0 });
});

test('lead time: moves from the prior to what is measured', () => {
  let known = NO_LEAD_TIMES;
  let before = PRIOR.p50Ms;
  for (let i = 0; i < 20; i += 1) {
    known = recordLeadTimes(known, [9_000, 10_000, 11_000]);
    const { p50Ms } = leadTimeOf(known, PRIOR);
    assert.ok(p50Ms < before);
    before = p50Ms;
  }
  const learned = leadTimeOf(known, PRIOR);
  assert.equal(learned.samples, 60);
  assert.ok(learned.p50Ms < 15_000 && learned.p50Ms > 9_000, `${learned.p50Ms}`);
  assert.ok(learned.p95Ms >= learned.p50Ms && learned.p95Ms < 18_000, `${learned.p95Ms}`);
});

test('lead time: one large action does not push out all others', () => {
  let known = NO_LEAD_TIMES;
  for (let i = 0; i < 40; i += 1) known = recordLeadTimes(known, [100_000]);
  known = recordLeadTimes(
    known,
    Array.from({ length: 1_000 }, () => 900_000),
  );
  assert.ok(leadTimeOf(known, PRIOR).p50Ms < 110_000);
  assert.ok(known.samplesMs.length <= 128);
});

test('lead time: what cannot be a duration is left out', () => {
  assert.equal(recordLeadTimes(NO_LEAD_TIMES, [Number.NaN, -1, Number.POSITIVE_INFINITY]), NO_LEAD_TIMES);
});

function run(from: Pace, minutes: number, isShort: (minute: number) => boolean): Pace {
  let state = from;
  for (let minute = 0; minute < minutes; minute += 1) state = pace(state, 0.01, isShort(minute), MINUTE_MS);
  return state;
}

test('pace: nothing moves at the start', () => {
  assert.deepEqual(learnedOf(startPace(0.01), 0.01), { levelShift: 0, downSpeed: 1 });
});

test('pace: shortages above the objective make the level more careful, fast', () => {
  const state = run(startPace(0.01), 180, (minute) => minute % 10 === 0);
  assert.ok(learnedOf(state, 0.01).levelShift > 0.3, JSON.stringify(state));
});

test('pace: time without a shortage relaxes it slowly', () => {
  const hour = learnedOf(
    run(startPace(0.01), 60, () => false),
    0.01,
  ).levelShift;
  const day = learnedOf(
    run(startPace(0.01), 1_440, () => false),
    0.01,
  ).levelShift;
  assert.ok(hour < 0 && hour > -0.05, `${hour}`);
  assert.ok(day < hour && day > -0.8, `${day}`);
});

test('pace: bounded however long it goes wrong', () => {
  const [least, most] = LEARNED_BOUNDS.levelShift;
  assert.equal(
    learnedOf(
      run(startPace(0.01), 20_000, () => true),
      0.01,
    ).levelShift,
    most,
  );
  const relaxed = learnedOf(
    run(startPace(0.01), 20_000, () => false),
    0.01,
  ).levelShift;
  assert.ok(relaxed >= least && relaxed < -1, `${relaxed}`);
});

test('pace: a regretted scale-down slows the next ones, and a quiet time brings the speed back', () => {
  let state = startPace(0.01);
  for (let i = 0; i < 10; i += 1) state = slowDown(state);
  assert.equal(learnedOf(state, 0.01).downSpeed, LEARNED_BOUNDS.downSpeed[0]);
  assert.equal(
    learnedOf(
      run(state, 6 * 1_440, () => false),
      0.01,
    ).downSpeed,
    1,
  );
});
