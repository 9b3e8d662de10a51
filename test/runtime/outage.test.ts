/** How soon work goes on when the bus is back, in virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tally } from './tally.ts';
import { TALLY, World } from './world.ts';

/** Shorter than a lease, long enough for waits between attempts to have grown. */
const OUTAGE_MS = 1_900;
/** What is under way when the bus is back may be given up only after 200 ms; a look at the leases follows within 100. */
const BACK_MS = 400;

test('runtime: a bus that was away for less than a lease is worked on at once when it is back, in every shard', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = new World(seed);
    const node = await world.start('n1');
    const { kernel, bus } = world;
    // After five of them a timer is set, which comes due while the bus is away: the shard then has to be read anew.
    for (let sequence = 1; sequence <= 5; sequence++) await bus.append([world.entry(sequence)]);
    await kernel.runFor(500);
    node.faults.isDown = true;
    await kernel.runFor(OUTAGE_MS);
    node.faults.isDown = false;
    await bus.append([world.entry(6)]);
    await kernel.runFor(BACK_MS);
    assert.equal((world.state(node, TALLY) as Tally | undefined)?.taken, 6, `seed ${seed}`);
    assert.deepEqual(
      (await bus.readLeases()).filter(({ epoch }) => epoch > 1),
      [],
      'no lease was lost',
    );
    node.runtime.crash();
  }
});
