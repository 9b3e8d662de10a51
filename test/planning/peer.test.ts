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

const followed = { objective: 0.01, isProven: true, surpriseMs: 4 * MINUTE_MS };
const unproven = { ...followed, isProven: false };
const calm = (): number => 7;

test('peer: before a rule has proven itself it is the floor while one more surprise would be more than is allowed over half a day', () => {
  const shortFor = (minutes: number, seen: number): Peer => play(seen, calm, (minute) => minute < minutes);
  assert.equal(peerInput(shortFor(3, 100), unproven), null);
  assert.deepEqual(peerInput(shortFor(4, 100), unproven), { replicas: 10 });
  assert.deepEqual(peerInput(shortFor(4, 780), unproven), { replicas: 10 });
  assert.equal(peerInput(shortFor(4, 820), unproven), null, 'what was seen allows more by then');
  const bothShort = play(
    100,
    (minute) => (minute === 50 ? 30 : 7),
    (minute) => minute < 4,
  );
  assert.deepEqual(peerInput(bothShort, unproven), { replicas: bothShort.target }, 'and no shortage of the HPA does');
});

test('peer: a pool that is surprised for longer than half a day allows begins with what an HPA would ask for', () => {
  const slow = { ...unproven, surpriseMs: 10 * MINUTE_MS };
  assert.deepEqual(peerInput(play(1, calm), slow), { replicas: 10 });
  assert.equal(peerInput(play(1, calm), { ...slow, objective: 0.05 }), null, 'that often short it was asked to be');
  assert.deepEqual(peerInput(play(990, calm), slow), { replicas: 10 });
  assert.equal(peerInput(play(1_020, calm), slow), null);
});

test('peer: it is the floor while we were short for more of the time than it and the objective together', () => {
  const every = (minutes: number): Peer => play(2_000, calm, (minute) => minute % minutes === 0);
  assert.equal(peerInput(every(125), followed), null);
  assert.deepEqual(peerInput(every(80), followed), { replicas: 10 });
});

test('peer: what nobody could have served is not held against us', () => {
  const burst = (minute: number): number => (minute % 80 === 0 ? 30 : 5);
  const peer = play(2_000, burst, (minute) => minute % 80 === 0);
  assert.equal(peerInput(peer, followed), null);
});
