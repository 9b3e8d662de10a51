import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan } from '../../src/planning/plan.ts';
import { inputs, report, requests, settings, target } from './inputs.ts';

/** May sleep; plans at once. */
const sleepy = settings({ minReplicas: 0, scaleDown: { stabilizationWindowMs: 0, policies: [] } });
/** One request a minute is 1/60 requests/s. */
const ONE = 1 / 60;

test('zero: a pool that nothing is expected of gives up its last replica, though the forecast is not exactly zero', () => {
  const { plan: made } = plan(inputs({ target: target(1), report: report([requests(0, [ONE / 9, ONE / 9, ONE / 9])]) }), sleepy);
  assert.equal(made.replicas, 0);
  assert.match(made.reason, /nothing came for 5 min, and nothing is expected/);
});

test('zero: requests within the reactive window keep the last replica', () => {
  const { plan: made } = plan(inputs({ target: target(1), report: report([requests(0, [0, 0, 0], ONE)]) }), sleepy);
  assert.equal(made.replicas, 1);
});

test('zero: a sleeping pool is woken before the request that the forecast expects', () => {
  const { plan: made } = plan(inputs({ target: target(0), report: report([requests(0, [ONE, ONE, ONE])]) }), sleepy);
  assert.equal(made.replicas, 1);
  assert.ok(made.clamps.some(({ name }) => name === 'pre-wake'));
  assert.match(made.reason, /a request is expected within 4 min/);
});

test('zero: what is expected only after a replica could be ready wakes nobody yet', () => {
  const { plan: made } = plan(inputs({ target: target(0), report: report([requests(0, [0, ONE, ONE])]) }), sleepy);
  assert.equal(made.replicas, 0);
});

test('zero: a pool whose minimum is not zero never sleeps, and one that is not measured does not', () => {
  const none = report([requests(0, [0, 0, 0])]);
  assert.equal(plan(inputs({ target: target(1), report: none }), settings()).plan.replicas, 1);
  const unmeasured = report([{ ...requests(0, [0, 0, 0]), current: null, recentMax: null }]);
  assert.equal(plan(inputs({ target: target(1), report: unmeasured }), sleepy).plan.replicas, 1);
});
