import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan } from '../../src/planning/plan.ts';
import { AT_MS, inputs, quantiles, report, requests, settings, target } from './inputs.ts';

const clampNames = (outcome: ReturnType<typeof plan>): string[] => outcome.plan.clamps.map((clamp) => clamp.name);

test('plan: capacity for the wanted quantile of the maximum over lead time and review', () => {
  // Lead time 180 s and review 60 s: the first horizon of 5 minutes reaches far enough. Level 0.99 is its last quantile.
  const { plan: made, act } = plan(inputs({ report: report([requests(900, [1_340, 2_000, 3_000])]) }), settings());
  assert.equal(made.replicas, 14);
  assert.equal(made.winner, 'quantile');
  assert.equal(made.bottleneck, 'requests');
  assert.equal(act, true);
  assert.deepEqual(made.clamps, []);
});

test('plan: a longer lead time looks at a longer horizon', () => {
  const leadTime = { p50Ms: 200_000, p95Ms: 400_000, samples: 40 };
  const { plan: made } = plan(inputs({ leadTime, report: report([requests(900, [1_340, 2_000, 3_000])]) }), settings());
  assert.equal(made.replicas, 20);
});

test('plan: the age of the input counts as lead time', () => {
  const { plan: made } = plan(
    inputs({ report: report([requests(900, [1_340, 2_000, 3_000])], { originMs: AT_MS - 60_000 - 61_000 }) }),
    settings(),
  );
  assert.equal(made.replicas, 20);
});

test('plan: a lead time beyond every horizon uses the longest and says so', () => {
  const leadTime = { p50Ms: 1_000_000, p95Ms: 2_000_000, samples: 40 };
  const { plan: made } = plan(inputs({ leadTime, report: report([requests(900, [1_340, 2_000, 3_000])]) }), settings());
  assert.equal(made.replicas, 30);
  assert.match(made.reason, /the longest horizon, though capacity takes/);
});

test('plan: a load that fills a whole number of replicas is not pushed up by rounding', () => {
  // 0.3 / 0.1 is 2.9999999999999996, and 0.7 / 0.1 is 6.999999999999999; 1.1 / 0.1 is 11.000000000000002.
  const one = settings({ replicaCapacity: { requestsPerSecond: 0.1 } });
  const { plan: made } = plan(inputs({ report: report([requests(1.1, [1.1, 1.1, 1.1])]) }), one);
  assert.equal(made.replicas, 11);
});

test('plan: any load above zero needs a replica', () => {
  const zero = settings({ minReplicas: 0 });
  const { plan: made } = plan(inputs({ target: target(0), report: report([requests(0.001, [0.001, 0.001, 0.001])]) }), zero);
  assert.equal(made.replicas, 1);
});

test('plan: memory bounds too, and the tightest resource is named', () => {
  const both = settings({ replicaCapacity: { requestsPerSecond: 100, memoryBytes: 1e9 } });
  const memory = {
    resource: 'memory' as const,
    current: 12e9,
    recentMax: 12e9,
    maxima: [300_000, 600_000, 900_000].map((horizonMs) => ({ horizonMs, quantiles: quantiles(12e9, 15.5e9) })),
  };
  const { plan: made } = plan(inputs({ report: report([requests(900, [950, 960, 970]), memory]) }), both);
  assert.equal(made.bottleneck, 'memory');
  assert.equal(made.replicas, 16);
  assert.match(made.reason, /15\.5 GB/);
  assert.ok(
    made.recommendations.some((r) => r.sentence === 'Add 2.2 GB memory'),
    JSON.stringify(made.recommendations),
  );
});

test('plan: a bounding resource without a load leaves no opinion but holding', () => {
  const both = settings({ replicaCapacity: { requestsPerSecond: 100, memoryBytes: 1e9 } });
  const memory = { resource: 'memory' as const, current: null, recentMax: null, maxima: [] };
  const outcome = plan(inputs({ report: report([requests(100, [100, 100, 100]), memory]) }), both);
  assert.equal(outcome.plan.replicas, 10);
  assert.equal(outcome.plan.winner, 'hold');
});

test('plan: low confidence never goes below the reactive floor', () => {
  const low = report([requests(300, [400, 400, 400], 800)], { confidence: 0.2 });
  const outcome = plan(inputs({ report: low }), settings());
  assert.equal(outcome.plan.replicas, 10, '800 and a fifth more');
  assert.deepEqual(clampNames(outcome), ['low-confidence']);
  assert.equal(plan(inputs({ report: low }), settings({ reactiveHeadroom: 1 })).plan.replicas, 8);
});

