import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide } from '../../src/actors/engine-decide.ts';
import { takeControl, takeReport, takeTarget } from '../../src/actors/engine-intake.ts';
import { createEngine } from '../../src/actors/engine.ts';
import { poolRules } from '../../src/actors/pool-rules.ts';
import type { PoolSettings } from '../../src/actors/pool-settings.ts';
import { pseBehavior } from '../../src/actors/pse.ts';
import { actionBehavior } from '../../src/actors/scaling-action.ts';
import { replay } from '../../src/planning/explain.ts';
import { clockFactor } from '../../src/planning/hour-clock.ts';
import { DEAD_BAND, type DeadBand } from '../../src/planning/dead-band.ts';
import { deadBandOf } from '../../src/planning/turns.ts';
import type { PlanInputs } from '../../src/planning/inputs.ts';
import type { Decision } from '../../src/protocol/plan.ts';
import type { Feedback, ScalingCommand } from '../../src/protocol/scaling.ts';
import type { StateReport } from '../../src/protocol/state-report.ts';
import { callTarget, fakeTarget, MINUTE_MS, pool, report, rulesFor, START_MS, type FakeTarget } from './fixtures.ts';
import { createStage, listener, type Stage } from './stage.ts';

const PSE = 'pse:web';

function stageWith(target: FakeTarget, settings: PoolSettings = pool()): Stage {
  const rules = rulesFor(settings);
  return createStage(
    [pseBehavior(rules), actionBehavior(rules), listener('pla')],
    (effect, _address, nowMs) => callTarget(target, effect, nowMs),
    START_MS,
  );
}

/** One interval: the report of the one that just ended, then the time until the next. */
function minute(stage: Stage, current: number | null, peak: number, given: Partial<StateReport> = {}): void {
  stage.tell(PSE, 'state-report', report(stage.nowMs() - MINUTE_MS, current, peak, given));
  stage.pass(MINUTE_MS);
}

const decisions = (stage: Stage): Decision[] =>
  stage.published.filter(({ name }) => name === 'decision').map(({ data }) => data as Decision);
const lastDecision = (stage: Stage): Decision => {
  const last = decisions(stage).at(-1);
  assert.ok(last !== undefined);
  return last;
};
const commands = (stage: Stage): ScalingCommand[] =>
  stage.sent.filter(({ name }) => name === 'scaling-command').map(({ data }) => data as ScalingCommand);
const feedbacks = (stage: Stage): Feedback[] =>
  stage.published.filter(({ name }) => name === 'feedback').map(({ data }) => data as Feedback);

test('engine: a rising forecast becomes a confirmed action before the load is there', () => {
  const target = fakeTarget(10);
  const stage = stageWith(target);
  minute(stage, 900, 1_340);
  assert.equal(target.requested, 14);
  const [decision] = decisions(stage);
  assert.equal(decision?.action, 'act:web/2');
  assert.match(decision?.plan.reason ?? '', /requests become the bottleneck within 5 min: 14 needed, 10 ready/);
  for (let i = 0; i < 5; i += 1) minute(stage, 1_300, 1_340);
  assert.deepEqual(
    feedbacks(stage).map(({ outcome }) => outcome),
    ['succeeded'],
  );
  assert.equal(commands(stage).length, 1, 'what is wanted is there: nothing more is asked');
  assert.deepEqual(stage.unhandled, []);
});

test('engine: every decision can be replayed from its record, through JSON', () => {
  const stage = stageWith(fakeTarget(10));
  for (let i = 0; i < 40; i += 1) minute(stage, 900 + 300 * Math.sin(i / 5), 1_000 + 300 * Math.sin((i + 5) / 5));
  assert.ok(decisions(stage).length >= 40);
  for (const decision of decisions(stage)) {
    const record = JSON.stringify(decision);
    assert.ok(record.length <= 8_192, `${record.length} bytes`);
    const again = replay(JSON.parse(record));
    assert.ok(again.same, JSON.stringify(again));
  }
});

