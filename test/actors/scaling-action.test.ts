import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionBehavior } from '../../src/actors/scaling-action.ts';
import { FAILURE_POLICIES } from '../../src/actors/failure-policy.ts';
import { TARGET_ERROR_CODES, type TargetError } from '../../src/ports/target.ts';
import type { Confirmation, Feedback, ScalingCommand } from '../../src/protocol/scaling.ts';
import { callTarget, fakeTarget, pool, rulesFor, START_MS, type FakeTarget } from './fixtures.ts';
import { createStage, listener, type Stage } from './stage.ts';

const ADDRESS = 'act:web/4';

function command(given: Partial<ScalingCommand> = {}): ScalingCommand {
  return {
    pool: 'web',
    planId: 'web/9',
    generation: 4,
    fromReplicas: 10,
    toReplicas: 14,
    decidedAtMs: START_MS,
    deadlineMs: START_MS + 720_000,
    expectedReadyMs: START_MS + 120_000,
    reason: 'test',
    ...given,
  };
}

function stageWith(target: FakeTarget): Stage {
  const behaviors = [actionBehavior(rulesFor(pool())), listener('pse'), listener('pla')];
  return createStage(behaviors, (effect, _address, nowMs) => callTarget(target, effect, nowMs), START_MS);
}

const feedbackOf = (stage: Stage): Feedback[] =>
  stage.published.filter(({ name }) => name === 'feedback').map(({ data }) => data as Feedback);
const stepsOf = (stage: Stage): string[] =>
  stage.published.filter(({ name }) => name === 'confirmation').map(({ data }) => (data as Confirmation).step);
const fault = (code: TargetError['code'], more: Partial<TargetError> = {}): TargetError => ({ code, message: `${code} here`, ...more });

function run(target: FakeTarget, given: Partial<ScalingCommand> = {}): Stage {
  const stage = stageWith(target);
  stage.tell(ADDRESS, 'scaling-command', command(given));
  stage.pass(3_600_000);
  return stage;
}

/** It always ends, once, with feedback, and leaves nothing behind. */
function assertEnded(stage: Stage, outcome: Feedback['outcome']): Feedback {
  const [feedback, ...more] = feedbackOf(stage);
  assert.ok(feedback !== undefined);
  assert.deepEqual(more, []);
  assert.equal(feedback.outcome, outcome, feedback.reason);
  assert.ok(!stage.addresses().includes(ADDRESS));
  assert.deepEqual(stage.unhandled, []);
  return feedback;
}

test('action: reads, writes, confirms and measures the lead time of each replica', () => {
  const target = fakeTarget(10);
  const stage = run(target);
  const feedback = assertEnded(stage, 'succeeded');
  assert.deepEqual(stepsOf(stage), ['accepted', 'ready']);
  assert.equal(target.writes.length, 1);
  assert.deepEqual(target.writes[0], { pool: 'web', replicas: 14, expectedReplicas: 10, generation: 4 });
  assert.deepEqual(feedback.leadTimesMs, [90_000, 90_000, 90_000, 90_000]);
});

test('action: tells the analyzer of the total what starts and stops because of it, and when that is over', () => {
  const toAnalyzer = (stage: Stage) =>
    stage.sent
      .filter(({ to }) => to === 'pla:web')
      .map(({ name, data }) => [name, (data as { step?: string }).step, (data as { outcome?: string }).outcome]);
  assert.deepEqual(toAnalyzer(run(fakeTarget(10))), [
    ['confirmation', 'accepted', undefined],
    ['feedback', undefined, 'succeeded'],
  ]);
  const overtaken = fakeTarget(11);
  assert.deepEqual(toAnalyzer(run(overtaken)), [['feedback', undefined, 'superseded']], 'nothing was accepted');
  const accepted = run(fakeTarget(10), { toReplicas: 6 }).sent.find(({ to, name }) => to === 'pla:web' && name === 'confirmation');
  const { fromReplicas, requestedReplicas } = (accepted?.data ?? {}) as Partial<Confirmation>;
  assert.deepEqual([fromReplicas, requestedReplicas], [10, 6]);
});

