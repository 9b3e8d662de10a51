import assert from 'node:assert/strict';
import { test } from 'node:test';
import { departuresAfter, departuresOf } from '../../src/actors/departures.ts';
import type { Confirmation, Feedback } from '../../src/protocol/scaling.ts';
import { MINUTE_MS, pool, START_MS } from './fixtures.ts';

const accepted: Confirmation = {
  pool: 'web',
  planId: 'web/1',
  generation: 4,
  step: 'accepted',
  fromReplicas: 8,
  requestedReplicas: 3,
  readyReplicas: 8,
  atMs: START_MS,
  attempts: 1,
  reason: '',
};
const feedback: Feedback = {
  pool: 'web',
  planId: 'web/1',
  generation: 4,
  outcome: 'succeeded',
  reason: '',
  fromReplicas: 8,
  toReplicas: 3,
  readyReplicas: 3,
  attempts: 1,
  leadTimesMs: [],
};

test('departures: a write that asks for less stops as many as it asks less for; any other stops none', () => {
  const settings = pool({ producerTimeoutMs: 3 * MINUTE_MS, observeMs: 2 * MINUTE_MS });
  assert.deepEqual(departuresOf(accepted, settings), { generation: 4, sinceMs: START_MS, untilMs: START_MS + 5 * MINUTE_MS, left: 5 });
  assert.equal(departuresOf({ ...accepted, requestedReplicas: 9 }, settings), null);
  const { fromReplicas: _unknown, ...older } = accepted;
  assert.equal(departuresOf(older, settings), null, 'a sender that does not tell what was before');
});

test('departures: an action that did not come to its end stops nobody any more, and another action changes nothing', () => {
  const departures = departuresOf(accepted, pool());
  assert.equal(departuresAfter(departures, feedback), departures);
  assert.equal(departuresAfter(departures, { ...feedback, outcome: 'superseded' }), null);
  assert.equal(departuresAfter(departures, { ...feedback, outcome: 'failed', generation: 2 }), departures);
});
