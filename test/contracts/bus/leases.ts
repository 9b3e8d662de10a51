import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SHARD_COUNT } from '../../../src/protocol/address.ts';
import { START, type Bus } from '../../../src/ports/bus.ts';
import { A, B, acquire, commitOf, entry, labels, readAll, type MakeBus } from './harness.ts';

const leaseOf = async (bus: Bus, shard: number) => (await bus.readLeases()).find((lease) => lease.shard === shard);

/** Leases and the fence. */
export function leaseContract(name: string, make: MakeBus): void {
  const it = (title: string, body: (bus: Bus) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const { bus, dispose } = await make();
      try {
        await body(bus);
      } finally {
        await dispose();
      }
    });
  };

  it('there is one lease per shard, free at first', async (bus) => {
    const leases = await bus.readLeases();
    assert.deepEqual(
      leases.map(({ shard }) => shard).sort((a, b) => a - b),
      Array.from({ length: SHARD_COUNT }, (_, shard) => shard),
    );
    assert.deepEqual(await leaseOf(bus, A), { shard: A, owner: '', epoch: 0, beat: 0 });
  });

  it('a lease is taken by compare-and-set on what was seen, and each taking raises its epoch', async (bus) => {
    const seen = (await leaseOf(bus, A)) ?? assert.fail();
    const taken = await bus.acquireLease(A, 'n1', seen);
    assert.deepEqual([taken?.owner, taken?.epoch], ['n1', 1]);
    assert.deepEqual(await leaseOf(bus, A), taken);
    assert.equal(await bus.acquireLease(A, 'n2', seen), undefined, 'it is not as it was seen');
    const again = await bus.acquireLease(A, 'n2', taken ?? seen);
    assert.deepEqual([again?.owner, again?.epoch], ['n2', 2]);
    assert.deepEqual((await leaseOf(bus, B))?.owner, '');
  });

  it('a beat changes what a contender saw; only the owner of the epoch beats', async (bus) => {
    const epoch = await acquire(bus, A, 'n1');
    const seen = (await leaseOf(bus, A)) ?? assert.fail();
    assert.equal(await bus.renewLease(A, 'n1', epoch), true);
    const after = (await leaseOf(bus, A)) ?? assert.fail();
    assert.ok(after.beat > seen.beat && after.epoch === seen.epoch);
    assert.equal(await bus.acquireLease(A, 'n2', seen), undefined);
    assert.equal(await bus.renewLease(A, 'n2', epoch), false);
    assert.equal(await bus.renewLease(A, 'n1', epoch + 1), false);
    assert.equal(await bus.renewLease(A, 'n1', epoch - 1), false);
  });

  it('a released lease is free, its epoch is over, and the next one is higher', async (bus) => {
    const epoch = await acquire(bus, A, 'n1');
    assert.equal(await bus.releaseLease(A, 'n2', epoch), false);
    assert.equal(await bus.releaseLease(A, 'n1', epoch), true);
    assert.equal(await bus.releaseLease(A, 'n1', epoch), false);
    assert.equal((await leaseOf(bus, A))?.owner, '');
    assert.equal(await bus.renewLease(A, 'n1', epoch), false);
    assert.equal(await bus.commit(commitOf(A, epoch)), 'fenced');
    assert.ok((await acquire(bus, A, 'n1')) > epoch);
  });

  it('the fence stands before everything that an owner does: nothing happens under another epoch', async (bus) => {
    const old = await acquire(bus, A, 'n1');
    const timer = { address: 'probe:a', name: 't', version: 1, dueAtMs: 5 };
    const effect = { id: 'probe:a|e', address: 'probe:a', executor: 'x', args: null, notAfterMs: 5 };
    await bus.append([entry(A, 'first'), entry(A, 'second')]);
    await bus.commit(commitOf(A, old, { timersSet: [timer], effects: [effect], sends: [entry(B, 'b')] }));
    const current = await acquire(bus, A, 'n2');
    const before = await bus.loadShard(A, current);
    const ids = (await readAll(bus, A)).map(({ id }) => id);
    for (const epoch of [old, current + 1, 0]) {
      assert.equal(await bus.loadShard(A, epoch), 'fenced');
      const actors = [{ address: 'probe:z', status: { kind: 'active' as const }, snapshot: Uint8Array.of(1) }];
      assert.equal(await bus.commit(commitOf(A, epoch, { cursorTo: ids[0] ?? START, actors, sends: [entry(A, 'zombie')] })), 'fenced');
      assert.equal(await bus.relay(A, epoch), 'fenced');
      assert.equal(await bus.fireTimers(A, epoch, [{ ...timer, entry: entry(A, 'fired') }]), 'fenced');
      assert.equal(await bus.completeEffect(A, epoch, effect.id, entry(A, 'result')), 'fenced');
      assert.equal(await bus.trim(A, epoch, ids[1] ?? START), 'fenced');
    }
    assert.deepEqual(await bus.loadShard(A, current), before);
    assert.deepEqual(await labels(bus, A), ['first', 'second']);
    assert.deepEqual(await labels(bus, B), []);
    assert.equal(await bus.relay(A, current), 1, 'the new owner finds the outbox as it was');
  });
}