test('action: what an earlier action was waiting for is measured from its decision', () => {
  const stage = run(fakeTarget(10), { pending: [{ replicas: 12, decidedAtMs: START_MS - 60_000 }] });
  assert.deepEqual(assertEnded(stage, 'succeeded').leadTimesMs, [150_000, 150_000, 90_000, 90_000]);
});

test('action: what waited since long before counts at most with the time that this action has', () => {
  const stage = run(fakeTarget(10), { pending: [{ replicas: 12, decidedAtMs: START_MS - 3_600_000 }] });
  const { deadlineMs, decidedAtMs } = command();
  const allowedMs = deadlineMs - decidedAtMs;
  assert.deepEqual(assertEnded(stage, 'succeeded').leadTimesMs, [allowedMs, allowedMs, 90_000, 90_000]);
});

test('action: scaling down is done when it is accepted, and teaches no lead time', () => {
  const stage = run(fakeTarget(10), { toReplicas: 6 });
  assert.deepEqual(assertEnded(stage, 'succeeded').leadTimesMs, []);
  assert.deepEqual(stepsOf(stage), ['accepted', 'ready']);
});

test('action: readiness in parts is told as it comes', () => {
  const target = fakeTarget(10);
  target.readyMax = 12;
  const stage = stageWith(target);
  stage.tell(ADDRESS, 'scaling-command', command());
  stage.pass(100_000);
  assert.deepEqual(stepsOf(stage), ['accepted', 'partially-ready']);
  target.readyMax = 14;
  stage.pass(3_600_000);
  assertEnded(stage, 'succeeded');
});

test('action: the effect is watched against what the plans say is needed', () => {
  const target = fakeTarget(10);
  const stage = stageWith(target);
  stage.tell(ADDRESS, 'scaling-command', command());
  stage.pass(95_000);
  const plan = { id: 'web/10', pool: 'web', atMs: stage.nowMs(), replicas: 14, previousReplicas: 14, bottleneck: null, winner: 'hold' };
  const needs = (replicas: number) => ({
    ...plan,
    candidates: [],
    clamps: [],
    trajectory: [{ atMs: plan.atMs, replicas }],
    confidence: 1,
    reason: '',
    recommendations: [],
  });
  stage.tell(ADDRESS, 'plan', needs(7));
  stage.pass(60_000);
  stage.tell(ADDRESS, 'plan', needs(21));
  stage.pass(600_000);
  const { effect } = assertEnded(stage, 'succeeded');
  assert.ok(effect !== undefined);
  assert.ok(effect.observedForMs >= 120_000);
  assert.ok(effect.shortMs > 40_000 && effect.shortMs < 80_000, `${effect.shortMs}`);
  assert.ok(effect.utilisation > 0.5 && effect.utilisation < 1.5, `${effect.utilisation}`);
});

for (const code of TARGET_ERROR_CODES.filter((one) => FAILURE_POLICIES[one] === 'end')) {
  test(`action: ${code} is not tried again`, () => {
    const target = fakeTarget(10);
    target.faults.scale.push(fault(code));
    const stage = run(target);
    const feedback = assertEnded(stage, 'failed');
    assert.equal(feedback.attempts, 1);
    assert.match(feedback.reason, new RegExp(`${code} here`));
    assert.equal(stepsOf(stage).at(-1), 'failed');
  });
}

for (const code of TARGET_ERROR_CODES.filter((one) => FAILURE_POLICIES[one] === 'read-again')) {
  test(`action: ${code} is read again, and the plan carried out`, () => {
    const target = fakeTarget(10);
    target.faults.get.push(fault(code));
    target.faults.scale.push(fault(code));
    assert.equal(assertEnded(run(target), 'succeeded').attempts, 2);
    assert.equal(target.writes.length, 1);
  });
}

for (const code of ['conflict', 'advice-only'] as const) {
  test(`action: ${code} gives the plan back and counts as no failure`, () => {
    const target = fakeTarget(10);
    target.faults.scale.push(fault(code));
    assert.match(assertEnded(run(target), 'superseded').reason, new RegExp(`${code} here`));
  });
}

