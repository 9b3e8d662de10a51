import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fairShares, regrant, takePlan, type Budget, type PoolShare, type Shares } from '../../src/actors/budget.ts';
import { rootBehavior } from '../../src/actors/root.ts';
import { pool } from './fixtures.ts';

const share = (wanted: number | null, given: Partial<PoolShare> = {}): PoolShare => ({
  minReplicas: 1,
  priority: 0,
  replicaCostPerHour: 0,
  granted: -1,
  revision: 0,
  ceiling: 1,
  wanted,
  ...given,
});

const upTo = (replicas: number): Budget => ({ replicas, costPerHour: Number.POSITIVE_INFINITY });
const costing = (costPerHour: number): Budget => ({ replicas: Number.POSITIVE_INFINITY, costPerHour });

test('budget: enough for all gives all what they want', () => {
  assert.deepEqual(fairShares({ a: share(5), b: share(9) }, upTo(20)), { a: 5, b: 9 });
});

test('budget: too little is shared evenly, and nobody gets more than wanted', () => {
  assert.deepEqual(fairShares({ a: share(3), b: share(20), c: share(20) }, upTo(20)), { a: 3, b: 9, c: 8 });
});

test('budget: priority goes first, minimums before everything', () => {
  const shares = { low: share(10, { minReplicas: 4 }), high: share(30, { priority: 5 }) };
  assert.deepEqual(fairShares(shares, upTo(20)), { low: 4, high: 16 });
});

test('budget: less than the minimums gives no more than there is, in the order of the names', () => {
  const shares = { a: share(9, { minReplicas: 4 }), b: share(9, { minReplicas: 4 }), c: share(9, { minReplicas: 4 }) };
  assert.deepEqual(fairShares(shares, upTo(9)), { a: 4, b: 4, c: 1 });
  assert.deepEqual(fairShares(shares, upTo(0)), { a: 0, b: 0, c: 0 });
});

test('budget: nobody, nothing wanted yet, and a budget without end', () => {
  assert.deepEqual(fairShares({}, upTo(10)), {});
  assert.deepEqual(regrant({}, upTo(10)), { shares: {}, grants: [] });
  assert.deepEqual(fairShares({ a: share(null, { minReplicas: 3 }), b: share(5) }, upTo(100)), { a: 3, b: 5 });
  assert.deepEqual(fairShares({ a: share(1_000_000) }, upTo(Number.POSITIVE_INFINITY)), { a: 1_000_000 });
  assert.deepEqual(regrant({ a: share(null), b: share(null) }, upTo(10)).grants, [], 'before its first plan nobody is granted anything');
});

test('budget: what is wanted below the minimum is the minimum, and a share that does not divide goes to the first names', () => {
  assert.deepEqual(fairShares({ a: share(0, { minReplicas: 2 }), b: share(9) }, upTo(10)), { a: 2, b: 8 });
  assert.deepEqual(fairShares({ c: share(9), a: share(9), b: share(9) }, upTo(11)), { a: 4, b: 4, c: 3 });
});

test('budget: of several priorities each is filled before the next gets more than its minimum', () => {
  const shares = { low: share(9, { priority: -1 }), mid: share(9), high: share(9, { priority: 7 }) };
  assert.deepEqual(fairShares(shares, upTo(15)), { low: 1, mid: 5, high: 9 });
});

test('budget: the same shares are granted once, not again and again', () => {
  const first = regrant({ a: share(5), b: share(5) }, upTo(8));
  assert.equal(first.grants.length, 2);
  assert.deepEqual(regrant(first.shares, upTo(8)).grants, []);
});

test('budget: a plan made under an older grant keeps the older ceiling', () => {
  const before = { ...share(10), granted: 4, revision: 3, ceiling: 10 };
  assert.equal(takePlan(before, 10, 8, 9, 2).ceiling, 10, 'it may still ask for ten');
  assert.equal(takePlan(before, 10, 8, 4, 3).ceiling, 8, 'it has seen the grant, and still holds eight');
  assert.equal(takePlan(before, 10, 4, 4, 3).ceiling, 4);
});