test('engine: one action at a time, and a newer plan supersedes it by its generation', () => {
  const target = fakeTarget(10);
  const stage = stageWith(target);
  minute(stage, 900, 1_340);
  minute(stage, 900, 1_990);
  assert.deepEqual(
    commands(stage).map(({ generation, fromReplicas, toReplicas }) => [generation, fromReplicas, toReplicas]),
    [
      [2, 10, 14],
      [4, 14, 20],
    ],
  );
  for (let i = 0; i < 6; i += 1) minute(stage, 1_900, 1_990);
  assert.equal(target.requested, 20);
  assert.deepEqual(
    feedbacks(stage).map(({ generation, outcome }) => [generation, outcome]),
    [
      [2, 'superseded'],
      [4, 'succeeded'],
    ],
  );
  // The first four were decided a minute before the others; the second write started the wait for all of them anew.
  const measured = feedbacks(stage).flatMap(({ leadTimesMs }) => leadTimesMs);
  assert.equal(measured.length, 10, 'no lead time is lost when an action is superseded');
  assert.deepEqual(commands(stage)[1]?.pending, [{ replicas: 14, decidedAtMs: START_MS }]);
  assert.deepEqual(stage.unhandled, []);
});

test('engine: lead time is learned from what actions measured', () => {
  const target = fakeTarget(10);
  target.leadMs = 20_000;
  const stage = stageWith(target);
  const before = stage.describe(PSE);
  assert.equal(before, undefined);
  for (let i = 0; i < 8; i += 1) minute(stage, 900, 1_300 + 400 * i);
  for (let i = 0; i < 8; i += 1) minute(stage, 900, 4_100);
  const { leadTime } = lastDecision(stage).inputs as { readonly leadTime: { readonly p50Ms: number; readonly samples: number } };
  assert.ok(leadTime.samples >= 20, `${leadTime.samples}`);
  assert.ok(leadTime.p50Ms < 60_000, `${leadTime.p50Ms}`);
});

test('engine: a target that starts nothing never gets longer deadlines than the prior allows', () => {
  const target = fakeTarget(10);
  target.readyMax = 10;
  const settings = pool();
  const stage = stageWith(target, settings);
  for (let i = 0; i < 24 * 60; i += 1) minute(stage, 900, 1_340);
  const allowedMs = commands(stage).map(({ decidedAtMs, deadlineMs }) => deadlineMs - decidedAtMs);
  const { deadlineFactor, planner, confirmEveryMs } = settings;
  assert.ok(allowedMs.length > 10, `${allowedMs.length} actions`);
  const limitMs = deadlineFactor ** 2 * planner.leadTimePrior.p95Ms + 2 * confirmEveryMs;
  assert.ok(Math.max(...allowedMs) <= limitMs, `${Math.max(...allowedMs)} ms to a deadline`);
});

test('engine: when reports stop it holds, says so, and goes on deciding', () => {
  const target = fakeTarget(10);
  const stage = stageWith(target);
  minute(stage, 900, 950);
  const made = decisions(stage).length;
  stage.pass(30 * MINUTE_MS);
  assert.ok(decisions(stage).length > made + 5);
  assert.equal(target.requested, 10);
  assert.equal(lastDecision(stage).plan.clamps.at(-1)?.name, 'stale-input');
  assert.match(lastDecision(stage).plan.reason, /the last report is \d+ min old/);
});

test('engine: stale input is never scaled down on', () => {
  const target = fakeTarget(10);
  const stage = stageWith(target);
  for (let i = 0; i < 10; i += 1) minute(stage, 900, 950);
  stage.tell(PSE, 'state-report', report(stage.nowMs() - MINUTE_MS, 50, 60));
  stage.pass(3 * 60 * MINUTE_MS);
  assert.equal(target.requested, 10);
  assert.ok(lastDecision(stage).plan.clamps.some(({ name }) => name === 'stale-input'));
});

test('engine: a pool that needs less gives up after the stabilisation window', () => {
  const target = fakeTarget(10);
  const stage = stageWith(target);
  for (let i = 0; i < 20; i += 1) minute(stage, 300, 400);
  assert.equal(target.requested, 4);
  assert.equal(commands(stage).length, 1);
});

test('engine: a target that cannot be read is left alone, with the reason', () => {
  const target = fakeTarget(10);
  const stage = stageWith(target);
  minute(stage, 900, 950);
  target.faults.get.push({ code: 'unavailable', message: 'connection refused' });
  stage.tell(PSE, 'state-report', report(stage.nowMs() - MINUTE_MS, 900, 1_900));
  assert.match(lastDecision(stage).plan.reason, /the target cannot be read: connection refused/);
  assert.equal(target.requested, 10);
  stage.pass(MINUTE_MS);
  minute(stage, 900, 1_900);
  assert.equal(target.requested, 19);
});