test('action: a target that keeps no generation shows by its count that the write was taken', () => {
  const target = fakeTarget(10);
  target.forgets = true;
  target.faults.scale.push('lost');
  const feedback = assertEnded(run(target), 'succeeded');
  assert.deepEqual([feedback.attempts, target.writes.length], [1, 1]);
});

test('action: a target that keeps no generation shows by its count that it went back', () => {
  const target = fakeTarget(10);
  target.forgets = true;
  target.readyMax = 12;
  const stage = stageWith(target);
  stage.tell(ADDRESS, 'scaling-command', command());
  stage.pass(719_000);
  target.faults.scale.push('lost');
  stage.pass(3_600_000);
  assertEnded(stage, 'rolled-back');
  assert.deepEqual(
    target.writes.map(({ replicas }) => replicas),
    [14, 12],
  );
});

test('action: what will not come by waiting ends it long before the deadline, with the reason', () => {
  const target = fakeTarget(10);
  target.readyMax = 12;
  target.stuckReason = 'no node has room';
  const stage = stageWith(target);
  stage.tell(ADDRESS, 'scaling-command', command());
  stage.pass(1_000);
  const feedback = assertEnded(stage, 'rolled-back');
  assert.match(feedback.reason, /only 10 of 14 are ready, more will not come: no node has room/);
  assert.deepEqual(feedback.leadTimesMs, [], 'what does not come teaches no lead time');
});

test('action: a target that says yes and does something else is not believed', () => {
  const target = fakeTarget(10);
  target.takes = 12;
  const feedback = assertEnded(run(target), 'failed');
  assert.match(feedback.reason, /contradictory: it took 14, and says that 12 are asked for/);
  assert.equal(target.writes.length, 1);
});

test('action: a target that is not there is tried again, with growing pauses, until it answers', () => {
  const target = fakeTarget(10);
  target.faults.scale.push(fault('unavailable'), fault('unavailable'));
  target.faults.get.push(fault('unavailable'));
  const feedback = assertEnded(run(target), 'succeeded');
  assert.equal(feedback.attempts, 3);
  assert.equal(target.writes.length, 1);
});

test('action: a throttled write waits as long as it was told', () => {
  const target = fakeTarget(10);
  target.faults.scale.push(fault('throttled', { retryAfterMs: 45_000 }));
  const stage = stageWith(target);
  stage.tell(ADDRESS, 'scaling-command', command());
  stage.pass(44_999);
  assert.equal(target.writes.length, 0);
  stage.pass(1);
  assert.equal(target.writes.length, 1);
});

test('action: it gives up after a bounded number of writes', () => {
  const target = fakeTarget(10);
  target.faults.scale.push(...Array.from({ length: 50 }, () => fault('unavailable')));
  assert.equal(assertEnded(run(target), 'failed').attempts, 6);
});

test('action: an unknown outcome is read before anything is repeated', () => {
  const target = fakeTarget(10);
  target.faults.scale.push('lost');
  const feedback = assertEnded(run(target), 'succeeded');
  assert.equal(feedback.attempts, 1, 'the write had happened; it is not repeated');
  assert.equal(target.writes.length, 1);
});

test('action: a conflict gives the plan back', () => {
  const target = fakeTarget(11);
  const feedback = assertEnded(run(target), 'superseded');
  assert.equal(target.writes.length, 0);
  assert.match(feedback.reason, /made from 10, the target is at 11/);
});

test('action: a newer generation at the target ends it', () => {
  const target = fakeTarget(10);
  target.generation = 6;
  const stage = run(target);
  assertEnded(stage, 'superseded');
  assert.equal(stepsOf(stage).at(-1), 'superseded');
  assert.equal(target.writes.length, 0);
});

test('action: a person who scales in the middle is not overruled', () => {
  const target = fakeTarget(10);
  const stage = stageWith(target);
  stage.tell(ADDRESS, 'scaling-command', command());
  stage.pass(10_000);
  target.requested = 20;
  stage.pass(3_600_000);
  assert.match(assertEnded(stage, 'superseded').reason, /somebody else asked for 20/);
  assert.equal(target.requested, 20);
});

