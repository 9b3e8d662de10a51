/** What a pool asks for, told to an autoscaler beside it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, boolean, constantFrom, integer, property } from 'fast-check';
import { AUTONOMY_LEVELS, type AutonomyLevel } from '../../src/planning/autonomy.ts';
import type { AutonomyInput, PlanInputs } from '../../src/planning/inputs.ts';
import { plan } from '../../src/planning/plan.ts';
import { replay } from '../../src/planning/explain.ts';
import { AT_MS, inputs, report, requests, settings, target } from './inputs.ts';

const autonomy = (level: AutonomyLevel): AutonomyInput => ({ level, stepShare: 0.25, sinceMs: 0, by: 'test' });
const rising = report([requests(900, [1_340, 2_000, 3_000])]);

test('advice: is the same at every level of autonomy, though the plan is not', () => {
  const advice = AUTONOMY_LEVELS.map((level) => plan(inputs({ report: rising, autonomy: autonomy(level) }), settings()).plan.advice);
  for (const one of advice) assert.deepEqual(one, { replicas: 14, lower: 14, upper: 20 });
  assert.equal(plan(inputs({ report: rising, autonomy: autonomy('shadow') }), settings()).plan.replicas, 10);
});

test('advice: what holds back our own actions does not hold back those of others', () => {
  const backOff = { direction: 'up' as const, untilMs: AT_MS + 60_000, reason: 'it is only advised' };
  const { plan: made } = plan(inputs({ report: rising, backOff }), settings());
  assert.equal(made.replicas, 10);
  assert.equal(made.advice?.replicas, 14);
});

test('advice: there is none where nothing is known, where the input is stale, while it is paused or the target lies', () => {
  const none: readonly Partial<PlanInputs>[] = [
    { report: null },
    { report: report([requests(900, [1_340, 2_000, 3_000])], { originMs: AT_MS - 600_000 }) },
    { report: rising, pause: { by: 'ann', reason: 'a release' } },
    { report: rising, target: { ...target(10), problem: 'unreachable' } },
  ];
  for (const given of none) assert.equal(plan(inputs(given), settings()).plan.advice, null, JSON.stringify(given));
});

test('advice: a person’s count is asked for, within the bounds', () => {
  const override = { replicas: 50, expiresAtMs: null, by: 'ann', reason: 'a sale' };
  const { advice } = plan(inputs({ report: null, override }), settings({ maxReplicas: 30 })).plan;
  assert.deepEqual(advice, { replicas: 30, lower: 30, upper: 30 });
});

test('advice: of a forecast in doubt it is never under what the reactive rule asks for, nor ever outside the bounds', () => {
  check(
    property(
      integer({ min: 1, max: 3_000 }),
      integer({ min: 1, max: 3_000 }),
      integer({ min: 1, max: 40 }),
      constantFrom(...AUTONOMY_LEVELS),
      boolean(),
      (current, ahead, requested, level, isDemoted) => {
        const doubt = isDemoted ? { problem: 'worse than the last value' } : { confidence: 0.2 };
        const recent = Math.max(current, 1_500);
        const given = inputs({
          target: target(requested),
          report: report([requests(current, [ahead, ahead, ahead], recent)], doubt),
          autonomy: autonomy(level),
        });
        const { advice } = plan(given, settings({ maxReplicas: 25, scaleDown: { stabilizationWindowMs: 0, policies: [] } })).plan;
        assert.ok(advice !== null && advice !== undefined);
        assert.ok(advice.replicas >= Math.min(25, Math.ceil(recent / 100)), JSON.stringify(advice));
        assert.ok(advice.lower <= advice.replicas && advice.replicas <= advice.upper && advice.upper <= 25);
      },
    ),
    { seed: 6, numRuns: 300 },
  );
});

test('advice: a decision of an older build, which told none, is replayed as it was', () => {
  const given = inputs({ report: rising });
  const { advice: _none, ...older } = plan(given, settings()).plan;
  const decision = { plan: older, inputs: given, settings: settings(), action: null };
  assert.equal(replay(decision).same, true);
  assert.equal(replay({ ...decision, plan: { ...older, advice: { replicas: 1, lower: 1, upper: 1 } } }).same, false);
});