test('engine: before the target was read once nothing is decided', () => {
  const target = fakeTarget(10);
  target.faults.get.push({ code: 'unavailable', message: 'x' }, { code: 'unavailable', message: 'x' });
  const stage = stageWith(target);
  stage.tell(PSE, 'state-report', report(stage.nowMs() - MINUTE_MS, 900, 1_900));
  assert.equal(decisions(stage).length, 0);
  stage.pass(10 * MINUTE_MS);
  assert.ok(decisions(stage).length > 0);
});

test('engine: a failing target is asked again after growing pauses, not forever', () => {
  const target = fakeTarget(10);
  target.faults.scale.push(...Array.from({ length: 100 }, () => ({ code: 'quota' as const, message: 'no more machines' })));
  const stage = stageWith(target);
  for (let i = 0; i < 60; i += 1) minute(stage, 900, 1_900);
  const asked = commands(stage).length;
  assert.ok(asked >= 3 && asked <= 12, `${asked} times in an hour`);
  assert.ok(
    decisions(stage).some(({ plan }) => plan.clamps.some(({ name, because }) => name === 'back-off' && /no more machines/.test(because))),
  );
  target.faults.scale.length = 0;
  stage.tell(PSE, 'control', { pool: 'web', command: 'resume', by: 'cli/ann', reason: 'quota was raised' });
  minute(stage, 900, 1_900);
  assert.equal(target.requested, 19);
});

test('engine: a scale-down that is forbidden is not tried in a loop', () => {
  const target = fakeTarget(10);
  target.faults.scale.push(...Array.from({ length: 500 }, () => ({ code: 'forbidden' as const, message: 'read only' })));
  const stage = stageWith(target);
  for (let i = 0; i < 60; i += 1) minute(stage, 300, 400);
  const asked = commands(stage).length;
  assert.ok(asked >= 2 && asked <= 12, `${asked} times in an hour`);
});

test('engine: another controller that always overrules us is met at the pace of the reviews', () => {
  const target = fakeTarget(10);
  const stage = stageWith(target);
  for (let i = 0; i < 30; i += 1) {
    stage.tell(PSE, 'state-report', report(stage.nowMs() - MINUTE_MS, 900, 1_900));
    for (let second = 0; second < 60; second += 1) {
      target.requested = 10;
      stage.pass(1_000);
    }
  }
  assert.ok(commands(stage).length <= 62, `${commands(stage).length} commands in 30 minutes`);
});

test('engine: a capacity that never becomes ready is rolled back and not asked for at once', () => {
  const target = fakeTarget(10);
  target.readyMax = 10;
  const stage = stageWith(target);
  for (let i = 0; i < 60; i += 1) minute(stage, 900, 1_900);
  assert.ok(commands(stage).length <= 4, `${commands(stage).length}`);
  assert.ok(feedbacks(stage).every(({ outcome }) => outcome === 'rolled-back'));
  const { leadTime } = lastDecision(stage).inputs as { readonly leadTime: { readonly p95Ms: number } };
  assert.ok(leadTime.p95Ms > 180_000, 'and it is known to be slow');
});

test('engine: pause plans and does nothing, resume acts', () => {
  const target = fakeTarget(10);
  const stage = stageWith(target);
  stage.tell(PSE, 'control', { pool: 'web', command: 'pause', by: 'cli/ann', reason: 'migration' });
  minute(stage, 900, 1_900);
  assert.equal(target.requested, 10);
  assert.match(lastDecision(stage).plan.reason, /paused by cli\/ann: migration/);
  stage.tell(PSE, 'control', { pool: 'web', command: 'resume', by: 'cli/ann', reason: 'done' });
  minute(stage, 900, 1_900);
  assert.equal(target.requested, 19);
});

test('engine: an override holds its count over a restart until it expires', () => {
  const target = fakeTarget(10);
  const stage = stageWith(target);
  minute(stage, 900, 950);
  const expiresAtMs = stage.nowMs() + 5 * MINUTE_MS;
  stage.tell(PSE, 'control', { pool: 'web', command: 'override', replicas: 30, expiresAtMs, by: 'cli/ann', reason: 'launch' });
  stage.restart();
  minute(stage, 900, 950);
  assert.equal(target.requested, 30);
  for (let i = 0; i < 25; i += 1) minute(stage, 900, 950);
  assert.equal(target.requested, 10);
});

test('engine: shortages make the level more careful, and it can be seen', () => {
  const target = fakeTarget(10);
  target.readyMax = 10;
  const stage = stageWith(target, pool({ planner: { maxReplicas: 10 } }));
  for (let i = 0; i < 200; i += 1) minute(stage, i % 5 === 0 ? 1_500 : 900, 1_000);
  const { learned } = stage.describe(PSE) as { readonly learned: { readonly levelShift: number; readonly shortShare: number } };
  assert.ok(learned.levelShift > 0.2, JSON.stringify(learned));
  assert.ok(learned.shortShare > 0.01);
});