test('action: what never becomes ready is rolled back at the deadline, and its time counts', () => {
  const target = fakeTarget(10);
  target.readyMax = 12;
  target.pendingReason = 'no node fits';
  const feedback = assertEnded(run(target), 'rolled-back');
  assert.equal(target.requested, 12, 'what became ready is kept');
  assert.equal(target.generation, 5, 'under the generation between this and the next action');
  assert.match(feedback.reason, /only 12 of 14 were ready by the deadline \(no node fits\)/);
  assert.equal(feedback.leadTimesMs.length, 4);
  assert.ok((feedback.leadTimesMs.at(-1) ?? 0) >= 720_000);
});

test('action: what is not ready by the deadline counts at most with the deadline that the prior gives', () => {
  const target = fakeTarget(10);
  target.readyMax = 12;
  const { deadlineFactor, planner } = pool();
  const feedback = assertEnded(run(target, { deadlineMs: START_MS + 3_000_000 }), 'rolled-back');
  const longest = Math.max(...feedback.leadTimesMs);
  assert.equal(longest, deadlineFactor * planner.leadTimePrior.p95Ms, 'else each deadline would prolong the next one');
});

test('action: a write that nobody took by the deadline teaches no lead time', () => {
  const target = fakeTarget(10);
  const stage = stageWith(target);
  target.faults.scale.push(fault('unavailable'));
  stage.tell(ADDRESS, 'scaling-command', command({ deadlineMs: START_MS + 4_000 }));
  target.faults.get.push(...Array.from({ length: 4 }, () => fault('unavailable')));
  stage.pass(3_600_000);
  assert.deepEqual(assertEnded(stage, 'failed').leadTimesMs, []);
});

test('action: a rollback that somebody else was faster than is left alone', () => {
  const target = fakeTarget(10);
  target.readyMax = 12;
  const stage = stageWith(target);
  stage.tell(ADDRESS, 'scaling-command', command());
  stage.pass(719_999);
  target.faults.get.push('silent');
  stage.pass(3_600_000);
  assert.equal(feedbackOf(stage).length, 0, 'waits for the answer');
  target.generation = 6;
  const again = stageWith(target);
  again.tell(ADDRESS, 'scaling-command', command());
  again.pass(3_600_000);
  assertEnded(again, 'superseded');
});

test('action: a rollback whose answer is lost is not written twice', () => {
  const target = fakeTarget(10);
  target.readyMax = 10;
  target.faults.scale.push('lost', 'lost');
  assertEnded(run(target), 'rolled-back');
  assert.deepEqual(
    target.writes.map(({ replicas, generation }) => [replicas, generation]),
    [
      [14, 4],
      [10, 5],
    ],
  );
});

test('action: a restart at any moment, with the last answer repeated, ends it once with one write', () => {
  for (let atMs = 0; atMs <= 260_000; atMs += 1_000) {
    const target = fakeTarget(10);
    target.faults.scale.push(fault('unavailable'), 'lost');
    const stage = stageWith(target);
    stage.tell(ADDRESS, 'scaling-command', command());
    stage.pass(atMs);
    stage.restart();
    if (stage.addresses().includes(ADDRESS)) stage.repeatLastAnswer();
    stage.pass(3_600_000);
    assertEnded(stage, 'succeeded');
    assert.equal(target.writes.length, 1, `restart after ${atMs} ms`);
  }
});

test('action: a message for one that has ended leaves nobody behind', () => {
  const stage = stageWith(fakeTarget(10));
  stage.tell('act:web/2', 'budget', { pool: 'web', maxReplicas: 1, revision: 1, reason: '' });
  assert.deepEqual(stage.addresses(), []);
  assert.deepEqual(stage.unhandled, []);
});

test('action: addresses that are none are refused', () => {
  const behavior = actionBehavior(rulesFor(pool()));
  for (const address of ['act:web', 'act:web/x', 'act:other/4', 'act:web/04'])
    assert.equal(typeof behavior.refuses(address), 'string', address);
  assert.equal(behavior.refuses('act:web/4'), undefined);
});
