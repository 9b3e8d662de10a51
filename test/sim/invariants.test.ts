/** Each invariant is shown a target or an actor that breaks it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Target, TargetState } from '../../src/ports/target.ts';
import { ABLE } from '../actors/fixtures.ts';
import { InvariantViolation, Invariants } from '../../sim/invariants.ts';

const SETTINGS = { name: 'web', seed: 7, startMs: 0, minReplicas: 1, maxReplicas: 10, staleAfterMs: 180_000 };

function world(state: Partial<TargetState> = {}): { target: Target; invariants: Invariants; at: (ms: number) => void } {
  let nowMs = 0;
  let held: TargetState = { pool: 'web', requestedReplicas: 4, readyReplicas: 4, generation: 0, observedAtMs: 0, ...state };
  const invariants = new Invariants(SETTINGS, () => nowMs);
  // Takes every write, whatever its generation: a target that protects itself would hide what the actors do.
  const naive: Target = {
    kind: 'naive',
    capabilities: { ...ABLE, precondition: false, generation: 'in-process', drain: false },
    get: async () => ({ ok: true, value: held }),
    scale: async ({ replicas, generation }) => {
      held = { ...held, requestedReplicas: replicas, readyReplicas: Math.min(held.readyReplicas, replicas), generation };
      return { ok: true, value: held };
    },
  };
  return { target: invariants.watch(naive), invariants, at: (ms) => (nowMs = ms) };
}

const write = (target: Target, replicas: number, generation: number) =>
  target.scale({ pool: 'web', replicas, expectedReplicas: 4, generation });

test('invariants: what is allowed passes', async () => {
  const { target, invariants } = world();
  await write(target, 6, 1);
  await write(target, 3, 2);
  invariants.noteEnded(1);
  invariants.noteEnded(2);
  invariants.finish();
  assert.equal(invariants.applied, 2);
});

test('invariants: counts out of bounds, with seed and time', async () => {
  const { target, at } = world();
  at(90_000);
  await assert.rejects(write(target, 11, 1), (error) => {
    assert.ok(error instanceof InvariantViolation);
    assert.equal(error.seed, 7);
    assert.match(error.message, /11 replicas were asked for, allowed are 1 to 10 \(web, seed 7, 1m 30s after the start/);
    return true;
  });
  const swallowed = world();
  await write(swallowed.target, 0, 1).catch(() => 'as a runtime does');
  assert.throws(() => swallowed.invariants.check(), InvariantViolation);
});

test('invariants: a generation that took effect twice, or went back', async () => {
  const twice = world();
  await write(twice.target, 5, 1);
  await assert.rejects(write(twice.target, 6, 1), /took effect twice/);
  const back = world();
  await write(back.target, 5, 3);
  await assert.rejects(write(back.target, 6, 2), /generation 2 took effect after 3/);
});

test('invariants: a scale-down on stale input, but not a scale-up', async () => {
  const { target, invariants, at } = world();
  invariants.noteMeasured(60_000);
  at(240_000);
  await write(target, 3, 1);
  at(240_001);
  await write(target, 5, 2);
  await assert.rejects(write(target, 4, 3), /lowered to 4 on input that is 3m/);
});

test('invariants: an action that never ended', async () => {
  const { target, invariants } = world();
  await write(target, 6, 1);
  assert.throws(() => invariants.finish(), /the action of generation 1 never ended/);
});

test('invariants: a target that says more are ready than exist, and a row that does', async () => {
  await assert.rejects(world({ readyReplicas: 5 }).target.get('web'), /5 replicas are ready of 4 requested/);
  const row = { startMs: 0, demand: 1, required: 1, ready: 3, requested: 2, utilisation: 0, queue: 0, dropped: 0, latencyP95Seconds: 0 };
  assert.throws(() => world().invariants.checkRow(row), /3 replicas were ready, but only 2 paid for/);
});