test('engine: giving up what is wanted back at once makes it slower', () => {
  const target = fakeTarget(10);
  const stage = stageWith(target, pool({ planner: { scaleDown: { stabilizationWindowMs: 0, policies: [] } } }));
  for (let i = 0; i < 6; i += 1) minute(stage, 400, i % 2 === 0 ? 1_000 : 400);
  const { learned } = stage.describe(PSE) as { readonly learned: { readonly downSpeed: number } };
  assert.ok(learned.downSpeed < 1, JSON.stringify(learned));
});

test('engine: a restart between any two messages changes nothing', () => {
  const play = (restarts: boolean): unknown[] => {
    const target = fakeTarget(10);
    const stage = stageWith(target);
    for (let i = 0; i < 30; i += 1) {
      minute(stage, 900 + 400 * Math.sin(i / 4), 1_000 + 400 * Math.sin((i + 4) / 4));
      if (restarts) stage.restart();
    }
    return [stage.published, stage.describe(PSE), target];
  };
  assert.deepEqual(play(true), play(false));
});

test('engine: with a budget it asks before it grows', () => {
  const target = fakeTarget(10);
  const settings = pool();
  const rules = { ...rulesFor(settings)('web'), budgeted: true } as ReturnType<ReturnType<typeof rulesFor>>;
  const stage = createStage(
    [pseBehavior(() => rules), actionBehavior(() => rules)],
    (effect, _a, nowMs) => callTarget(target, effect, nowMs),
    START_MS,
  );
  minute(stage, 900, 1_900);
  assert.equal(target.requested, 10);
  const asked = lastDecision(stage).plan.grant;
  assert.deepEqual(asked, { revision: 0, heldReplicas: 10, wantedReplicas: 19 });
  stage.tell(PSE, 'budget', { pool: 'web', maxReplicas: 15, revision: 1, reason: 'shared' });
  assert.equal(target.requested, 15, 'it does not wait for the next report');
  stage.tell(PSE, 'budget', { pool: 'web', maxReplicas: 99, revision: 1, reason: 'old' });
  minute(stage, 900, 1_900);
  assert.equal(target.requested, 15, 'an older grant is ignored');
});

test('engine: a plan that its own earlier write has overtaken is made anew at once, not at the next review', () => {
  const target = fakeTarget(10);
  const rules = { ...rulesFor(pool())('web'), budgeted: true } as ReturnType<ReturnType<typeof rulesFor>>;
  let slow: (() => void) | undefined;
  const stage = createStage(
    [pseBehavior(() => rules), actionBehavior(() => rules)],
    (effect, address, nowMs) => {
      if (effect.executor === 'target.scale' && slow === undefined) {
        slow = () => void callTarget(target, effect, nowMs);
        return undefined;
      }
      // The write of the action before takes effect after the plan for this one was made.
      if (address === 'act:web/4') slow?.();
      return callTarget(target, effect, nowMs);
    },
    START_MS,
  );
  minute(stage, 900, 1_900);
  stage.tell(PSE, 'budget', { pool: 'web', maxReplicas: 15, revision: 1, reason: 'shared' });
  stage.tell(PSE, 'budget', { pool: 'web', maxReplicas: 17, revision: 2, reason: 'shared anew' });
  assert.deepEqual(
    commands(stage).map(({ generation, fromReplicas, toReplicas }) => [generation, fromReplicas, toReplicas]),
    [
      [2, 10, 15],
      [4, 10, 17],
      [6, 15, 17],
    ],
  );
  assert.equal(target.requested, 17);
});

test('engine: keeps outlines of producers within a bound', () => {
  const rules = poolRules(pool(), false);
  const engine = createEngine(rules, START_MS);
  for (let i = 0; i < 300; i += 1) {
    takeReport(engine, report(START_MS, 1, 1, { producer: `p${i}` }), START_MS);
    takeReport(engine, report(START_MS, 1, 1, { producer: 'old' }), START_MS);
  }
  assert.equal(engine.producers.size, 200);
  assert.ok(engine.producers.has('old') && engine.producers.has('p299') && !engine.producers.has('p0'), 'who reports stays');
});

