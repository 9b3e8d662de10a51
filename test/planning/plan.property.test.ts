import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { QUANTILE_LEVELS } from '../../src/models/forecast.ts';
import { needOf } from '../../src/planning/capacity.ts';
import { replay } from '../../src/planning/explain.ts';
import type { FollowedInput, PlanInputs, ReportInput, ResourceInput } from '../../src/planning/inputs.ts';
import { plan } from '../../src/planning/plan.ts';
import { FORECAST_KINDS, SHADOW_RULES } from '../../src/planning/shadow-rules.ts';
import { plannerSettings, type PlannerSettings } from '../../src/planning/settings.ts';
import { AT_MS } from './inputs.ts';

const RUNS = { numRuns: 400, seed: 7 };

const load = fc.double({ min: 0, max: 1e6, noNaN: true });
const strange = fc.oneof(
  { weight: 8, arbitrary: load },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 1e300, -0) },
);
const count = fc.nat(200);

function resource(name: ResourceInput['resource'], value: fc.Arbitrary<number>): fc.Arbitrary<ResourceInput> {
  return fc.record({
    resource: fc.constant(name),
    current: fc.option(value, { nil: null }),
    recentMax: fc.option(value, { nil: null }),
    maxima: fc.tuple(
      ...[300_000, 600_000, 900_000].map((horizonMs) =>
        fc
          .array(value, { minLength: QUANTILE_LEVELS.length, maxLength: QUANTILE_LEVELS.length })
          .map((quantiles) => ({ horizonMs, quantiles: quantiles.sort((a, b) => a - b) })),
      ),
    ),
  });
}

function reports(value: fc.Arbitrary<number>): fc.Arbitrary<ReportInput> {
  return fc.record({
    originMs: fc.integer({ min: -400_000, max: 60_000 }).map((ago) => AT_MS + ago),
    intervalMs: fc.constant(60_000),
    ready: fc.boolean(),
    problem: fc.option(fc.constant('bad skill'), { nil: null }),
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    levels: fc.constant(QUANTILE_LEVELS),
    resources: fc.tuple(resource('requests', value), resource('memory', value)),
  });
}

const history = fc.record({
  recommendations: fc.array(
    fc
      .tuple(fc.nat(1_200_000), fc.nat(100_000), count, count)
      .map(([ago, length, a, b]) => ({ fromMs: AT_MS - ago - length, toMs: AT_MS - ago, least: Math.min(a, b), largest: Math.max(a, b) })),
    { maxLength: 24 },
  ),
  sinceMs: fc.nat(2_000_000).map((ago) => AT_MS - ago),
  changes: fc.array(
    fc.tuple(fc.nat(900_000), count, count).map(([ago, from, to]) => ({ atMs: AT_MS - ago, from, to })),
    { maxLength: 32 },
  ),
});

const followed = fc
  .record({
    index: fc.nat(SHADOW_RULES.length - 1),
    held: fc.nat(300),
    price: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
    clock: fc.double({ min: 0.02, max: 50, noNaN: true }),
    deadBand: fc.record({ up: fc.double({ min: 0.08, max: 0.16, noNaN: true }), down: fc.double({ min: 0.04, max: 0.08, noNaN: true }) }),
    exhausted: fc.boolean(),
    replicas: fc.double({ min: 0, max: 100, noNaN: true }),
    shortShare: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ index, replicas, shortShare, ...rest }): FollowedInput => {
    const rule = SHADOW_RULES[index] ?? { kind: 'reactive', windowReaches: 1, headroom: 1 };
    const forecast = rule.kind === 'forecast' ? (FORECAST_KINDS[rule.forecast] ?? null) : null;
    const standings = (['followed', 'forecast', 'reactive', 'more-headroom'] as const).map((role) => ({
      role,
      rule,
      windowMs: 300_000,
      replicas,
      shortShare,
    }));
    return { rule, forecast, windowMs: 300_000, sinceMs: AT_MS - 1, standings, ...rest };
  });

function planInputs(value: fc.Arbitrary<number>): fc.Arbitrary<PlanInputs> {
  return fc.record({
    planId: fc.constant('web/1'),
    pool: fc.constant('web'),
    atMs: fc.constant(AT_MS),
    target: fc.tuple(count, fc.nat(100)).map(([requestedReplicas, percent]) => ({
      requestedReplicas,
      readyReplicas: Math.floor((requestedReplicas * percent) / 100),
      minReplicas: null,
      maxReplicas: null,
      problem: null,
    })),
    report: fc.option(reports(value), { nil: null, freq: 10 }),
    leadTime: fc.tuple(fc.nat(300_000), fc.nat(900_000)).map(([p50Ms, more]) => ({ p50Ms, p95Ms: p50Ms + more, samples: 9 })),
    learned: fc.record({
      levelShift: fc.double({ min: -1.5, max: 2, noNaN: true }),
      downSpeed: fc.double({ min: 0.25, max: 1, noNaN: true }),
    }),
    followed: fc.option(followed, { nil: null }),
    history,
    budget: fc.constant(null),
    override: fc.option(fc.record({ replicas: count, expiresAtMs: fc.constant(null), by: fc.constant('ann'), reason: fc.constant('x') }), {
      nil: null,
      freq: 4,
    }),
    pause: fc.constant(null),
    backOff: fc.option(
      fc.record({
        direction: fc.constantFrom('up' as const, 'down' as const),
        untilMs: fc.constant(AT_MS + 1),
        reason: fc.constant('quota'),
      }),
      { nil: null, freq: 4 },
    ),
  });
}