test('budget: what is taken back is given on only when it was let go', () => {
  let shares: Shares = { a: share(10), b: share(2) };
  shares = regrant(shares, upTo(12)).shares;
  assert.equal(shares['a']?.granted, 10);
  // b wants more, a wants less, but a has not planned under its smaller grant yet.
  shares = { ...shares, a: takePlan(shares['a'] ?? share(0), 4, 10, 10, shares['a']?.revision ?? 0), b: share(8, shares['b']) };
  shares = { ...shares, b: { ...(shares['b'] ?? share(0)), wanted: 8 } };
  const first = regrant(shares, upTo(12));
  assert.deepEqual(
    first.grants.map(({ pool: name, maxReplicas }) => [name, maxReplicas]),
    [['a', 4]],
  );
  const let_go = takePlan(first.shares['a'] ?? share(0), 4, 4, 4, first.shares['a']?.revision ?? 0);
  const second = regrant({ ...first.shares, a: let_go }, upTo(12));
  assert.deepEqual(
    second.grants.map(({ pool: name, maxReplicas }) => [name, maxReplicas]),
    [['b', 8]],
  );
});

test('budget: cost is shared like replicas, whatever each of them costs', () => {
  const shares = { dear: share(10, { replicaCostPerHour: 2 }), cheap: share(10, { replicaCostPerHour: 0.5 }) };
  // Six of each are 15; for one more of the dear there is no money, for four of the cheap there is.
  assert.deepEqual(fairShares(shares, costing(17)), { dear: 6, cheap: 10 });
  assert.deepEqual(fairShares(shares, { replicas: 9, costPerHour: 17 }), { dear: 4, cheap: 5 }, 'whatever is tighter holds');
  assert.deepEqual(
    fairShares({ a: share(10, { replicaCostPerHour: 0.1 }) }, costing(0.3)),
    { a: 3 },
    'three tenths are three times a tenth',
  );
  assert.deepEqual(fairShares(shares, costing(1)), { dear: 0, cheap: 2 }, 'no money for the minimum of the dear');
});

test('budget: never more than it, and nothing is left that a hungry pool could have', () => {
  const one = fc.record({
    wanted: fc.nat(40),
    minReplicas: fc.nat(3),
    priority: fc.nat(2),
    replicaCostPerHour: fc.constantFrom(0, 0.1, 0.35, 1, 7),
  });
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), one), fc.nat(60), fc.nat(60), (pools, replicas, costPerHour) => {
      const shares = Object.fromEntries(Object.entries(pools).map(([name, { wanted, ...given }]) => [name, share(wanted, given)]));
      const fair = fairShares(shares, { replicas, costPerHour });
      const sum = (of: (given: PoolShare) => number): number =>
        Object.entries(shares).reduce((all, [name, given]) => all + (fair[name] ?? 0) * of(given), 0);
      const [leftReplicas, leftCost] = [replicas - sum(() => 1), costPerHour - sum((given) => given.replicaCostPerHour)];
      assert.ok(leftReplicas >= 0 && leftCost >= -1e-6);
      for (const [name, given] of Object.entries(shares)) {
        const couldHaveMore = leftReplicas >= 1 && given.replicaCostPerHour <= leftCost - 1e-6;
        assert.ok(!couldHaveMore || (fair[name] ?? 0) >= Math.max(given.wanted ?? 0, given.minReplicas), `${name} could have more`);
      }
    }),
    { seed: 12, numRuns: 500 },
  );
});

/**
 * Pools that ask for anything at any time, with messages between them and the root that wait as long as they like (in
 * order): what stands at the targets is never above the budget.
 */