test('plan: low confidence may still raise', () => {
  const low = report([requests(300, [1_400, 1_400, 1_400], 800)], { confidence: 0.2 });
  assert.equal(plan(inputs({ report: low }), settings()).plan.replicas, 14);
});

test('plan: a trusted forecast looks through a past peak but not through the load now', () => {
  const past = report([requests(300, [400, 400, 400], 800)]);
  assert.equal(plan(inputs({ report: past }), settings()).plan.replicas, 4);
  const now = plan(inputs({ report: report([requests(900, [400, 400, 400])]) }), settings());
  assert.equal(now.plan.replicas, 9);
  assert.deepEqual(clampNames(now), ['reactive-floor']);
});

test('plan: without a ready forecast the largest recent load decides, with headroom', () => {
  const cold = report([requests(300, [], 1_150)], { ready: false, problem: 'needs 3 more intervals', confidence: 0 });
  const outcome = plan(inputs({ report: cold }), settings());
  assert.equal(outcome.plan.replicas, 14);
  assert.equal(outcome.plan.winner, 'reactive');
  assert.match(outcome.plan.reason, /with a headroom of 20%/);
});

test('plan: a demoted forecast is not used, not even to raise, while no rule has proven itself on it', () => {
  const demoted = report([requests(300, [5_000, 5_000, 5_000], 1_150)], { problem: 'worse than the last value' });
  const { plan: made } = plan(inputs({ report: demoted }), settings());
  assert.equal(made.winner, 'reactive');
  assert.equal(made.replicas, 14);
});

test('plan: in doubt the count rests while half of the headroom is there, and not much more than all of it', () => {
  const decided = (recent: number, requested: number): ReturnType<typeof plan> => {
    const cold = report([requests(recent, [], recent)], { ready: false, confidence: 0 });
    const quick = settings({ scaleDown: { stabilizationWindowMs: 0, policies: [] }, breakEvenMs: 0 });
    return plan(inputs({ report: cold, target: target(requested) }), quick);
  };
  // 1,000 requests/s want twelve with a headroom of a fifth; eleven are within half of it, thirteen not more than half above it.
  for (const [requested, replicas] of [
    [10, 12],
    [11, 11],
    [12, 12],
    [13, 13],
    [14, 12],
  ] as const) {
    const outcome = decided(1_000, requested);
    assert.equal(outcome.plan.replicas, replicas, `${requested}`);
    assert.equal(clampNames(outcome).includes('dead-band'), replicas === requested && requested !== 12);
  }
  assert.equal(decided(100, 1).plan.replicas, 2, 'one of one is no headroom at all');
});

test('plan: what an HPA would have asked for is the floor while it is told, with its reason', () => {
  const floored = plan(inputs({ peer: { replicas: 14 } }), settings()).plan;
  assert.equal(floored.replicas, 14);
  assert.match(
    floored.clamps.find(({ name }) => name === 'no-harm')?.because ?? '',
    /HPA with its defaults.* no rule has proven itself yet/,
  );
  assert.equal(plan(inputs({ peer: { replicas: 3 } }), settings()).plan.clamps.length, 0);
});

test('plan: in a gap of the measurements the followed rule is not left for another one', () => {
  const followed = {
    rule: { kind: 'reactive', windowReaches: 4, headroom: 1.2 } as const,
    forecast: null,
    windowMs: 960_000,
    held: 9,
    price: 100,
    exhausted: false,
    sinceMs: 0,
    standings: [],
  };
  const gap = report([{ ...requests(900, [3_000, 3_000, 3_000]), current: null }]);
  const outcome = plan(inputs({ followed, report: gap }), settings());
  assert.equal(outcome.plan.winner, 'hold');
  assert.equal(outcome.plan.replicas, 10);
});

test('plan: nothing is given up before a whole stabilisation window has been seen', () => {
  const history = { recommendations: [], sinceMs: AT_MS - 60_000, changes: [] };
  const outcome = plan(inputs({ history, report: report([requests(100, [100, 100, 100])]) }), settings());
  assert.equal(outcome.plan.replicas, 10);
  assert.deepEqual(clampNames(outcome), ['stabilization']);
});

test('plan: scaling down waits for the largest recommendation of the window', () => {
  const span = (agoMs: number, largest: number) => ({ fromMs: AT_MS - agoMs, toMs: AT_MS - agoMs, least: largest, largest });
  const history = { recommendations: [span(400_000, 9), span(200_000, 7)], sinceMs: 0, changes: [] };
  const calm = report([requests(100, [100, 100, 100])]);
  assert.equal(plan(inputs({ history, report: calm }), settings()).plan.replicas, 7);
  const slow = inputs({ history, report: calm, learned: { levelShift: 0, downSpeed: 0.5 } });
  assert.equal(plan(slow, settings()).plan.replicas, 9, 'what was learned makes the window longer');
});

