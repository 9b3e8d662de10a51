import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pseBehavior } from '../../src/actors/pse.ts';
import { actionBehavior } from '../../src/actors/scaling-action.ts';
import { AUTONOMY_DEFAULTS, type AutonomyRules } from '../../src/planning/autonomy.ts';
import { explain, replay } from '../../src/planning/explain.ts';
import type { Control } from '../../src/protocol/control.ts';
import type { Decision } from '../../src/protocol/plan.ts';
import { callTarget, fakeTarget, MINUTE_MS, pool, report, rulesFor, START_MS, type FakeTarget } from './fixtures.ts';
import { createStage, listener, type Stage } from './stage.ts';

const PSE = 'pse:web';

function open(
  autonomy: Partial<AutonomyRules>,
  target: FakeTarget = fakeTarget(10),
): { readonly stage: Stage; readonly target: FakeTarget } {
  const rules = rulesFor(pool({ autonomy: { level: 'shadow', ...AUTONOMY_DEFAULTS, ...autonomy } }));
  const answer = (effect: Parameters<typeof callTarget>[1], _address: string, nowMs: number) => callTarget(target, effect, nowMs);
  return { stage: createStage([pseBehavior(rules), actionBehavior(rules), listener('pla')], answer, START_MS), target };
}

function minutes(stage: Stage, count: number, current: number, peak: number): void {
  for (let i = 0; i < count; i += 1) {
    stage.tell(PSE, 'state-report', report(stage.nowMs() - MINUTE_MS, current, peak));
    stage.pass(MINUTE_MS);
  }
}

const decisions = (stage: Stage): Decision[] =>
  stage.published.filter(({ name }) => name === 'decision').map(({ data }) => data as Decision);
const last = (stage: Stage): Decision => decisions(stage).at(-1) ?? assert.fail('nothing was decided');
interface Told {
  readonly autonomy: { readonly level: string; readonly evidence: { readonly verdict: string } };
  readonly leadTime: { readonly samples: number };
  readonly paused: unknown;
}
const told = (stage: Stage): Told => (stage.describe(PSE) ?? assert.fail('it does not live')) as unknown as Told;
const levelOf = (stage: Stage): string => told(stage).autonomy.level;
const hand = (given: Partial<Control>): Control => ({ pool: 'web', command: 'autonomy', by: 'ann', reason: 'test', ...given });

test('autonomy: in shadow a pool plans, says what it would do, and writes nothing, not even an override', () => {
  const { stage, target } = open({});
  minutes(stage, 3, 1_300, 1_340);
  stage.tell(PSE, 'control', hand({ command: 'override', replicas: 30 }));
  assert.deepEqual(target.writes, []);
  const [first] = decisions(stage);
  assert.match(first?.plan.reason ?? '', /in shadow, so nothing is done; it would go from 10 to 14/);
  assert.match(last(stage).plan.reason, /it would go from 10 to 30/);
  assert.match(explain(last(stage)), /The pool was in shadow/);
  for (const decision of decisions(stage)) assert.ok(replay(JSON.parse(JSON.stringify(decision))).same);
});

test('autonomy: a guarded pool goes the same way in small steps', () => {
  const { stage, target } = open({ level: 'guarded' });
  minutes(stage, 1, 2_300, 2_400);
  assert.deepEqual(
    target.writes.map(({ replicas }) => replicas),
    [12],
  );
  assert.ok(last(stage).plan.clamps.some(({ name, because }) => name === 'guarded-step' && because.includes('at most 2 of 10')));
});

test('autonomy: a guarded pool goes down in stages, each watched to its end before the next', () => {
  const { stage, target } = open({ level: 'guarded' }, fakeTarget(20));
  minutes(stage, 40, 300, 320);
  const written = target.writes.map(({ replicas }) => replicas);
  assert.deepEqual(written.slice(0, 3), [15, 12, 9]);
  const paused = decisions(stage).filter(({ plan }) =>
    plan.clamps.some(({ because }) => because.includes('while its last change is watched')),
  );
  assert.ok(paused.length >= 2, `${paused.length} pauses`);
  for (const decision of decisions(stage)) assert.ok(replay(JSON.parse(JSON.stringify(decision))).same);
});