test('budget: however messages are delayed, what pools may hold never exceeds it', () => {
  const step = fc.record({ pool: fc.constantFrom('a', 'b', 'c'), what: fc.constantFrom('plan', 'to-root', 'to-pool'), wanted: fc.nat(30) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 3, max: 40 }), (steps, budget) => {
      let shares: Shares = { a: share(null), b: share(null, { priority: 1 }), c: share(null) };
      const pools = new Map(['a', 'b', 'c'].map((name) => [name, { requested: 1, grant: 1, revision: 0 }]));
      const toRoot = new Map(
        ['a', 'b', 'c'].map((name) => [name, [] as { wanted: number; held: number; planned: number; revision: number }[]]),
      );
      const toPool = new Map(['a', 'b', 'c'].map((name) => [name, [] as { maxReplicas: number; revision: number }[]]));
      for (const { pool: name, what, wanted } of steps) {
        const one = pools.get(name);
        if (one === undefined) continue;
        if (what === 'plan') {
          // Takes effect at once: the worst case.
          const planned = Math.max(1, Math.min(wanted, one.revision === 0 ? one.requested : one.grant));
          toRoot.get(name)?.push({ wanted: Math.max(1, wanted), held: one.requested, planned, revision: one.revision });
          one.requested = planned;
        } else if (what === 'to-root') {
          const plan = toRoot.get(name)?.shift();
          const known = shares[name];
          if (plan === undefined || known === undefined) continue;
          const next = regrant({ ...shares, [name]: takePlan(known, plan.wanted, plan.held, plan.planned, plan.revision) }, upTo(budget));
          shares = next.shares;
          for (const grant of next.grants) toPool.get(grant.pool)?.push(grant);
        } else {
          const grant = toPool.get(name)?.shift();
          if (grant !== undefined) [one.grant, one.revision] = [grant.maxReplicas, grant.revision];
        }
        const held = [...pools.values()].reduce((sum, { requested }) => sum + requested, 0);
        assert.ok(held <= budget, `${held} of ${budget}`);
        const granted = Object.values(shares).reduce((sum, { granted: g, minReplicas }) => sum + Math.max(g, minReplicas), 0);
        assert.ok(granted <= budget, `granted ${granted} of ${budget}`);
      }
    }),
    { seed: 11, numRuns: 500 },
  );
});

test('root: grants are sent to the engines, settings win over what was kept', () => {
  const pools = [pool({ pool: 'a' }), pool({ pool: 'b' })];
  const behavior = rootBehavior(pools, { replicasMax: 10, priorities: {} });
  const plan = {
    id: 'a/1',
    pool: 'a',
    atMs: 1,
    replicas: 3,
    previousReplicas: 3,
    bottleneck: null,
    winner: 'hold',
    candidates: [],
    clamps: [],
    trajectory: [],
    confidence: 1,
    reason: '',
    recommendations: [],
    grant: { revision: 0, heldReplicas: 3, wantedReplicas: 20 },
  };
  const message = { name: 'plan' as const, id: 'x', source: 'pse:a', incarnation: 0, sequence: 1, timeMs: 1, data: plan };
  const step = behavior.step(behavior.start('root:main', 1).state, message, 1);
  assert.equal(step.handled, true);
  assert.deepEqual(step.effects, [
    {
      kind: 'send',
      to: 'pse:a',
      name: 'budget',
      data: { pool: 'a', maxReplicas: 9, revision: 1, reason: '9 of the 20 wanted; 10 replicas are shared by 2 pools by priority' },
    },
  ]);
  assert.equal(behavior.describe(step.state)['state'], 'short');
  const larger = rootBehavior([...pools, pool({ pool: 'c' })], { replicasMax: 50, priorities: { a: 3 } });
  const thawed = larger.describe(larger.thaw(structuredClone(behavior.freeze(step.state)), 'root:main'));
  assert.deepEqual(thawed['budget'], upTo(50));
  assert.deepEqual(Object.keys(thawed['shares'] as object), ['a', 'b', 'c']);
});

test('root: a budget of cost is granted in replicas, and says what it is', () => {
  const pools = [pool({ pool: 'a', replicaCostPerHour: 0.25 }), pool({ pool: 'b', replicaCostPerHour: 1 })];
  const behavior = rootBehavior(pools, { replicasMax: Number.POSITIVE_INFINITY, costPerHourMax: 4, priorities: {} });
  const { shares } = behavior.describe(behavior.start('root:main', 1).state) as { readonly shares: Shares };
  const wanting = Object.fromEntries(Object.entries(shares).map(([name, given]) => [name, { ...given, wanted: 10 }]));
  const { grants } = regrant(wanting, costing(4));
  assert.deepEqual(
    grants.map(({ pool: name, maxReplicas }) => [name, maxReplicas]),
    [
      ['a', 4],
      ['b', 3],
    ],
  );
});
