/** Who may join a cluster, and who is told why not. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { RedisBus } from '../../../src/adapters/redis/bus.ts';
import { claimCluster, type Claim } from '../../../src/adapters/redis/claim.ts';
import { createRedisMembers } from '../../../src/adapters/redis/members.ts';
import type { MemberNote } from '../../../src/ports/members.ts';
import { InputError } from '../../../src/problems.ts';
import { clock, openBus } from './open.ts';
import { noServer, sharedServer } from './server.ts';

const skip = noServer ?? false;

const CLAIM: Claim = {
  name: 'new',
  protocolVersion: 5,
  leaseMs: 3_000,
  beatMs: 20,
  config: 'digest-1',
  pools: ['shop'],
  isNewConfig: false,
};
const NOTE: MemberNote = {
  name: 'old',
  beat: 1,
  weight: 2,
  isLeaving: false,
  build: '0.1.0',
  protocolVersion: 5,
  config: 'digest-1',
  startedAtMs: 1,
  atMs: 2,
  shards: 64,
  isReady: true,
  eventLoopDelayMs: 1,
};

async function open(context: TestContext): Promise<RedisBus> {
  const bus = await openBus((await sharedServer()).url);
  context.after(() => bus.close());
  return bus;
}

/** Claims while another node beats, and tells why it was refused; undefined when it was not. */
async function claim(bus: RedisBus, parts: Partial<Claim>, neighbour?: Partial<MemberNote>): Promise<string | undefined> {
  const members = createRedisMembers(bus.link, bus.keys);
  let beat = 0;
  let isOver = false;
  const tell = (): void => {
    if (isOver || neighbour === undefined) return;
    beat += 1;
    void members.beat({ ...NOTE, ...neighbour, beat }).then(() => clock.setTimer(5, tell));
  };
  if (neighbour !== undefined) await members.beat({ ...NOTE, ...neighbour, beat: 0 });
  tell();
  try {
    await claimCluster(bus.link, bus.keys, members, clock, { ...CLAIM, ...parts });
    return undefined;
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error.message;
  } finally {
    isOver = true;
  }
}

test('claim: the first node sets what the cluster is, the same and one like it join', { skip }, async (context) => {
  const bus = await open(context);
  assert.equal(await claim(bus, {}), undefined);
  assert.equal(await claim(bus, {}, {}), undefined);
});

test('claim: other shards, leases or storage than the cluster has are refused, each named', { skip }, async (context) => {
  const bus = await open(context);
  await claim(bus, {});
  const refused = await claim(bus, { leaseMs: 1_500, beatMs: 300 });
  assert.match(refused ?? '', /lease, milliseconds: wanted 1500, found 3000/);
  assert.match(refused ?? '', /beat, milliseconds: wanted 300, found 20/);
  await bus.link.connections.control.hset(bus.keys.cluster, 'layout', '2', 'shards', '128');
  const newer = await claim(bus, {});
  assert.match(newer ?? '', /storage layout: wanted 1, found 2/);
  assert.match(newer ?? '', /shards: wanted 64, found 128/);
});

test('claim: a second cluster under the same prefix is refused while the first lives, and may be meant', { skip }, async (context) => {
  const bus = await open(context);
  await claim(bus, {});
  const other = { config: 'digest-2', pools: ['blog'] };
  const refused = await claim(bus, other, {});
  assert.match(refused ?? '', /config: wanted .*--new-config.*found pools shop \(1 node lives\); here blog/);
  assert.equal(await claim(bus, { ...other, isNewConfig: true }, {}), undefined);
  assert.equal(await claim(bus, { config: 'digest-3' }), undefined, 'the others are dead: their notes stand still');
});

test('claim: a protocol two versions away is refused, the next one is not', { skip }, async (context) => {
  const bus = await open(context);
  assert.equal(await claim(bus, {}, { protocolVersion: 4 }), undefined);
  assert.equal(await claim(bus, {}, { protocolVersion: 6 }), undefined);
  assert.match((await claim(bus, {}, { protocolVersion: 3 })) ?? '', /node old: protocol version: wanted at most 1 away from 5, found 3/);
  assert.match((await claim(bus, {}, { protocolVersion: 7 })) ?? '', /found 7/);
});

test('claim: local processes of one node cannot be shared', { skip }, async (context) => {
  const bus = await open(context);
  assert.equal(await claim(bus, { localPool: 'shop' }), undefined);
  assert.match(
    (await claim(bus, { localPool: 'shop' }, {})) ?? '',
    /pool shop: target: wanted one that all nodes reach, found local processes/,
  );
});

test('claim: keys that somebody else wrote are all named before anything is touched', { skip }, async (context) => {
  const bus = await open(context);
  const { control } = bus.link.connections;
  await control.set(bus.keys.shard(7).in, 'mine');
  await control.lpush(bus.keys.shard(9).actors, 'mine');
  const refused = await claim(bus, {});
  assert.match(refused ?? '', /\{s7\}:in: wanted a stream, or nothing, found a string, written by somebody else/);
  assert.match(refused ?? '', /\{s9\}:actors: wanted a hash, or nothing, found a list/);
  assert.equal(await control.exists(bus.keys.cluster), 0);
  await control.del(bus.keys.shard(7).in, bus.keys.shard(9).actors);
  await control.set(bus.keys.cluster, 'mine');
  assert.match((await claim(bus, {})) ?? '', /\{cluster\}:settings: wanted a hash/);
});

test('members: notes are read as they were written, and what is no note is passed over', { skip }, async (context) => {
  const bus = await open(context);
  const members = createRedisMembers(bus.link, bus.keys);
  assert.deepEqual(await members.beat(NOTE), [NOTE]);
  await bus.link.connections.control.hset(bus.keys.members, 'x', 'not json', 'y', '{"name":"y"}', 'z', 'null');
  assert.deepEqual(await members.read(), [NOTE]);
  await members.remove('old');
  assert.deepEqual(await members.read(), []);
});
