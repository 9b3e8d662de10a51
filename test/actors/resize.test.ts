import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pseBehavior } from '../../src/actors/pse.ts';
import { actionBehavior } from '../../src/actors/scaling-action.ts';
import { replay } from '../../src/planning/explain.ts';
import { VERTICAL_DEFAULTS, type VerticalRules } from '../../src/planning/vertical-rules.ts';
import type { Decision } from '../../src/protocol/plan.ts';
import type { ReplicaSize } from '../../src/protocol/resource.ts';
import type { Feedback, ScalingCommand } from '../../src/protocol/scaling.ts';
import { callTarget, fakeTarget, MINUTE_MS, pool, report, rulesFor, START_MS, type FakeTarget } from './fixtures.ts';
import { createStage, listener, type Stage } from './stage.ts';

const HALF: ReplicaSize = { cpuMillicores: 500, memoryBytes: 1e9 };
const WHOLE: ReplicaSize = { cpuMillicores: 1_000, memoryBytes: 2e9 };
const DOUBLE: ReplicaSize = { cpuMillicores: 2_000, memoryBytes: 4e9 };
/** A replica costs something beside its CPU: few large ones are cheaper. */
const DEAR_REPLICAS = { core: 1, memoryGB: 0.1, replica: 1 };
/** 3.5 replicas are needed: in halves it is 7 of them, not 4 whole ones. */
const BY_THE_CORE = { core: 1, memoryGB: 0, replica: 0 };

const vertical = (given: Partial<VerticalRules>): VerticalRules => ({
  ...VERTICAL_DEFAULTS,
  size: WHOLE,
  sizes: [DOUBLE],
  prices: DEAR_REPLICAS,
  holdMs: 10 * MINUTE_MS,
  apply: true,
  ...given,
});

function stageWith(target: FakeTarget, rules: VerticalRules): Stage {
  const poolRules = rulesFor(pool({ planner: { vertical: rules } }));
  const behaviors = [pseBehavior(poolRules), actionBehavior(poolRules), listener('pla')];
  return createStage(behaviors, (effect, _address, nowMs) => callTarget(target, effect, nowMs), START_MS);
}

/** `minutes` of the same load, each with its report. */
function run(stage: Stage, minutes: number, load: number, peakMemoryBytes = 5e8): void {
  for (let i = 0; i < minutes; i += 1) {
    stage.tell('pse:web', 'state-report', report(stage.nowMs() - MINUTE_MS, load, load, { peakMemoryBytes }));
    stage.pass(MINUTE_MS);
  }
}

const commands = (stage: Stage): ScalingCommand[] =>
  stage.sent.filter(({ name }) => name === 'scaling-command').map(({ data }) => data as ScalingCommand);
const decisions = (stage: Stage): Decision[] =>
  stage.published.filter(({ name }) => name === 'decision').map(({ data }) => data as Decision);
const feedbacks = (stage: Stage): Feedback[] =>
  stage.published.filter(({ name }) => name === 'feedback').map(({ data }) => data as Feedback);

test('resize: larger replicas are larger first, and fewer once all of them are', () => {
  const target = { ...fakeTarget(8), size: WHOLE, resizeMs: 3 * MINUTE_MS };
  const stage = stageWith(target, vertical({}));
  run(stage, 40, 780);
  assert.deepEqual(target.size, DOUBLE);
  assert.equal(target.requested, 4);
  const [resize, ...later] = commands(stage);
  assert.deepEqual(resize?.resize, { from: WHOLE, to: DOUBLE });
  assert.deepEqual([resize?.fromReplicas, resize?.toReplicas], [8, 8], 'the count stays while the size changes');
  assert.ok(later.every((command) => command.resize === undefined && command.toReplicas < 8));
  const fewer = later[0]?.decidedAtMs ?? 0;
  assert.ok(fewer >= (resize?.decidedAtMs ?? 0) + 3 * MINUTE_MS, 'nothing is given up before the new size is there');
  assert.deepEqual(feedbacks(stage)[0]?.size, DOUBLE);
  assert.deepEqual(stage.unhandled, []);
  for (const decision of decisions(stage)) assert.deepEqual(replay(decision).plan, decision.plan);
});

