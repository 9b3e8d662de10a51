import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advancePeer, chargeOwn, peerInput, startPeer, type Peer } from '../../src/planning/peer.ts';
import { HPA_DEFAULTS, HpaController } from '../../sim/policies/hpa-controller.ts';

const MINUTE_MS = 60_000;

function sight(minute: number, need: number): Parameters<typeof advancePeer>[1] {
  return { startMs: minute * MINUTE_MS, intervalMs: MINUTE_MS, need, leadMs: 90_000, minReplicas: 1, maxReplicas: 100 };
}

function play(minutes: number, need: (minute: number) => number, short: (minute: number) => boolean = () => false): Peer {
  let peer = startPeer(10, 0);
  for (let minute = 0; minute < minutes; minute += 1) {
    peer = advancePeer(peer, sight(minute, need(minute)));
    if (short(minute)) peer = chargeOwn(peer, MINUTE_MS);
  }
  return peer;
}

test('peer: asks for what the HPA of the simulation asks for, minute by minute', () => {
  const need = (minute: number): number => 6 + 4 * Math.sin(minute / 40) + (minute % 17 === 0 ? 5 : 0);
  const hpa = new HpaController({ ...HPA_DEFAULTS, targetUtilisation: 0.7, minReplicas: 1, maxReplicas: 100 });
  let peer = startPeer(10, 0);
  let differing = 0;
  for (let minute = 0; minute < 600; minute += 1) {
    const before = peer.target;
    peer = advancePeer(peer, sight(minute, need(minute)));
    const readyReplicas = peer.plant.ready;
    const metrics = { utilisation: need(minute) / readyReplicas, readyReplicas, currentReplicas: before };
    if (hpa.sync((minute + 1) * MINUTE_MS, metrics) !== peer.target) differing += 1;
  }
  // Its window is kept in spans, so a recommendation may leave some seconds later.
  assert.ok(differing <= 20, `${differing} of 600 differ`);
});

test('peer: before a rule has proven itself it is no floor, however short we were', () => {
  assert.equal(
    peerInput(
      play(
        2_000,
        () => 7,
        (minute) => minute % 80 === 0,
      ),
      0.01,
      false,
    ),
    null,
  );
});

test('peer: it is the floor while we were short for more of the time than it and the objective together', () => {
  const calm = (): number => 7;
  assert.equal(
    peerInput(
      play(2_000, calm, (minute) => minute % 125 === 0),
      0.01,
      true,
    ),
    null,
  );
  const bad = peerInput(
    play(2_000, calm, (minute) => minute % 80 === 0),
    0.01,
    true,
  );
  assert.deepEqual(bad, { replicas: 10 });
});

test('peer: what nobody could have served is not held against us', () => {
  const burst = (minute: number): number => (minute % 80 === 0 ? 30 : 5);
  assert.equal(
    peerInput(
      play(2_000, burst, (minute) => minute % 80 === 0),
      0.01,
      true,
    ),
    null,
  );
});
