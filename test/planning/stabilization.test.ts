import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { RecommendationSpan, ReplicaChange } from '../../src/planning/inputs.ts';
import { limitDown, limitUp } from '../../src/planning/rates.ts';
import type { ScalingPolicy, ScalingRules, SelectPolicy } from '../../src/planning/settings.ts';
import { CHANGES_MAX, recommendationRange, recordChange, recordRecommendation, SPANS_MAX } from '../../src/planning/stabilization.ts';

const rules = (policies: readonly ScalingPolicy[], selectPolicy: SelectPolicy = 'Max'): ScalingRules => ({
  stabilizationWindowMs: 0,
  policies,
  selectPolicy,
});

test('stabilization: the largest of the window is never missed, and the spans stay few', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 900 }), fc.integer({ min: 1, max: 400 }), (counts, windowSteps) => {
      const windowMs = windowSteps * 1_000;
      let spans: readonly RecommendationSpan[] = [];
      for (const [i, replicas] of counts.entries()) {
        spans = recordRecommendation(spans, i * 1_000, replicas, windowMs);
        const exact = Math.max(...counts.slice(Math.max(0, i - windowSteps + 1), i + 1));
        const seen = recommendationRange(spans, i * 1_000, windowMs, replicas);
        assert.ok(seen.largest >= exact, `${seen.largest} < ${exact}`);
        assert.ok(spans.length <= SPANS_MAX);
      }
    }),
    { seed: 5, numRuns: 60 },
  );
});

test('stabilization: a peak is forgotten at most a span after its window', () => {
  let spans: readonly RecommendationSpan[] = [];
  for (let i = 0; i <= 400; i += 1) spans = recordRecommendation(spans, i * 1_000, i === 0 ? 50 : 5, 300_000);
  assert.equal(recommendationRange(spans, 400_000, 300_000, 5).largest, 5);
});

test('changes: a bounded list that keeps the net change', () => {
  let changes: readonly ReplicaChange[] = [];
  for (let i = 0; i < 100; i += 1) changes = recordChange(changes, { atMs: i, from: i, to: i + 1 }, 1_000);
  assert.equal(changes.length, CHANGES_MAX);
  assert.equal(limitUp(100, changes, rules([{ type: 'Pods', value: 0.5, periodMs: 1_000 }]), 100), 100);
  assert.equal(changes[0]?.from, 0);
});

test('rates: replicas removed in the period may come back', () => {
  const changes = [{ atMs: 50, from: 10, to: 6 }];
  assert.equal(limitUp(6, changes, rules([{ type: 'Pods', value: 2, periodMs: 100 }]), 100), 12);
  assert.equal(limitDown(6, changes, rules([{ type: 'Pods', value: 4, periodMs: 100 }]), 100), 6);
});

test('rates: percent of zero still allows the first replica', () => {
  assert.equal(limitUp(0, [], rules([{ type: 'Percent', value: 100, periodMs: 100 }]), 100), 1);
});

test('rates: selectPolicy chooses between the policies as the HPA does', () => {
  const policies = [
    { type: 'Pods', value: 4, periodMs: 60_000 },
    { type: 'Percent', value: 100, periodMs: 60_000 },
  ] as const;
  assert.equal(limitUp(10, [], rules(policies, 'Max'), 100), 20);
  assert.equal(limitUp(10, [], rules(policies, 'Min'), 100), 14);
  assert.equal(limitUp(10, [], rules(policies, 'Disabled'), 100), 10);
  assert.equal(limitDown(10, [], rules(policies, 'Max'), 100), 0);
  assert.equal(limitDown(10, [], rules(policies, 'Min'), 100), 6);
  assert.equal(limitDown(10, [], rules([], 'Disabled'), 100), 10);
  // After 4 of 4 were used up, Min allows nothing, and never asks for less than there is.
  const changes = [{ atMs: 50, from: 6, to: 10 }];
  assert.equal(limitUp(10, changes, rules(policies, 'Min'), 100), 10);
});