test('resize: smaller replicas are more first, and smaller once all of them are ready', () => {
  const target = { ...fakeTarget(4), size: WHOLE };
  const stage = stageWith(target, vertical({ sizes: [HALF], prices: BY_THE_CORE }));
  run(stage, 40, 310, 2e8);
  assert.deepEqual(target.size, HALF);
  assert.equal(target.requested, 7);
  const [more, resize] = commands(stage);
  assert.deepEqual([more?.toReplicas, more?.resize], [7, undefined]);
  assert.deepEqual([resize?.fromReplicas, resize?.toReplicas, resize?.resize?.to], [7, 7, HALF]);
  assert.equal(commands(stage).length, 2, 'and then it rests');
  const raised = decisions(stage).find(({ plan }) => plan.clamps.some(({ name }) => name === 'resize'));
  assert.match(
    raised?.plan.clamps.find(({ name }) => name === 'resize')?.because ?? '',
    /so many are needed before each has 500 millicores/,
  );
});

test('resize: what was learned counts in replicas of the new size', () => {
  const target = { ...fakeTarget(8), size: WHOLE };
  const stage = stageWith(target, vertical({ holdMs: 1_600 * MINUTE_MS }));
  run(stage, 1_500, 780);
  const before = stage.describe('pse:web') as { readonly following: string };
  run(stage, 200, 780);
  assert.equal(target.requested, 4);
  assert.deepEqual(target.size, DOUBLE);
  const after = stage.describe('pse:web') as { readonly following: string };
  assert.ok(before.following && after.following, 'the evidence is not lost');
  assert.equal(decisions(stage).at(-1)?.plan.winner, 'followed');
});

test('resize: a size that never comes is taken back, and not asked for at once; the count is changed meanwhile', () => {
  const target = { ...fakeTarget(8), size: WHOLE, resizeMs: Number.POSITIVE_INFINITY };
  const stage = stageWith(target, vertical({ holdMs: 0 }));
  run(stage, 20, 780);
  assert.deepEqual(target.size, WHOLE);
  assert.deepEqual(
    feedbacks(stage).map(({ outcome }) => outcome),
    ['rolled-back'],
  );
  assert.match(
    decisions(stage).at(-1)?.inputs === undefined ? '' : JSON.stringify(decisions(stage).at(-1)?.inputs),
    /the last attempt failed: only 0 of 8/,
  );
  run(stage, 1, 1_180);
  assert.equal(target.requested, 12);
});

test('resize: a pool that is not trusted with it, and a target that tells no size, are only told', () => {
  const silent = fakeTarget(8);
  const stage = stageWith(silent, vertical({ holdMs: 0 }));
  run(stage, 10, 780);
  assert.equal(silent.writes.length, 0);
  assert.equal(decisions(stage).at(-1)?.plan.sizing?.advised, true);
  const able = { ...fakeTarget(8), size: WHOLE };
  const guarded = stageWith(able, vertical({ holdMs: 0 }));
  guarded.tell('pse:web', 'control', { pool: 'web', command: 'autonomy', level: 'guarded', by: 'x', reason: 'y' });
  run(guarded, 10, 780);
  assert.equal(able.writes.length, 0);
  const adviceOnly = { ...fakeTarget(8), size: WHOLE };
  run(stageWith(adviceOnly, vertical({ holdMs: 0, apply: false })), 10, 780);
  assert.equal(adviceOnly.writes.length, 0);
});

test('resize: whoever changes the size in the middle is not overruled, and a lost answer is written once', () => {
  const target = { ...fakeTarget(8), size: WHOLE, resizeMs: 5 * MINUTE_MS };
  const stage = stageWith(target, vertical({ holdMs: 0 }));
  target.faults.scale.push('lost');
  run(stage, 2, 780);
  assert.equal(target.writes.filter(({ size }) => size !== undefined).length, 1);
  target.size = { ...DOUBLE, memoryBytes: 5e9 };
  run(stage, 3, 780);
  assert.equal(feedbacks(stage)[0]?.outcome, 'superseded');
  assert.match(feedbacks(stage)[0]?.reason ?? '', /another size/);
});