const rules = fc.record({
  stabilizationWindowMs: fc.nat(600_000),
  policies: fc.array(
    fc.record({
      type: fc.constantFrom('Pods' as const, 'Percent' as const),
      value: fc.double({ min: 0.5, max: 200, noNaN: true }),
      periodMs: fc.integer({ min: 1_000, max: 1_800_000 }),
    }),
    { maxLength: 3 },
  ),
});

const plannerSettingsOf: fc.Arbitrary<PlannerSettings> = fc
  .tuple(fc.nat(20), fc.nat(300), fc.double({ min: 0.001, max: 0.4, noNaN: true }), rules, rules)
  .map(([minReplicas, more, objective, scaleUp, scaleDown]) =>
    plannerSettings(60_000, {
      replicaCapacity: { requestsPerSecond: 5_000, memoryBytes: 9_000 },
      minReplicas,
      maxReplicas: minReplicas + more,
      objective,
      scaleUp,
      scaleDown,
    }),
  );

test('plan: replicas are a whole number within the bounds, and everything is finite, whatever comes in', () => {
  fc.assert(
    fc.property(planInputs(strange), plannerSettingsOf, (given, settings) => {
      const { plan: made } = plan(given, settings);
      assert.ok(Number.isInteger(made.replicas));
      assert.ok(made.replicas >= settings.minReplicas && made.replicas <= settings.maxReplicas, `${made.replicas}`);
      for (const point of made.trajectory) assert.ok(Number.isSafeInteger(point.replicas) || point.replicas > 2 ** 53);
      JSON.stringify(made, (key, value: unknown) => {
        if (typeof value === 'number') assert.ok(Number.isFinite(value), `${key} is ${value}`);
        return value;
      });
    }),
    RUNS,
  );
});

test('plan: with little confidence never below what the recent load needs, unless a limit says so', () => {
  fc.assert(
    fc.property(planInputs(load), plannerSettingsOf, (given, anySettings) => {
      const settings = { ...anySettings, minReplicas: 0, maxReplicas: 1_000_000, scaleUp: { stabilizationWindowMs: 0, policies: [] } };
      const doubted = {
        ...given,
        followed: null,
        override: null,
        backOff: null,
        report:
          given.report === null ? null : { ...given.report, originMs: AT_MS - 60_000, confidence: Math.min(0.49, given.report.confidence) },
      };
      if (doubted.report === null) return;
      const floor = needOf(
        doubted.report.resources.map((r) => ({ resource: r.resource, load: r.recentMax })),
        settings.replicaCapacity,
      );
      if (floor === undefined) return;
      assert.ok(plan(doubted, settings).plan.replicas >= Math.min(floor.replicas, 1_000_000));
    }),
    RUNS,
  );
});

test('plan: never fewer on stale, missing or unmeasured input', () => {
  fc.assert(
    fc.property(planInputs(load), plannerSettingsOf, fc.constantFrom('stale', 'missing', 'unmeasured'), (given, settings, how) => {
      const requested = given.target.requestedReplicas ?? 0;
      if (requested > settings.maxReplicas) return;
      const report =
        given.report === null || how === 'missing'
          ? null
          : how === 'stale'
            ? { ...given.report, originMs: AT_MS - 60_000 - settings.staleAfterMs - 1 }
            : { ...given.report, resources: given.report.resources.map((r) => ({ ...r, current: null })) };
      assert.ok(plan({ ...given, report, override: null }, settings).plan.replicas >= requested);
    }),
    RUNS,
  );
});

test('plan: a higher forecast never gives fewer replicas', () => {
  fc.assert(
    fc.property(planInputs(load), plannerSettingsOf, fc.nat(2), fc.nat(8), load, (given, settings, horizon, level, more) => {
      if (given.report === null) return;
      const resources = given.report.resources.map((r) => ({
        ...r,
        maxima: r.maxima.map((m, i) => (i === horizon ? { ...m, quantiles: m.quantiles.map((q, j) => (j >= level ? q + more : q)) } : m)),
      }));
      const raised = { ...given, report: { ...given.report, resources } };
      assert.ok(plan(raised, settings).plan.replicas >= plan(given, settings).plan.replicas);
    }),
    RUNS,
  );
});

test('plan: planned again from its record, through JSON, it is the same to the last bit', () => {
  fc.assert(
    fc.property(planInputs(load), plannerSettingsOf, (given, settings) => {
      const recorded = JSON.parse(JSON.stringify({ plan: plan(given, settings).plan, inputs: given, settings, action: null }));
      const again = replay(recorded);
      assert.ok(again.same, JSON.stringify(again));
    }),
    RUNS,
  );
});
