/** What a node need not read again of a shard that it reads anew, in virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decorate } from '../../sim/kernel/decorate.ts';
import { BusError } from '../../src/ports/bus.ts';
import { shardOf } from '../../src/protocol/address.ts';
import { recordOf } from '../../src/runtime/actor-record.ts';
import { Cell } from '../../src/runtime/cell.ts';
import { recall } from '../../src/runtime/remembered.ts';
import type { Tally } from './tally.ts';
import { TALLY, World, type SimNode, type WorldOptions } from './world.ts';

const SELDOM = { policy: 'seldom', everyMessages: 1_000_000 } as const;
const STALL_MS = 4_000;
/** Lives in the same shard as the other one. */
const NEIGHBOUR = neighbourOf(TALLY);

/** A world that notes whose snapshots are read, and whose next call of a method fails as `failing` says. */
function watchedWorld(seed: number) {
  const loaded: string[] = [];
  const failing = new Map<string, 'before' | 'after'>();
  const spoil: WorldOptions['spoil'] = (bus) =>
    decorate(bus, async (method, call, args) => {
      if (method === 'loadActors') loaded.push(...(args[1] as readonly string[]));
      const how = failing.get(method);
      failing.delete(method);
      if (how === 'before') throw new BusError('unavailable', `no reply to ${method}`);
      const reply = await call();
      if (how === 'after') throw new BusError('unavailable', `no reply to ${method}`);
      return reply;
    });
  return { world: new World(seed, { snapshot: SELDOM, spoil }), loaded, failing };
}

function neighbourOf(address: string, nth = 0): string {
  let left = nth;
  for (let number = 0; ; number++) if (shardOf(`tally:${number}`) === shardOf(address) && left-- === 0) return `tally:${number}`;
}

async function tell(world: World, sequences: readonly number[], to = TALLY): Promise<void> {
  await world.bus.append(sequences.map((sequence) => world.entry(sequence, 'load', to)));
  await world.kernel.runFor(1_000);
}

const taken = (world: World, node: SimNode, address = TALLY): number | undefined =>
  (world.state(node, address) as Tally | undefined)?.taken;

test('runtime: a shard that was lost in a stall and is taken back at once goes on without a replay', async () => {
  const { world, loaded } = watchedWorld(1);
  const node = await world.start('n1');
  await tell(world, [1, 2, 3, 4]);
  node.process.pause();
  await world.kernel.runFor(STALL_MS);
  node.process.resume();
  await tell(world, [5, 6]);
  assert.equal(taken(world, node), 6);
  assert.equal((await world.bus.readLeases())[shardOf(TALLY)]?.epoch, 2, 'it was lost and taken back');
  assert.ok(!loaded.includes(TALLY), `${loaded.join()} were read anew`);
});

test('runtime: a shard that another node held meanwhile is read anew, even where nothing has come in', async () => {
  const { world, loaded } = watchedWorld(2);
  const node = await world.start('n1');
  await tell(world, [1, 2, 3, 4]);
  node.process.pause();
  const other = await world.start('n2');
  await world.kernel.runFor(STALL_MS);
  other.process.pause();
  node.process.resume();
  await world.kernel.runFor(STALL_MS);
  await tell(world, [5, 6]);
  assert.equal(taken(world, node), 6);
  assert.equal((await world.bus.readLeases())[shardOf(TALLY)]?.epoch, 3);
  assert.ok(loaded.includes(TALLY));
});

for (const how of ['before', 'after'] as const) {
  test(`runtime: when a commit got no answer, ${how} it was carried out, only the actors of its batch are read anew`, async () => {
    const { world, loaded, failing } = watchedWorld(3);
    const node = await world.start('n1');
    await tell(world, [1, 2]);
    await tell(world, [1, 2], NEIGHBOUR);
    failing.set('commit', how);
    await tell(world, [3, 4]);
    await tell(world, [3, 4], NEIGHBOUR);
    await tell(world, [5]);
    assert.deepEqual([taken(world, node), taken(world, node, NEIGHBOUR)], [5, 4]);
    assert.deepEqual(loaded, [TALLY]);
  });
}

test('runtime: an actor whose replay broke off is replayed from its snapshot again', async () => {
  let pages = 0;
  const spoil: WorldOptions['spoil'] = (bus) =>
    decorate(bus, async (method, call, args) => {
      const isReplay = method === 'readAfter' && args[2] === 0;
      if (isReplay && ++pages === 2) throw new BusError('unavailable', 'no reply to readAfter');
      return call();
    });
  const world = new World(4, { snapshot: SELDOM, spoil });
  const first = await world.start('n1');
  const sequences = Array.from({ length: 1_200 }, (_, index) => index + 1);
  await tell(world, sequences);
  first.process.crash();
  const second = await world.start('n2');
  await world.kernel.runFor(STALL_MS);
  await tell(world, [1_201]);
  assert.equal(taken(world, second), 1_201);
  assert.ok(pages > 3, `${pages} pages were read`);
});

test('runtime: snapshots of a shard are read few at a time, all anew where a read broke off', async () => {
  const actors = Array.from({ length: 20 }, (_, nth) => neighbourOf(TALLY, nth));
  const sizes: number[] = [];
  const spoil: WorldOptions['spoil'] = (bus) =>
    decorate(bus, async (method, call, args) => {
      if (method === 'loadActors' && sizes.push((args[1] as readonly string[]).length) === 2)
        throw new BusError('unavailable', 'no reply to loadActors');
      return call();
    });
  const world = new World(6, { snapshot: SELDOM, spoil });
  const first = await world.start('n1');
  for (const address of actors) await tell(world, [1, 2, 3], address);
  first.process.crash();
  await world.bus.append(actors.map((address) => world.entry(4, 'load', address)));
  const second = await world.start('n2');
  await world.kernel.runFor(2 * STALL_MS);
  assert.deepEqual(
    actors.map((address) => taken(world, second, address)),
    actors.map(() => 4),
  );
  assert.ok(sizes.length > 4 && Math.max(...sizes) <= 8, `${sizes.join()} were read at once`);
});

test('runtime: an actor stays in memory only where shard and snapshot are stored as they are known', () => {
  const behavior = new World(5).tally();
  const recordAt = (snapshotCursor: string) =>
    recordOf({ address: TALLY, status: { kind: 'active' }, snapshotCursor, parked: 0 }, behavior);
  const known = recordAt('3-0');
  known.cell = Cell.prototype;
  const keeps = ({ epoch = 4, cursor = '5-0', snapshotCursor = '3-0' }): boolean => {
    const record = recordAt(snapshotCursor);
    const state = { actors: [], origins: {}, cursor, timers: [], effects: [] };
    const kept = recall(
      { epoch: 4, cursors: ['5-0', '8-0'], records: new Map([[TALLY, known]]) },
      epoch,
      state,
      new Map([[TALLY, record]]),
    );
    assert.equal(kept === 1, record.cell === known.cell);
    return kept === 1;
  };
  assert.deepEqual([keeps({}), keeps({ epoch: 5 }), keeps({ cursor: '8-0' })], [true, true, true]);
  assert.deepEqual([keeps({ epoch: 6 }), keeps({ cursor: '7-0' }), keeps({ snapshotCursor: '4-0' })], [false, false, false]);
});