test('plan: capacity that is wanted back soon is not given up', () => {
  // Needed within lead time and review: 4; within the break-even time on top (120 s, so the horizon of 10 minutes): 8.
  const outcome = plan(inputs({ report: report([requests(300, [400, 800, 800])]) }), settings());
  assert.equal(outcome.plan.replicas, 8);
  assert.deepEqual(clampNames(outcome), ['lazy-scale-down']);
});

test('plan: an interval that was not measured gives nothing up, but may raise', () => {
  const gap = (q99: number) => report([{ ...requests(0, [q99, q99, q99], 300), current: null }]);
  const down = plan(inputs({ report: gap(400) }), settings());
  assert.equal(down.plan.replicas, 10);
  assert.deepEqual(clampNames(down), ['missing-input']);
  assert.equal(plan(inputs({ report: gap(1_500) }), settings()).plan.replicas, 15);
});

test('plan: stale input holds', () => {
  for (const load of [100, 5_000]) {
    const old = report([requests(load, [load, load, load])], { originMs: AT_MS - 60_000 - 181_000 });
    const outcome = plan(inputs({ report: old }), settings());
    assert.equal(outcome.plan.replicas, 10);
    assert.equal(clampNames(outcome).at(-1), 'stale-input');
  }
});

test('plan: nothing reported yet holds', () => {
  assert.equal(plan(inputs({ report: null }), settings()).plan.replicas, 10);
});

test('plan: rate policies mean what the HPA means by them', () => {
  const up = { stabilizationWindowMs: 0, policies: [{ type: 'Pods' as const, value: 4, periodMs: 60_000 }] };
  const peak = report([requests(900, [3_000, 3_000, 3_000])]);
  assert.equal(plan(inputs({ report: peak }), settings({ scaleUp: up })).plan.replicas, 14);
  // Three of the four were spent within the period.
  const history = { recommendations: [], sinceMs: 0, changes: [{ atMs: AT_MS - 30_000, from: 7, to: 10 }] };
  assert.equal(plan(inputs({ report: peak, history }), settings({ scaleUp: up })).plan.replicas, 11);
  const both = { ...up, policies: [...up.policies, { type: 'Percent' as const, value: 100, periodMs: 60_000 }] };
  assert.equal(plan(inputs({ report: peak }), settings({ scaleUp: both })).plan.replicas, 20, 'the policy that allows the most decides');
  const down = { stabilizationWindowMs: 0, policies: [{ type: 'Percent' as const, value: 25, periodMs: 60_000 }] };
  const calm = report([requests(100, [100, 100, 100])]);
  assert.equal(plan(inputs({ report: calm }), settings({ scaleDown: down })).plan.replicas, 7, '10 x 0.75, truncated');
});

test('plan: bounds, the target’s bounds and the budget apply in this order', () => {
  const peak = report([requests(900, [9_000, 9_000, 9_000])]);
  const outcome = plan(
    inputs({
      report: peak,
      target: { ...target(10), maxReplicas: 40 },
      budget: { maxReplicas: 30, revision: 3, heldReplicas: 10, reason: 'shared' },
    }),
    settings({ maxReplicas: 50 }),
  );
  assert.equal(outcome.plan.replicas, 30);
  assert.deepEqual(clampNames(outcome), ['max-replicas', 'target-max', 'budget']);
  assert.deepEqual(outcome.plan.grant, { revision: 3, heldReplicas: 10, wantedReplicas: 40 });
});

test('plan: an override holds its count within the bounds until it expires', () => {
  const override = { replicas: 70, expiresAtMs: AT_MS + 1, by: 'cli/ann', reason: 'launch' };
  assert.equal(plan(inputs({ override }), settings()).plan.replicas, 70);
  assert.equal(plan(inputs({ override }), settings({ maxReplicas: 50 })).plan.replicas, 50);
  assert.equal(plan(inputs({ override, atMs: AT_MS + 1 }), settings()).plan.winner, 'quantile');
});

test('plan: an override is named where the plan comes to the same number without it', () => {
  const free = plan(inputs(), settings()).plan.replicas;
  const outcome = plan(inputs({ override: { replicas: free, expiresAtMs: null, by: 'cli/ann', reason: 'launch' } }), settings());
  assert.equal(outcome.plan.replicas, free);
  assert.deepEqual(clampNames(outcome), ['override']);
  assert.match(outcome.plan.reason, /cli\/ann set/);
});

