import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BusError, START, compareEntryIds } from '../../../src/ports/bus.ts';
import { A, B, acquire, commitOf, entry, labelOf, labels, readAll, type MakeBus } from './harness.ts';

/** What a promise gives, provided that it gives it before long. */
async function soon<T>(pending: Promise<T>, advance: (durationMs: number) => Promise<void>): Promise<T> {
  const late = advance(300).then(() => 'late' as const);
  const raced = await Promise.race([pending.then((value) => ({ value })), late]);
  await late;
  return raced === 'late' ? assert.fail('it waits still') : raced.value;
}

/** Streams: order, reading, waiting, limits. */
export function streamContract(name: string, make: MakeBus): void {
  const it = (title: string, body: (harness: Awaited<ReturnType<MakeBus>>) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const harness = await make();
      try {
        await body(harness);
      } finally {
        await harness.dispose();
      }
    });
  };

  it('entries come in the order of their appending, each in its own shard, whole', async ({ bus }) => {
    await bus.append([entry(A, 'a1'), entry(B, 'b1'), entry(A, 'a2')]);
    await bus.append([{ ...entry(A, 'a3'), contentType: 'application/json', body: Uint8Array.of(0, 255, 128, 10), atMs: 17.5 }]);
    const read = await readAll(bus, A);
    assert.deepEqual(
      read.slice(0, 2).map(({ to, body }) => [to, labelOf({ body })]),
      [
        ['probe:a1', 'a1'],
        ['probe:a2', 'a2'],
      ],
    );
    const { id: _id, body, ...rest } = read[2] ?? assert.fail('the third entry is missing');
    assert.deepEqual(rest, { shard: A, to: 'probe:a3', contentType: 'application/json', atMs: 17.5 });
    assert.deepEqual([...body], [0, 255, 128, 10]);
    assert.deepEqual(await labels(bus, B), ['b1']);
  });

  it('ids rise, and a read goes on after its cursor, within its limit', async ({ bus }) => {
    await bus.append(Array.from({ length: 25 }, (_, index) => entry(A, `e${index}`)));
    const seen: string[] = [];
    let after = START;
    for (let round = 0; round < 10; round++) {
      const [read] = await bus.readAfter([{ shard: A, after }], 10, 0);
      if (read === undefined) break;
      assert.ok(read.entries.length <= 10);
      for (const { id, body } of read.entries) {
        assert.ok(compareEntryIds(id, after) > 0, `${id} comes after ${after}`);
        after = id;
        seen.push(labelOf({ body }));
      }
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, index) => `e${index}`),
    );
  });

  it('a read of several shards gives those that have something', async ({ bus }) => {
    await bus.append([entry(B, 'b')]);
    const read = await bus.readAfter(
      [
        { shard: A, after: START },
        { shard: B, after: START },
      ],
      5,
      0,
    );
    assert.deepEqual(
      read.map(({ shard, entries }) => [shard, entries.map(labelOf)]),
      [[B, ['b']]],
    );
    assert.deepEqual(await bus.readAfter([], 5, 0), []);
  });

  it('a reader that waits is woken by an entry of its shard', async ({ bus, advance }) => {
    const pending = bus.readAfter([{ shard: A, after: START }], 5, 2_000);
    await advance(20);
    await bus.append([entry(B, 'other')]);
    await advance(20);
    await bus.append([entry(A, 'mine')]);
    assert.deepEqual(
      (await soon(pending, advance)).map(({ entries }) => entries.map(labelOf)),
      [['mine']],
    );
  });

  it('whatever puts an entry into a stream wakes its reader', async ({ bus, advance }) => {
    const epochs = { a: await acquire(bus, A, 'n1'), b: await acquire(bus, B, 'n1') };
    const timer = { address: 'probe:a', name: 't', version: 1, dueAtMs: 1 };
    const effect = { id: 'e', address: 'probe:a', executor: 'x', args: null, notAfterMs: 1 };
    const dead = { ...entry(A, 'dead'), id: START };
    const deadLetters = [{ entry: dead, code: 'c', reason: 'r', atMs: 1 }];
    await bus.commit(commitOf(A, epochs.a, { timersSet: [timer], effects: [effect], deadLetters }));
    await bus.commit(commitOf(B, epochs.b, { sends: [entry(A, 'relayed')] }));
    const [letter] = await bus.readDeadLetters(A, START, 1);
    const ways: Readonly<Record<string, () => Promise<unknown>>> = {
      sent: () => bus.commit(commitOf(A, epochs.a, { sends: [entry(A, 'sent')] })),
      fired: () => bus.fireTimers(A, epochs.a, [{ ...timer, entry: entry(A, 'fired') }]),
      result: () => bus.completeEffect(A, epochs.a, 'e', entry(A, 'result')),
      relayed: () => bus.relay(B, epochs.b),
      dead: () => bus.replayDeadLetter(A, letter?.id ?? ''),
    };
    for (const [label, act] of Object.entries(ways)) {
      const after = (await readAll(bus, A)).at(-1)?.id ?? START;
      const pending = bus.readAfter([{ shard: A, after }], 5, 30_000);
      await advance(20);
      await act();
      assert.deepEqual((await soon(pending, advance))[0]?.entries.map(labelOf), [label]);
    }
  });

  it('a reader that waits in vain gets nothing after its time, and at once when its signal aborts', async ({ bus, advance }) => {
    const inVain = bus.readAfter([{ shard: A, after: START }], 5, 30);
    await advance(200);
    assert.deepEqual(await inVain, []);
    const abort = new AbortController();
    const aborted = bus.readAfter([{ shard: A, after: START }], 5, 60_000, abort.signal);
    await advance(20);
    abort.abort();
    assert.deepEqual(await soon(aborted, advance), []);
    assert.deepEqual(await bus.readAfter([{ shard: A, after: START }], 5, 60_000, abort.signal), []);
  });

  it('nobody shares memory through it: bytes are copied in and out', async ({ bus }) => {
    const mine = entry(A, 'abc');
    await bus.append([mine]);
    mine.body.fill(0);
    const [first] = await readAll(bus, A);
    assert.equal(labelOf(first ?? assert.fail()), 'abc');
    first?.body.fill(0);
    assert.deepEqual(await labels(bus, A), ['abc']);
  });

  it('trimming drops what lies below a position and nothing else, and reading goes on', async ({ bus }) => {
    const epoch = await acquire(bus, A, 'n1');
    await bus.append(['a', 'b', 'c', 'd'].map((label) => entry(A, label)));
    const ids = (await readAll(bus, A)).map(({ id }) => id);
    assert.equal(await bus.trim(A, epoch, ids[2] ?? ''), 2);
    assert.equal(await bus.trim(A, epoch, ids[2] ?? ''), 0);
    assert.deepEqual(await labels(bus, A), ['c', 'd']);
    const [after] = await bus.readAfter([{ shard: A, after: ids[2] ?? '' }], 5, 0);
    assert.deepEqual(after?.entries.map(labelOf), ['d']);
    await bus.append([entry(A, 'e')]);
    const last = (await readAll(bus, A)).at(-1);
    assert.ok(compareEntryIds(last?.id ?? START, ids[3] ?? START) > 0, 'ids go on rising after a trim');
  });

  test(`${name}: a full stream refuses messages from outside, whole, but never what actors send`, async () => {
    const { bus, dispose } = await make({ streamEntriesMax: 5 });
    try {
      const epoch = await acquire(bus, A, 'n1');
      await bus.append(['1', '2', '3'].map((label) => entry(A, label)));
      const tooMany = [entry(B, 'b'), entry(A, '4'), entry(A, '5'), entry(A, '6')];
      await assert.rejects(bus.append(tooMany), (error) => error instanceof BusError && error.code === 'full');
      assert.deepEqual(await labels(bus, A), ['1', '2', '3']);
      assert.deepEqual(await labels(bus, B), []);
      const sends = ['x', 'y', 'z'].map((label) => entry(A, label));
      assert.equal(await bus.commit(commitOf(A, epoch, { sends })), 'committed');
      assert.deepEqual(await labels(bus, A), ['1', '2', '3', 'x', 'y', 'z']);
    } finally {
      await dispose();
    }
  });

  test(`${name}: a closed bus refuses, and lets its readers go`, async () => {
    const { bus, advance, dispose } = await make();
    const waiting = bus.readAfter([{ shard: A, after: START }], 5, 60_000);
    await advance(10);
    await bus.close();
    assert.deepEqual(await soon(waiting, advance), []);
    const isClosed = (error: unknown): boolean => error instanceof BusError && error.code === 'closed';
    await assert.rejects(bus.append([entry(A, 'a')]), isClosed);
    await assert.rejects(bus.readAfter([{ shard: A, after: START }], 5, 0), isClosed);
    await assert.rejects(bus.commit(commitOf(A, 1)), isClosed);
    await assert.rejects(bus.readLeases(), isClosed);
    await dispose();
  });
}
