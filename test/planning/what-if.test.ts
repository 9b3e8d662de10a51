import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlanInputs } from '../../src/planning/inputs.ts';
import { plan } from '../../src/planning/plan.ts';
import type { PlannerSettings } from '../../src/planning/settings.ts';
import { whatIf } from '../../src/planning/what-if.ts';
import type { Decision } from '../../src/protocol/plan.ts';
import { inputs, report, requests, settings } from './inputs.ts';

function told(given: PlanInputs, set: PlannerSettings = settings()): ReadonlyMap<string, number> {
  const decision: Decision = { plan: plan(given, set).plan, inputs: given, settings: set, action: null };
  return new Map(whatIf(decision).map(({ condition, replicas }) => [condition, replicas]));
}

const peak = inputs({ report: report([requests(900, [1_340, 1_500, 1_600])]) });

test('what if: the forecast, the objective, the bounds and hands, each with the number that would have been', () => {
  const bounded = told(peak, settings({ maxReplicas: 12 }));
  assert.equal(bounded.get('With no maximum of 12'), 14);
  const free = told(peak);
  assert.equal(free.get('If there had been no forecast'), 10);
  assert.ok([...free.keys()].some((condition) => /^If load and forecast had been [\d.]+% higher$/.test(condition)));
  const paused = told({ ...peak, pause: { by: 'x', reason: 'y' } });
  assert.equal(paused.get('If it had not been paused'), 14);
  const set = told({ ...peak, override: { replicas: 20, expiresAtMs: null, by: 'x', reason: 'y' } });
  assert.equal(set.get('Without the override'), 14);
});

test('what if: the change of load that is told leads to the number that is told, and a little less does not', () => {
  for (const [condition, replicas] of told(peak)) {
    const [, percent, word] = /had been ([\d.]+)% (higher|lower)$/.exec(condition) ?? [];
    if (percent === undefined) continue;
    const at = (change: number): number => {
      const factor = 1 + ((word === 'higher' ? 1 : -1) * change) / 100;
      const maxima = [1_340, 1_500, 1_600].map((value) => value * factor);
      return plan(inputs({ report: report([requests(900 * factor, maxima)]) }), settings()).plan.replicas;
    };
    assert.equal(at(Number(percent) + 1), replicas, condition);
    assert.equal(at(Math.max(0, Number(percent) - 1.5)), 14, condition);
  }
});

test('what if: an HPA that is the floor is named, and a decision whose inputs are not whole tells nothing', () => {
  assert.equal(told({ ...peak, peer: { replicas: 18 } }).get('If one more surprise had been affordable'), 14);
  const made = plan(peak, settings()).plan;
  assert.deepEqual(whatIf({ plan: made, inputs: {}, settings: {}, action: null }), []);
});