test('autonomy: by hand it goes wherever it is told to, is written down and outlives a restart', () => {
  const { stage, target } = open({});
  minutes(stage, 1, 1_300, 1_340);
  stage.tell(PSE, 'control', hand({ level: 'full' }));
  stage.pass(MINUTE_MS);
  assert.equal(target.requested, 14);
  stage.restart();
  assert.equal(levelOf(stage), 'full');
  assert.ok(stage.published.some(({ topic }) => topic === 'controls'));
});

test('autonomy: only people promote unless the config says otherwise; the verdict is shown', () => {
  const { stage } = open({ evidenceMs: 30 * MINUTE_MS }, fakeTarget(20));
  minutes(stage, 40, 900, 950);
  assert.equal(levelOf(stage), 'shadow');
  assert.match(told(stage).autonomy.evidence.verdict, /^ready for advisory: over 30 min its plans would have been short for 0% at/);
});

test('autonomy: evidence promotes step by step, up to where it may', () => {
  const { stage, target } = open({ promote: 'evidence', evidenceMs: 30 * MINUTE_MS, upTo: 'guarded' }, fakeTarget(20));
  minutes(stage, 34, 900, 950);
  assert.equal(levelOf(stage), 'advisory');
  assert.deepEqual(target.writes, []);
  minutes(stage, 34, 900, 950);
  assert.equal(levelOf(stage), 'guarded');
  minutes(stage, 100, 900, 950);
  assert.equal(levelOf(stage), 'guarded');
  assert.equal(target.requested, 10, 'and saves what its plans had promised');
});

test('autonomy: plans that would have been short more often than what is there promote nothing', () => {
  const { stage } = open({ promote: 'evidence', evidenceMs: 30 * MINUTE_MS }, fakeTarget(20));
  // The forecast promises calm, and every third minute is not.
  for (let i = 0; i < 20; i += 1) {
    minutes(stage, 2, 500, 600);
    minutes(stage, 1, 1_900, 600);
    minutes(stage, 6, 500, 600);
  }
  assert.equal(levelOf(stage), 'shadow');
});

test('autonomy: actions that fail again and again step a guarded pool back; a person’s full one stays', () => {
  for (const [level, after] of [
    ['guarded', 'advisory'],
    ['full', 'full'],
  ] as const) {
    const { stage, target } = open({ level });
    for (let i = 0; i < 50; i += 1) target.faults.scale.push({ code: 'forbidden', message: 'no' });
    minutes(stage, 30, 1_900, 2_000);
    assert.equal(levelOf(stage), after);
  }
});

test('regret: a scale-down that left the pool short is taken back by the next review, said and replayed', () => {
  const { stage, target } = open({ level: 'guarded' }, fakeTarget(20));
  while (target.requested === 20) minutes(stage, 1, 900, 950);
  const low = target.requested;
  minutes(stage, 2, low * 100 + 50, 950);
  assert.ok(low < 20 && target.requested === 20, `${target.requested} after ${low}`);
  assert.ok(decisions(stage).some(({ plan }) => plan.clamps.some(({ name }) => name === 'taken-back')));
  minutes(stage, 6, low * 100 + 50, 950);
  assert.equal(levelOf(stage), 'advisory', 'and it is trusted less');
  for (const decision of decisions(stage)) assert.ok(replay(JSON.parse(JSON.stringify(decision))).same);
});

test('reset: what was learned is forgotten, what people set stays', () => {
  const { stage } = open({ level: 'full' });
  minutes(stage, 30, 1_300, 1_340);
  minutes(stage, 3, 1_500, 1_340);
  assert.notEqual(told(stage).leadTime.samples, 0);
  stage.tell(PSE, 'control', hand({ command: 'pause' }));
  stage.tell(PSE, 'control', hand({ command: 'reset' }));
  assert.equal(told(stage).leadTime.samples, 0);
  assert.notEqual(told(stage).paused, null);
});
