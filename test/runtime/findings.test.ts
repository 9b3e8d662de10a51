/** Bugs of the shell that the simulation of the cluster found, each as small as it can be shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shardOf } from '../../src/protocol/address.ts';
import { START } from '../../src/ports/bus.ts';
import type { Behavior } from '../../src/runtime/behavior.ts';
import { LEDGER, TALLY, World } from './world.ts';
import { ledgerBehavior } from './tally.ts';

const TAKEOVER_MS = 8_000;

/** Of a later build, which lifts what the present one wrote. */
function later(behavior: Behavior): Behavior {
  return { ...behavior, version: 2, upcasters: { 1: (frozen) => frozen } };
}

test('runtime findings: an entry in a shard where its actor does not live is buried, and no second actor comes to life', async () => {
  const world = new World('misrouted');
  const node = await world.start('n1');
  await world.bus.append([{ ...world.entry(1), shard: shardOf(LEDGER) }]);
  await world.kernel.runFor(1_000);
  const letters = await world.bus.readDeadLetters(shardOf(LEDGER), START, 10);
  assert.deepEqual(
    letters.map(({ code }) => code),
    ['misrouted'],
  );
  assert.equal(world.state(node, TALLY), undefined);
});

test('runtime findings: what was parked for an actor that an older build could not read is taken by the next owner, unasked', async () => {
  const world = new World('parked');
  const tally = world.tally();
  const first = world.node('n1', { behaviors: [later(tally), ledgerBehavior()] });
  void first.runtime.start();
  await world.bus.append([world.entry(1)]);
  await world.kernel.runFor(1_000);
  first.process.crash();

  const older = await world.start('n2');
  await world.kernel.runFor(TAKEOVER_MS);
  await world.bus.append([world.entry(2)]);
  await world.kernel.runFor(1_000);
  const [view] = older.runtime.actors();
  assert.deepEqual([view?.status.kind, view?.parked], ['quarantined', 1]);
  older.process.crash();

  const third = world.node('n3', { behaviors: [later(tally), ledgerBehavior()] });
  void third.runtime.start();
  await world.kernel.runFor(TAKEOVER_MS);
  const [revived] = third.runtime.actors();
  assert.deepEqual([revived?.status.kind, revived?.parked, revived?.state?.['taken']], ['active', 0, 2]);
});
