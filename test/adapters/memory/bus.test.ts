import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKernel } from '../../../sim/kernel/kernel.ts';
import { createMemoryBus, type MemoryBusOptions } from '../../../src/adapters/memory/bus.ts';
import { packSnapshot, unpackSnapshot } from '../../../src/adapters/memory/packed-snapshot.ts';
import { START } from '../../../src/ports/bus.ts';
import { busContract } from '../../contracts/bus.ts';
import { A, acquire, bytes, commitOf, entry, labelOf, labels, readAll } from '../../contracts/bus/harness.ts';

busContract('memory bus', async (limits) => {
  const kernel = createKernel('memory bus');
  const bus = createMemoryBus({ clock: kernel.clock, ...limits });
  return { bus, advance: (durationMs) => kernel.runFor(durationMs), dispose: () => bus.close() };
});

function create(options: Omit<MemoryBusOptions, 'clock'>) {
  return createMemoryBus({ clock: createKernel(1).clock, ...options });
}

test('memory bus: a topic keeps its newest entries', async () => {
  const bus = create({ topicEntriesMax: 3 });
  const epoch = await acquire(bus, A, 'n1');
  for (const label of ['1', '2', '3', '4', '5']) {
    await bus.commit(commitOf(A, epoch, { publishes: [{ topic: 't', contentType: 'application/json', body: bytes(label), atMs: 1 }] }));
  }
  assert.deepEqual((await bus.readTopic('t', START, 10)).map(labelOf), ['3', '4', '5']);
});

test('memory bus: dead letters and blobs beyond their bounds go, the oldest first', async () => {
  const bus = create({ deadLettersMax: 2, blobsMax: 2 });
  const epoch = await acquire(bus, A, 'n1');
  await bus.append(['1', '2', '3'].map((label) => entry(A, label)));
  const deadLetters = (await readAll(bus, A)).map((dead) => ({ entry: dead, code: 'c', reason: 'r', atMs: 1 }));
  await bus.commit(commitOf(A, epoch, { deadLetters }));
  assert.deepEqual(
    (await bus.readDeadLetters(A, START, 10)).map((letter) => labelOf(letter.entry)),
    ['2', '3'],
  );
  for (const hash of ['h1', 'h2', 'h1', 'h3']) await bus.putBlob(hash, bytes(hash));
  assert.deepEqual([(await bus.getBlob('h1')) !== undefined, await bus.getBlob('h2')], [true, undefined]);
});

test('memory bus: a long stream that is trimmed again and again keeps its order and its room', async () => {
  const bus = create({ streamEntriesMax: 4_000 });
  const epoch = await acquire(bus, A, 'n1');
  for (let round = 0; round < 10; round++) {
    await bus.append(Array.from({ length: 3_000 }, (_, index) => entry(A, `${round}.${index}`)));
    const read = await readAll(bus, A);
    await bus.trim(A, epoch, read.at(-1)?.id ?? START);
  }
  assert.deepEqual(await labels(bus, A), ['9.2999']);
});

test('memory bus: a shard that does not exist is a bug of the caller', async () => {
  const bus = create({});
  await assert.rejects(bus.append([entry(64, 'x')]), /shard must be/);
  await assert.rejects(bus.renewLease(-1, 'n1', 1), /shard must be/);
});

test('memory bus: a large snapshot comes back as it was, and takes the less room the less is in it', async () => {
  for (const snapshot of [new Uint8Array(100_000), Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) % 251), bytes('small')]) {
    const packed = packSnapshot(snapshot);
    assert.deepEqual(unpackSnapshot(packed), snapshot);
    assert.ok(packed.bytes.byteLength <= snapshot.byteLength);
  }
  assert.ok(packSnapshot(new Uint8Array(100_000)).bytes.byteLength < 1_000);
});
