import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan } from '../../src/planning/plan.ts';
import { inputs, report, requests, settings } from './inputs.ts';

const announced = [
  { horizonMs: 300_000, factor: 3 },
  { horizonMs: 600_000, factor: 3.5 },
];

test('plan: a known event is prepared for even when the forecast is not trusted', () => {
  const told = { ...requests(900, [950, 980, 990]), announced };
  const distrusted = plan(inputs({ report: report([told], { problem: 'bad-skill: worse than the last value' }) }), settings());
  assert.equal(distrusted.plan.winner, 'reactive');
  assert.equal(distrusted.plan.replicas, 33, '3 times 900, and a fifth more');
  const clamp = distrusted.plan.clamps.find(({ name }) => name === 'announced-event');
  assert.match(clamp?.because ?? '', /known event .* 3240 requests\/s/);
  const notReady = plan(inputs({ report: report([told], { ready: false }) }), settings());
  assert.equal(notReady.plan.replicas, 33);
});

test('plan: a forecast with the event in it stands, and an event that lowers the load lowers nothing by itself', () => {
  const trusted = plan(inputs({ report: report([{ ...requests(900, [2_900, 2_950, 3_000]), announced }]) }), settings());
  assert.equal(trusted.plan.winner, 'quantile');
  assert.deepEqual(trusted.plan.clamps, []);
  const closing = { ...requests(900, [950, 980, 990]), announced: [{ horizonMs: 300_000, factor: 0.2 }] };
  const distrusted = plan(inputs({ report: report([closing], { problem: 'bad-skill' }) }), settings());
  assert.equal(distrusted.plan.replicas, 10, 'of 900 that is more than half of the headroom');
  assert.deepEqual(
    distrusted.plan.clamps.map(({ name }) => name).filter((name) => name === 'announced-event'),
    [],
  );
});
