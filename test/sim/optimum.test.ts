import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { offlineOptimum, type OptimumProblem } from '../../sim/optimum.ts';

/** Every plan there is. */
function byTrying({ required, startCost, shortMax, depthMax, minReplicas }: OptimumProblem, top: number): number {
  let least = Number.POSITIVE_INFINITY;
  const walk = (t: number, before: number, cost: number, short: number): void => {
    if (short > shortMax || cost >= least) return;
    if (t === required.length) {
      least = cost;
      return;
    }
    const wanted = required[t] ?? 0;
    for (let now = minReplicas; now <= top; now += 1) {
      const lacking = Math.max(1, Math.floor(depthMax * wanted + 1e-9));
      if (now < wanted - lacking) continue;
      walk(t + 1, now, cost + now + (t === 0 ? 0 : startCost * Math.max(0, now - before)), short + (now < wanted ? 1 : 0));
    }
  };
  walk(0, 0, 0, 0);
  return least;
}

const problems = fc.record({
  required: fc.array(fc.nat(5), { minLength: 1, maxLength: 7 }),
  startCost: fc.constantFrom(0.4, 1, 2, 5),
  shortMax: fc.nat(2),
  depthMax: fc.constantFrom(0.2, 0.5),
  minReplicas: fc.nat(1),
  maxReplicas: fc.constant(50),
});

test('optimum: between its bounds lies what trying every plan finds', () => {
  fc.assert(
    fc.property(problems, (problem) => {
      const { plan, lowerBound } = offlineOptimum(problem);
      const least = byTrying(problem, Math.max(problem.minReplicas, ...problem.required));
      assert.ok(plan.short <= problem.shortMax);
      assert.ok(plan.cost >= least - 1e-9, `${plan.cost} is under ${least}`);
      assert.ok(lowerBound <= least + 1e-6, `${lowerBound} is over ${least}`);
    }),
    { seed: 11, numRuns: 300 },
  );
});

test('optimum: without shortages it is exact', () => {
  fc.assert(
    fc.property(problems, (given) => {
      const problem = { ...given, shortMax: 0 };
      const least = byTrying(problem, Math.max(problem.minReplicas, ...problem.required));
      assert.ok(Math.abs(offlineOptimum(problem).plan.cost - least) < 1e-9);
    }),
    { seed: 12, numRuns: 300 },
  );
});

test('optimum: a gap is bridged when that is cheaper than a new start', () => {
  const base = { startCost: 3, shortMax: 0, depthMax: 0.2, minReplicas: 0, maxReplicas: 9 };
  assert.deepEqual([...offlineOptimum({ ...base, required: [2, 1, 1, 2] }).plan.ready], [2, 2, 2, 2]);
  assert.deepEqual([...offlineOptimum({ ...base, required: [2, 1, 1, 1, 1, 2] }).plan.ready], [2, 1, 1, 1, 1, 2]);
});
