/** Leases while a master and its replica change places, and change back. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { LeaseStore } from '../../../src/adapters/redis/lease-store.ts';
import type { RedisBus } from '../../../src/adapters/redis/bus.ts';
import type { RedisLink } from '../../../src/adapters/redis/link.ts';
import { clock, openBus } from './open.ts';
import { noServer, startServer } from './server.ts';
import { until } from '../../until.ts';

const skip = noServer ?? false;
const QUIET_MS = 300;
const SHARD = 3;
const STEP = 2 ** 20;

interface Pair {
  readonly buses: readonly [RedisBus, RedisBus];
  readonly store: LeaseStore;
  /** Makes one of them the master, and the other its replica, with all that the other had. */
  promote(index: 0 | 1): Promise<void>;
  /** From now on the store speaks to this one. */
  turnTo(index: 0 | 1): void;
}

async function pair(context: TestContext): Promise<Pair> {
  const servers = [await startServer(), await startServer()] as const;
  const open = (at: number): Promise<RedisBus> => openBus(`${servers[at]?.url ?? ''}?prefix=promotion`);
  const buses = [await open(0), await open(1)] as const;
  context.after(async () => {
    await Promise.all(buses.map((bus) => bus.close()));
    await Promise.all(servers.map((server) => server.dispose()));
  });
  let present = buses[0];
  const link = {
    get connections() {
      return present.link.connections;
    },
  } as RedisLink;
  const follow = async (index: 0 | 1, port: number): Promise<void> => {
    const { control } = buses[index].link.connections;
    await control.call('replicaof', ['127.0.0.1', port]);
    await until(async () => String(await control.call('info', ['replication'])).includes('master_link_status:up'), 'it follows');
  };
  await follow(1, servers[0].port);
  return {
    buses,
    store: new LeaseStore(link, buses[0].keys, clock, QUIET_MS),
    async promote(index) {
      await buses[index].link.connections.control.call('replicaof', ['no', 'one']);
      await follow(index === 0 ? 1 : 0, servers[index].port);
    },
    turnTo: (index) => {
      present = buses[index];
    },
  };
}

/** Tries until the lease is given. */
async function take({ store }: Pair, owner: string): Promise<number> {
  let epoch = 0;
  await until(async () => {
    const seen = (await store.read())[SHARD];
    const lease = seen === undefined ? undefined : await store.acquire(SHARD, owner, seen);
    epoch = lease?.epoch ?? 0;
    return lease !== undefined;
  }, `${owner} has the lease`);
  return epoch;
}

const replicated = async ({ buses: [first, second] }: Pair): Promise<void> => {
  const leaseOf = async (bus: RedisBus): Promise<string> => JSON.stringify((await bus.readLeases())[SHARD]);
  await until(async () => (await leaseOf(first)) === (await leaseOf(second)), 'the replica has the lease');
};

test('redis leases: master and replica change places and back, and leases are given each time', { skip }, async (context) => {
  const two = await pair(context);
  const first = await take(two, 'a');
  await replicated(two);
  await two.promote(1);
  two.turnTo(1);
  const second = await take(two, 'b');
  assert.ok(second >= first + STEP);
  await replicated(two);
  await two.promote(0);
  two.turnTo(0);
  assert.ok((await take(two, 'c')) >= second + STEP);
});

test(
  'redis leases: an epoch that only the deposed master gave is not given again by one that was master before',
  { skip },
  async (context) => {
    const two = await pair(context);
    await take(two, 'a');
    await replicated(two);
    await two.promote(1);
    // Promoted again before it hears of what the other gives.
    await two.buses[0].link.connections.control.call('replicaof', ['no', 'one']);
    two.turnTo(1);
    const lost = await take(two, 'b');
    two.turnTo(0);
    const next = await take(two, 'c');
    assert.notEqual(next, lost);
  },
);

test('redis leases: a server that is promoted again is waited for again', { skip }, async (context) => {
  const two = await pair(context);
  await take(two, 'a');
  for (const index of [1, 0, 1] as const) {
    await replicated(two);
    await two.promote(index);
    two.turnTo(index);
    const seen = (await two.store.read())[SHARD];
    assert.ok(seen !== undefined);
    assert.equal(await two.store.acquire(SHARD, 'b', seen), undefined, 'its leases may be held without its knowing');
    await take(two, 'b');
  }
});