test('engine: a price of a short minute that is given steers, in the place of the objective', () => {
  const settled = (shortMinutePrice: number): Decision => {
    const settings = pool();
    const stage = stageWith(fakeTarget(20), { ...settings, planner: { ...settings.planner, shortMinutePrice } });
    for (let i = 0; i < 2_000; i += 1) minute(stage, i % 30 === 0 ? 1_900 : 1_000, 1_500);
    return lastDecision(stage);
  };
  const [cheap, dear] = [settled(0.25), settled(10_000)];
  const inputs = [cheap, dear].map((decision) => decision.inputs as PlanInputs);
  assert.deepEqual(
    inputs.map(({ followed, peer }) => [followed?.price, peer]),
    [
      [0.25, null],
      [10_000, null],
    ],
  );
  assert.ok(cheap.plan.replicas < dear.plan.replicas, `${cheap.plan.replicas} and ${dear.plan.replicas}`);
});

test('engine: a pool that turns with every load has a wider dead band, one in shadow does not, and a reset forgets it', () => {
  const engine = createEngine(poolRules(pool(), false), START_MS);
  const turn = (minutes: number): void => {
    for (let i = 0; i < minutes; i += 1, live += 1) {
      const nowMs = START_MS + live * MINUTE_MS;
      const replicas = 20 + (live % 2);
      takeTarget(engine, { pool: 'web', requestedReplicas: replicas, readyReplicas: replicas, generation: 0, observedAtMs: nowMs }, nowMs);
      takeReport(engine, report(nowMs, 1_000, 1_100), nowMs + MINUTE_MS);
      decide(engine, nowMs + MINUTE_MS);
    }
  };
  const by = { pool: 'web', by: 'ann', reason: 'to see' };
  let live = 0;
  turn(10);
  const some = deadBandOf(engine.turns).down;
  assert.ok(some > DEAD_BAND.down && some < 2 * DEAD_BAND.down, `${some}`);
  takeControl(engine, { ...by, command: 'autonomy', level: 'shadow' }, START_MS + live * MINUTE_MS);
  turn(10);
  assert.equal(deadBandOf(engine.turns).down, some, 'whoever turns the target meanwhile, it is not us');
  takeControl(engine, { ...by, command: 'autonomy', level: 'full' }, START_MS + live * MINUTE_MS);
  turn(30);
  assert.equal(deadBandOf(engine.turns).down, 2 * DEAD_BAND.down);
  takeControl(engine, { ...by, command: 'reset' }, START_MS + live * MINUTE_MS);
  assert.deepEqual(deadBandOf(engine.turns), DEAD_BAND);
});

test('engine: a dead band that is given does not widen, however often the pool turns', () => {
  // Foreseen, so that a forecast is followed.
  const load = (i: number): number => (i % 60 < 30 ? 1_000 : 1_900);
  const bandAfter = (deadBand: DeadBand | undefined): DeadBand | undefined => {
    const settings = pool();
    const stage = stageWith(fakeTarget(20), { ...settings, planner: { ...settings.planner, ...(deadBand && { deadBand }) } });
    for (let i = 0; i < 2_000; i += 1) minute(stage, load(i), Math.max(load(i), load(i + 15)));
    return (lastDecision(stage).inputs as PlanInputs).followed?.deadBand;
  };
  const given = { up: 0.02, down: 0.01 };
  assert.deepEqual(bandAfter(given), given);
  assert.ok((bandAfter(undefined)?.down ?? 0) >= DEAD_BAND.down);
});

test('engine: jobs that begin on the clock are learnt from what came, and a reset forgets them', () => {
  const engine = createEngine(poolRules(pool(), false), START_MS);
  const factorAfter = (minutes: number): number => {
    for (let i = 0; i < minutes; i += 1) {
      const startMs = START_MS + live * MINUTE_MS;
      takeReport(engine, report(startMs, live % 30 < 2 ? 1_900 : 1_000, 1_100), startMs + MINUTE_MS);
      decide(engine, startMs + MINUTE_MS);
      live += 1;
    }
    return clockFactor(engine.clock, START_MS + live * MINUTE_MS);
  };
  let live = 0;
  takeTarget(engine, { pool: 'web', requestedReplicas: 20, readyReplicas: 20, generation: 0, observedAtMs: START_MS }, START_MS);
  assert.ok(factorAfter(1_440) > 2, 'the next minute is one of a burst');
  assert.ok(factorAfter(15) <= 1, 'half way between two');
  takeControl(engine, { pool: 'web', command: 'reset', by: 'ann', reason: 'another service' }, START_MS + live * MINUTE_MS);
  assert.equal(factorAfter(15), 1);
});
