import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pseBehavior } from '../../src/actors/pse.ts';
import { actionBehavior } from '../../src/actors/scaling-action.ts';
import { replay } from '../../src/planning/explain.ts';
import { BurstWatch } from '../../src/producer/index.ts';
import type { Decision } from '../../src/protocol/plan.ts';
import { KPA_DEFAULTS, KpaController } from '../../sim/policies/kpa-controller.ts';
import { callTarget, fakeTarget, MINUTE_MS, pool, report, rulesFor, START_MS } from './fixtures.ts';
import { createStage, listener, type Stage } from './stage.ts';

const PSE = 'pse:web';
const PRODUCERS = ['a', 'b', 'c'];

function open(): { readonly stage: Stage; readonly target: ReturnType<typeof fakeTarget> } {
  const target = fakeTarget(10);
  const rules = rulesFor(pool());
  const answer = (effect: Parameters<typeof callTarget>[1], _address: string, nowMs: number) => callTarget(target, effect, nowMs);
  return { stage: createStage([pseBehavior(rules), actionBehavior(rules), listener('pla')], answer, START_MS), target };
}

/** Seconds after the step until more is asked for, by us and by Knative with its defaults; the same load, second by second. */
function reaction(usual: number, factor: number): { readonly ours: number; readonly knative: number; readonly requested: number } {
  const { stage, target } = open();
  const watches = PRODUCERS.map(() => new BurstWatch());
  const kpa = new KpaController(KPA_DEFAULTS);
  const perSecond: number[] = [];
  let recorded = 0;
  let ours = Number.POSITIVE_INFINITY;
  let knative = Number.POSITIVE_INFINITY;
  const mean = (seconds: number): number => perSecond.slice(-seconds).reduce((sum, load) => sum + load, 0) / seconds / 100;
  const STEP = 120;
  for (let second = 0; second < STEP + 40; second += 1) {
    if (second > 0 && second % 60 === 0) stage.tell(PSE, 'state-report', report(stage.nowMs() - MINUTE_MS, usual, usual));
    for (const [i, producer] of PRODUCERS.entries()) {
      const burst = watches[i]?.look(stage.nowMs(), recorded / PRODUCERS.length);
      if (burst !== undefined) stage.tell(PSE, 'pulse', { pool: 'web', producer, ...burst });
    }
    if (target.requested > 10) ours = Math.min(ours, second - STEP);
    if (second >= 60 && second % 2 === 0 && ours > second - STEP) {
      kpa.tick(stage.nowMs(), { stableLoad: mean(60), panicLoad: mean(6), readyReplicas: 10 });
      if (kpa.isPanicking) knative = Math.min(knative, second - STEP);
    }
    const load = second < STEP ? usual : usual * factor;
    perSecond.push(load);
    recorded += load;
    stage.pass(1_000);
  }
  return { ours, knative, requested: target.requested };
}

test('burst: a step that nobody could foresee is answered no later than by Knative, long before its interval ends', () => {
  for (const factor of [2, 3, 5, 10]) {
    const { ours, knative, requested } = reaction(900, factor);
    assert.ok(ours <= 6, `x${factor}: ${ours} s`);
    assert.ok(ours <= knative, `x${factor}: ${ours} s, Knative ${knative} s`);
    assert.ok(requested >= 9 * factor, `x${factor}: ${requested} requested`);
  }
});

test('burst: what ready replicas nearly serve is left to the interval', () => {
  assert.equal(reaction(900, 1.35).requested, 10);
});

test('burst: the decision says so, can be replayed, and is kept while the jump lasts', () => {
  const { stage, target } = open();
  stage.tell(PSE, 'state-report', report(stage.nowMs() - MINUTE_MS, 900, 950));
  stage.pass(10_000);
  stage.tell(PSE, 'pulse', {
    pool: 'web',
    producer: 'a',
    atMs: stage.nowMs(),
    windowMs: 6_000,
    requestsPerSecond: 2_000,
    usualPerSecond: 900,
  });
  assert.equal(target.requested, 20);
  const decisions = stage.published.filter(({ name }) => name === 'decision').map(({ data }) => data as Decision);
  const last = decisions.at(-1);
  assert.ok(last !== undefined);
  assert.match(last.plan.reason, /2000 requests\/s came within 6 s after 900 requests\/s/);
  for (const decision of decisions) assert.ok(replay(JSON.parse(JSON.stringify(decision))).same);
  stage.restart();
  stage.pass(20_000);
  stage.tell(PSE, 'state-report', report(stage.nowMs() - MINUTE_MS, 1_200, 1_250));
  stage.pass(2 * MINUTE_MS);
  assert.equal(target.requested, 20, 'stabilisation holds it');
  assert.deepEqual(stage.unhandled, []);
});

test('burst: a pulse before anything was reported does nothing', () => {
  const { stage, target } = open();
  stage.tell(PSE, 'pulse', {
    pool: 'web',
    producer: 'a',
    atMs: stage.nowMs(),
    windowMs: 6_000,
    requestsPerSecond: 9_000,
    usualPerSecond: 1,
  });
  assert.equal(target.requested, 10);
  assert.deepEqual(stage.unhandled, []);
});
