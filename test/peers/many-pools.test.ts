import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPools } from '../../bench/pools/many.ts';

const MINUTES = 8;
/** The first minutes bring pools to life, once. */
const FIRST_MINUTES = 4;

/** Messages that actors take a minute for each pool. */
async function messagesPerPool(count: number): Promise<number> {
  const pools = await createPools(count);
  await pools.live(0, FIRST_MINUTES);
  let taken = 0;
  pools.node.runtime.listen(() => (taken += 1));
  await pools.live(FIRST_MINUTES, MINUTES - FIRST_MINUTES);
  await pools.node.stop();
  return taken / count / (MINUTES - FIRST_MINUTES);
}

/** What that takes of two cores for 20,000 is measured by `npm run bench -- pools`. */
test('peers 13: what a pool takes of a node does not grow with the pools beside it', async () => {
  const [few, many] = [await messagesPerPool(4), await messagesPerPool(40)];
  assert.ok(few > 3, `${few} messages a minute`);
  // Not to the message: how often a pool scales differs by the hour of its day.
  assert.ok(many <= 1.25 * few, `${many} messages a minute and pool among 40, ${few} among 4`);
});
