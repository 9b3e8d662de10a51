import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEVER_TRAINED, isTrainingDue, scheduleTraining, startTraining, trainingAdopted } from '../../src/actors/training-schedule.ts';

const SECOND = 1_000;

test('training schedule: a young series is trained each time it has grown by half, an old one by the clock', () => {
  const progress = { ...NEVER_TRAINED };
  const trainedAfter: number[] = [];
  for (let measured = 1; measured <= 9_000; measured++) {
    const nowMs = measured * SECOND;
    const situation = { address: 'pla:shop', nowMs, intervalMs: SECOND, trainEveryMs: 3_600 * SECOND, measured, skill: 0.5 };
    scheduleTraining(progress, situation);
    if (!isTrainingDue(progress, nowMs)) continue;
    startTraining(progress, measured);
    trainingAdopted(progress, nowMs, 0.5);
    trainedAfter.push(measured);
  }
  assert.deepEqual(trainedAfter, [60, 90, 135, 203, 305, 458, 687, 1_031, 1_547, 2_321, 5_921]);
});

test('training schedule: cycles are looked for when a sixteenth of the window is new, and whenever something is out of order', () => {
  const progress = { ...NEVER_TRAINED };
  const train = (cause: (typeof progress)['cause'], measured: number): boolean => {
    progress.cause = cause;
    const looks = startTraining(progress, measured);
    trainingAdopted(progress, 0, 0.5);
    return looks;
  };
  assert.equal(train('first', 60), true);
  assert.equal(train('schedule', 90), true);
  assert.equal(train('schedule', 5_000), true);
  assert.equal(train('schedule', 5_179), false);
  assert.equal(train('drift', 5_179), true);
  assert.equal(train('schedule', 5_358), false);
  assert.equal(train('schedule', 5_359), true);
  progress.failures = 1;
  assert.equal(train('schedule', 5_360), true);
});

test('training schedule: progress kept by a version that did not count the intervals goes on by the clock', () => {
  const { measuredThen: _, ...kept } = { ...NEVER_TRAINED, version: 1, trainedAtMs: 0 };
  const progress = kept as typeof NEVER_TRAINED;
  const situation = { address: 'pla:shop', intervalMs: SECOND, trainEveryMs: 3_600 * SECOND, measured: 500, skill: null };
  scheduleTraining(progress, { ...situation, nowMs: 500 * SECOND });
  assert.equal(progress.dueMs, null);
  scheduleTraining(progress, { ...situation, nowMs: 3_600 * SECOND });
  assert.equal(progress.cause, 'schedule');
});
