/** Capacity of a replica through the actors: learned by a total's analyzer, planned with by its engine, in the record. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnalyzer, forgetLearned, observe } from '../../src/actors/analyzer.ts';
import { freezeAnalyzer, thawAnalyzer } from '../../src/actors/frozen-analyzer.ts';
import { decide } from '../../src/actors/engine-decide.ts';
import { takeReport, takeTarget } from '../../src/actors/engine-intake.ts';
import { createEngine } from '../../src/actors/engine.ts';
import { poolProblems, poolRules } from '../../src/actors/pool-rules.ts';
import { stateReport } from '../../src/actors/report.ts';
import { explain, replay } from '../../src/planning/explain.ts';
import { CAPACITY_DEFAULTS } from '../../src/planning/learned-capacity.ts';
import type { Decision } from '../../src/protocol/plan.ts';
import { MINUTE_MS, pool, report, START_MS } from './fixtures.ts';
import { observation } from './observations.ts';

const learnCapacity = { ...CAPACITY_DEFAULTS, cpuMillicores: 1_000 };
const settings = pool({ learnCapacity });
const capacity = { requestsPerSecond: 80, configured: 100, cpuBound: 80, proven: null, failing: null };

/** Two replicas, of 100 requests/s by the config, that take a core at 100. */
function learn(minutes: number) {
  const analyzer = createAnalyzer('pla:web', poolRules(settings, false), null);
  for (let minute = 0; minute < minutes; minute += 1) {
    for (const producer of ['a', 'b']) {
      const perSecond = 60 + 30 * Math.sin(minute / 40);
      const told = observation(settings, producer, START_MS + minute * MINUTE_MS, perSecond);
      const process = { cpuSeconds: 60 * (perSecond / 100), memoryBytes: 1 };
      observe(analyzer, { ...told, process }, 1, START_MS + (minute + 1) * MINUTE_MS + 1_000);
    }
  }
  return analyzer;
}

test('capacity: learned from warm producers by the total, survives a snapshot, and begins anew on reset', () => {
  const analyzer = learn(8 * 60);
  const told = stateReport(analyzer, 'predicting').capacity;
  assert.ok(told !== undefined && told.configured === 100);
  assert.ok(told.requestsPerSecond < 81 && told.requestsPerSecond > 70, JSON.stringify(told));
  const again = thawAnalyzer(structuredClone(freezeAnalyzer(analyzer)), analyzer.rules, () => ['none']);
  assert.deepEqual(stateReport(again, 'predicting').capacity, told);
  forgetLearned(analyzer, START_MS);
  assert.equal(stateReport(analyzer, 'predicting').capacity?.requestsPerSecond, 100);
});

test('capacity: a plan is made with what was learned, its record replays, and says so', () => {
  const decisionWith = (given: { readonly capacity?: typeof capacity }, rules = poolRules(settings, false)): Decision => {
    const engine = createEngine(rules, START_MS);
    const target = { pool: 'web', requestedReplicas: 3, readyReplicas: 3, generation: 0, observedAtMs: START_MS };
    takeTarget(engine, target, START_MS);
    takeReport(engine, report(START_MS, 350, 380, given), START_MS + MINUTE_MS);
    const made = decide(engine, START_MS + MINUTE_MS).find((effect) => 'topic' in effect && effect.topic === 'decisions');
    assert.ok(made !== undefined && 'data' in made);
    return made.data as Decision;
  };
  const counted = decisionWith({});
  const learned = decisionWith({ capacity });
  assert.equal(counted.plan.replicas, 4);
  assert.equal(learned.plan.replicas, 5);
  assert.ok(replay(learned).same);
  assert.match(explain(learned), /found to serve 80 requests\/s; the config says 100/);
  assert.equal(decisionWith({ capacity }, poolRules(pool(), false)).plan.replicas, 4, 'where it is not to be learned it is not used');
});

test('capacity: rules that cannot be are refused', () => {
  const problems = poolProblems(
    [pool({ learnCapacity: { ...learnCapacity, least: 2 }, planner: { replicaCapacity: { cpuMillicores: 100 } } })],
    { replicasMax: 100, priorities: {} },
  );
  assert.equal(problems.length, 2, problems.join('; '));
});
