/** The baseline against the documented algorithm of the Kubernetes HPA: worked examples, by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desiredReplicas, HPA_DEFAULTS, HpaController, type HpaSettings } from '../../sim/policies/hpa-controller.ts';
import { hpaRule } from '../../sim/policies/hpa.ts';

const settings: HpaSettings = { ...HPA_DEFAULTS, minReplicas: 1, maxReplicas: 1_000 };
const at = (utilisation: number, currentReplicas: number, readyReplicas = currentReplicas) => ({
  utilisation,
  currentReplicas,
  readyReplicas,
});

test('hpa: desired = ceil(current x metric / target)', () => {
  assert.equal(desiredReplicas(at(1.4, 3), settings), 6);
  assert.equal(desiredReplicas(at(0.35, 10), settings), 5);
  assert.equal(desiredReplicas(at(0.36, 10), settings), 6);
});

test('hpa: within a tolerance of 0.1 about the target nothing changes', () => {
  assert.equal(desiredReplicas(at(0.7 * 1.099, 10), settings), 10);
  assert.equal(desiredReplicas(at(0.7 * 0.901, 10), settings), 10);
  assert.equal(desiredReplicas(at(0.7 * 1.11, 10), settings), 12);
});

test('hpa: pods that are not ready count as idle on the way up, so that starting ones are not asked for twice', () => {
  // 4 ready at 140% need 8; with 4 starting they are on their way.
  assert.equal(desiredReplicas(at(1.4, 8, 4), settings), 8);
  // With only 2 starting, 8 are still wanted.
  assert.equal(desiredReplicas(at(1.4, 6, 4), settings), 8);
  // More starting than needed is no reason to scale down while the ready ones are overloaded.
  assert.equal(desiredReplicas(at(1.4, 20, 4), settings), 20);
});

test('hpa: pods that are not ready are left out on the way down', () => {
  assert.equal(desiredReplicas(at(0.35, 8, 4), settings), 2);
});

test('hpa: up by at most 100% or 4 pods per 15 s, whichever is more', () => {
  const controller = new HpaController(settings);
  assert.equal(controller.sync(0, at(70, 1)), 5);
  assert.equal(controller.sync(15_000, at(70, 5)), 10);
  assert.equal(controller.sync(30_000, at(70, 10)), 20);
});

test('hpa: a second change within a period counts from where the period began', () => {
  const controller = new HpaController(settings);
  assert.equal(controller.sync(0, at(70, 10)), 20);
  assert.equal(controller.sync(10_000, at(70, 20)), 20);
  assert.equal(controller.sync(15_000, at(70, 20)), 40);
});

test('hpa: down only to the largest recommendation of the last 300 s', () => {
  const controller = new HpaController(settings);
  controller.sync(0, at(0.7, 10));
  for (let second = 15; second < 300; second += 15) assert.equal(controller.sync(second * 1000, at(0.21, 10)), 10, `${second} s`);
  assert.equal(controller.sync(300_000, at(0.21, 10)), 3);
});

test('hpa: without a metric nothing changes and nothing is remembered', () => {
  const controller = new HpaController(settings);
  controller.sync(0, at(0.7, 10));
  assert.equal(controller.sync(200_000, at(Number.NaN, 10)), 10);
  assert.equal(controller.sync(300_000, at(0.21, 10)), 3);
});

test('hpa: bounds hold', () => {
  const controller = new HpaController({
    ...settings,
    minReplicas: 2,
    maxReplicas: 6,
    scaleDown: { ...settings.scaleDown, stabilizationWindowMs: 0 },
  });
  assert.equal(controller.sync(0, at(70, 4)), 6);
  assert.equal(controller.sync(15_000, at(0.01, 6)), 2);
});

test('hpa: an interval of a minute is worth its four syncs', () => {
  const rule = hpaRule(new HpaController(settings), HPA_DEFAULTS.syncPeriodMs);
  const seen = { index: 0, startMs: 0, endMs: 60_000, demand: 1, utilisation: 70, readyMean: 1, readyReplicas: 1, requestedReplicas: 1 };
  // 1 -> 5 -> 10 -> 20 -> 40
  assert.equal(rule(seen)?.replicas, 40);
});