test('plan: a paused pool plans, but nothing is acted on', () => {
  const outcome = plan(
    inputs({ pause: { by: 'cli/ann', reason: 'maintenance' }, report: report([requests(900, [2_000, 2_000, 2_000])]) }),
    settings(),
  );
  assert.equal(outcome.act, false);
  assert.equal(outcome.plan.replicas, 10);
  assert.match(outcome.plan.reason, /paused by cli\/ann: maintenance/);
});

test('plan: a target that failed is not asked for more before its time', () => {
  const backOff = { direction: 'up' as const, untilMs: AT_MS + 1, reason: 'quota' };
  const peak = report([requests(900, [2_000, 2_000, 2_000])]);
  assert.equal(plan(inputs({ backOff, report: peak }), settings()).plan.replicas, 10);
  assert.equal(plan(inputs({ backOff, report: peak, atMs: AT_MS + 1 }), settings()).plan.replicas, 20);
  const calm = report([requests(300, [400, 400, 400])]);
  assert.equal(plan(inputs({ backOff, report: calm }), settings()).plan.replicas, 4, 'the other direction is free');
  assert.equal(plan(inputs({ backOff: { ...backOff, direction: 'down' }, report: calm }), settings()).plan.replicas, 10);
});

test('plan: a bottleneck is said before it happens', () => {
  const outcome = plan(inputs({ report: report([requests(900, [950, 1_340, 1_400])]) }), settings());
  assert.deepEqual(outcome.shortage, { resource: 'requests', withinMs: 600_000, replicas: 14 });
  assert.match(outcome.plan.reason, /requests become the bottleneck within 10 min: 14 needed, 10 ready/);
});

const LIES: readonly [string, ReturnType<typeof target>][] = [
  ['a negative count', target(-1)],
  ['a fraction', target(2.5)],
  ['no number', target(Number.NaN)],
  ['more than can be', target(1e9)],
  ['negative readiness', target(10, -1)],
  ['readiness above what is requested', target(10, 12)],
  ['bounds the wrong way round', { ...target(10), minReplicas: 5, maxReplicas: 3 }],
  ['a bound that is no count', { ...target(10), maxReplicas: -4 }],
  ['nothing', { ...target(10), requestedReplicas: null }],
  ['an error', { ...target(10), problem: 'connection refused' }],
];
for (const [name, lying] of LIES) {
  test(`plan: a target that says ${name} is not acted on`, () => {
    const outcome = plan(inputs({ target: lying, report: report([requests(900, [2_000, 2_000, 2_000])]) }), settings());
    assert.equal(outcome.act, false);
    assert.equal(outcome.plan.replicas, outcome.plan.previousReplicas);
    assert.match(outcome.plan.reason, /^Nothing is done about web: the target /);
  });
}

test('plan: replicas that drain after a scale-down are no lie', () => {
  const history = { recommendations: [], sinceMs: 0, changes: [{ atMs: AT_MS - 30_000, from: 14, to: 10 }] };
  const draining = plan(inputs({ target: target(10, 13), history, report: report([requests(900, [2_000, 2_000, 2_000])]) }), settings());
  assert.equal(draining.act, true);
  assert.equal(draining.plan.replicas, 20);
});

const CONTRADICTIONS = [
  settings({ minReplicas: 5, maxReplicas: 3 }),
  settings({ replicaCapacity: {} }),
  settings({ replicaCapacity: { requestsPerSecond: 0 } }),
  settings({ objective: 0 }),
  settings({ leadTimePrior: { p50Ms: 10, p95Ms: 5 } }),
  settings({ scaleUp: { stabilizationWindowMs: 0, policies: [{ type: 'Pods', value: 0, periodMs: 1 }] } }),
];
for (const [i, wrong] of CONTRADICTIONS.entries()) {
  test(`plan: settings that contradict themselves are held with a reason (${i})`, () => {
    const outcome = plan(inputs({ report: report([requests(900, [2_000, 2_000, 2_000])]) }), wrong);
    assert.equal(outcome.act, false);
    assert.equal(outcome.plan.replicas, 10);
    assert.match(outcome.plan.reason, /the settings contradict themselves: /);
  });
}

test('plan: within the tolerance nothing is changed, except that the load of now is served', () => {
  const calm = settings({
    scaleUp: { stabilizationWindowMs: 0, policies: [], tolerance: 0.2 },
    scaleDown: { stabilizationWindowMs: 0, policies: [], tolerance: 0.1 },
  });
  const at = (current: number, ahead: number): number =>
    plan(inputs({ report: report([requests(current, [ahead, ahead, ahead])]) }), calm).plan.replicas;
  assert.equal(at(900, 1_200), 10);
  assert.equal(at(900, 1_210), 13);
  assert.equal(at(1_010, 1_200), 11);
  assert.equal(at(850, 900), 10);
  assert.equal(at(700, 800), 8);
});
