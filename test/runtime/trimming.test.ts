/** What is kept of a stream for those that are rebuilt from it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { START } from '../../src/ports/bus.ts';
import { shardOf } from '../../src/protocol/address.ts';
import { TALLY, World } from './world.ts';

const ENTRIES = 1_500;

/** Entries of the stream that are kept when all were taken and the house was kept for some time. */
async function keptWith(snapshotAgeMaxMs: number): Promise<number> {
  const world = new World(1, {
    snapshot: { policy: 'seldom', everyMessages: 1_000_000 },
    settings: { snapshotLagMax: 1_000_000, snapshotAgeMaxMs },
  });
  const node = await world.start('n1');
  for (let sequence = 1; sequence <= ENTRIES; sequence += 1) await world.bus.append([world.entry(sequence)]);
  await world.kernel.runFor(12_000);
  await world.bus.append([world.entry(ENTRIES + 1)]);
  await world.kernel.runFor(6_000);
  const [read] = await world.bus.readAfter([{ shard: shardOf(TALLY), after: START }], 10 * ENTRIES, 0);
  node.runtime.crash();
  return read?.entries.length ?? 0;
}

test('runtime: a snapshot that is old, and a thousand entries behind, is written anew, so that the stream is trimmed', async () => {
  assert.ok((await keptWith(3_600_000)) >= ENTRIES, 'a young one is not');
  assert.ok((await keptWith(10_000)) < 100);
});
