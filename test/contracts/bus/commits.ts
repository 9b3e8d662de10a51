import assert from 'node:assert/strict';
import { test } from 'node:test';
import { START, type ActorStatus, type Bus, type BusEntry, type ShardState, type StoredEffect } from '../../../src/ports/bus.ts';
import { A, B, acquire, bytes, commitOf, entry, labelOf, labels, readAll, type MakeBus } from './harness.ts';

const ACTIVE: ActorStatus = { kind: 'active' };

async function load(bus: Bus, shard: number, epoch: number): Promise<ShardState> {
  const state = await bus.loadShard(shard, epoch);
  return state === 'fenced' ? assert.fail('fenced') : state;
}

/** Shard A held, with entries `1` to `4` in its stream. */
interface Held {
  readonly bus: Bus;
  readonly epoch: number;
  readonly entries: readonly BusEntry[];
  /** Position of an entry, counted from 1; 0 is the start. */
  id(number: number): string;
}

/** What a commit holds, and that it is one step. */
export function commitContract(name: string, make: MakeBus): void {
  const it = (title: string, body: (held: Held) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const { bus, dispose } = await make();
      try {
        const epoch = await acquire(bus, A, 'n1');
        await bus.append(['1', '2', '3', '4'].map((label) => entry(A, label)));
        const entries = await readAll(bus, A);
        await body({ bus, epoch, entries, id: (number) => (number === 0 ? START : (entries[number - 1]?.id ?? assert.fail())) });
      } finally {
        await dispose();
      }
    });
  };

  it('a commit from where the cursor is moves it; from elsewhere nothing happens', async ({ bus, epoch, id, entries }) => {
    assert.equal((await load(bus, A, epoch)).cursor, START);
    assert.equal(await bus.commit(commitOf(A, epoch, { cursorFrom: START, cursorTo: id(2) })), 'committed');
    const before = await load(bus, A, epoch);
    assert.equal(before.cursor, id(2));
    const everything = {
      cursorTo: id(4),
      actors: [{ address: 'probe:a', status: ACTIVE, snapshot: bytes('s') }],
      timersSet: [{ address: 'probe:a', name: 't', version: 1, dueAtMs: 5 }],
      effects: [{ id: 'e', address: 'probe:a', executor: 'x', args: null, notAfterMs: 5 }],
      sends: [entry(A, 'own'), entry(B, 'other')],
      publishes: [{ topic: 'plans', contentType: 'application/json' as const, body: bytes('p'), atMs: 1 }],
      deadLetters: entries.slice(0, 1).map((dead) => ({ entry: dead, code: 'c', reason: 'r', atMs: 1 })),
      parked: entries.slice(1, 2),
      origins: { 7: 9 },
    };
    for (const cursorFrom of [START, id(1), id(3)])
      assert.equal(await bus.commit(commitOf(A, epoch, { ...everything, cursorFrom })), 'moved');
    assert.deepEqual(await load(bus, A, epoch), before);
    assert.deepEqual(await labels(bus, A), ['1', '2', '3', '4']);
    assert.equal(await bus.relay(A, epoch), 0);
    assert.deepEqual(await bus.readTopic('plans', START, 10), []);
    assert.deepEqual(await bus.readDeadLetters(A, START, 10), []);
    assert.deepEqual(await bus.readParked(A, '2', 10), []);
    assert.deepEqual(await bus.loadActors(A, ['probe:a']), [undefined]);
    assert.equal(await bus.commit(commitOf(A, epoch, { ...everything, cursorFrom: id(2) })), 'committed');
    assert.equal(await bus.commit(commitOf(A, epoch, { ...everything, cursorFrom: id(2) })), 'moved', 'a repeat does nothing');
    assert.deepEqual(await labels(bus, A), ['1', '2', '3', '4', 'own']);
  });

  it('snapshots are stored with the position of their commit; a status alone leaves them; null removes the actor', async (held) => {
    const { bus, epoch, id } = held;
    const snapshot = bytes('state one');
    await bus.commit(commitOf(A, epoch, { cursorTo: id(1), actors: [{ address: 'probe:a', status: ACTIVE, snapshot }] }));
    snapshot.fill(0);
    const status: ActorStatus = {
      kind: 'backing-off',
      reason: 'threw',
      untilMs: 50,
      failures: { restarts: [1, 2], backOffs: 1 },
      stoppedAt: id(1),
    };
    const timersSet = [{ address: 'probe:a', name: 't', version: 1, dueAtMs: 5 }];
    const parked = held.entries.slice(1, 2).map((parkedEntry) => ({ ...parkedEntry, to: 'probe:a' }));
    const second = commitOf(A, epoch, { cursorFrom: id(1), cursorTo: id(2), actors: [{ address: 'probe:a', status }], timersSet, parked });
    await bus.commit(second);
    const [missing, stored] = await bus.loadActors(A, ['probe:nobody', 'probe:a']);
    assert.equal(missing, undefined);
    assert.deepEqual([stored?.address, stored?.snapshotCursor], ['probe:a', id(1)]);
    assert.equal(labelOf({ body: stored?.snapshot ?? bytes('') }), 'state one');
    stored?.snapshot.fill(0);
    assert.equal(labelOf({ body: (await bus.loadActors(A, ['probe:a']))[0]?.snapshot ?? bytes('') }), 'state one');
    assert.deepEqual((await load(bus, A, epoch)).actors, [{ address: 'probe:a', snapshotCursor: id(1), status, parked: 1 }]);

    const actors = [{ address: 'probe:a', status: ACTIVE, snapshot: null }];
    await bus.commit(commitOf(A, epoch, { cursorFrom: id(2), cursorTo: id(3), actors }));
    const { actors: left, timers } = await load(bus, A, epoch);
    assert.deepEqual(
      [left, timers, await bus.loadActors(A, ['probe:a']), await bus.readParked(A, 'probe:a', 9)],
      [[], [], [undefined], []],
    );
  });

  it('a snapshot replaces the one before, with its own position', async ({ bus, epoch, id }) => {
    const write = (label: string) => [{ address: 'probe:a', status: ACTIVE, snapshot: bytes(label) }];
    await bus.commit(commitOf(A, epoch, { cursorTo: id(1), actors: write('one') }));
    await bus.commit(commitOf(A, epoch, { cursorFrom: id(1), cursorTo: id(3), actors: write('two') }));
    const [stored] = await bus.loadActors(A, ['probe:a']);
    assert.deepEqual([labelOf({ body: stored?.snapshot ?? bytes('') }), stored?.snapshotCursor], ['two', id(3)]);
    assert.deepEqual((await load(bus, A, epoch)).actors[0]?.snapshotCursor, id(3));
  });

  it('an actor may be known without a snapshot', async ({ bus, epoch }) => {
    const status: ActorStatus = { kind: 'active', failures: { restarts: [7], backOffs: 0 } };
    await bus.commit(commitOf(A, epoch, { actors: [{ address: 'probe:a', status }] }));
    const [known] = (await load(bus, A, epoch)).actors;
    assert.deepEqual([known?.address, known?.status, known?.parked], ['probe:a', status, 0]);
    assert.deepEqual(await bus.loadActors(A, ['probe:a']), [undefined]);
  });

  it('a timer set again replaces the old one; cancelling reaches its version and those before', async ({ bus, epoch }) => {
    const timer = (timerName: string, version: number) => ({ address: 'probe:a', name: timerName, version, dueAtMs: version * 10 });
    await bus.commit(commitOf(A, epoch, { timersSet: [timer('x', 1), timer('y', 2), timer('z', 3)] }));
    await bus.commit(commitOf(A, epoch, { timersSet: [timer('x', 4)], timersCancelled: [timer('y', 9), timer('z', 2)] }));
    const { timers } = await load(bus, A, epoch);
    const left = new Map(timers.map(({ name: timerName, version, dueAtMs }) => [timerName, [version, dueAtMs]]));
    assert.deepEqual(
      left,
      new Map([
        ['x', [4, 40]],
        ['z', [3, 30]],
      ]),
    );
  });

  it('a timer keeps the trace that goes on when it fires', async ({ bus, epoch }) => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const timers = [
      { address: 'probe:a', name: 'x', version: 1, dueAtMs: 10 },
      { address: 'probe:a', name: 'y', version: 2, dueAtMs: 20, traceparent },
    ];
    await bus.commit(commitOf(A, epoch, { timersSet: timers }));
    const { timers: kept } = await load(bus, A, epoch);
    assert.deepEqual(
      kept.toSorted((a, b) => a.version - b.version),
      timers,
    );
  });

  it('a timer fires once, under the version that was seen', async ({ bus, epoch }) => {
    const timer = { address: 'probe:a', name: 't', version: 2, dueAtMs: 10 };
    await bus.commit(commitOf(A, epoch, { timersSet: [timer] }));
    const fire = (version: number, label: string) => bus.fireTimers(A, epoch, [{ ...timer, version, entry: entry(A, label, 'probe:a') }]);
    assert.equal(await fire(1, 'old'), 'committed');
    assert.equal(await fire(3, 'future'), 'committed');
    assert.equal(await fire(2, 'right'), 'committed');
    assert.equal(await fire(2, 'again'), 'committed');
    assert.deepEqual(await labels(bus, A), ['1', '2', '3', '4', 'right']);
    assert.deepEqual((await load(bus, A, epoch)).timers, []);
  });

  it('an effect is pending with all its arguments until its result is in, once', async ({ bus, epoch }) => {
    const effect: StoredEffect = {
      id: 'probe:a|e1',
      address: 'probe:a',
      executor: 'compute.train',
      args: { pool: 'web', nested: [1, { deep: null }], window: Float64Array.of(1.5, Number.NaN, -0) },
      notAfterMs: 99,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    await bus.commit(commitOf(A, epoch, { effects: [effect, { ...effect, id: 'probe:a|e2', args: 'two' }] }));
    const args = effect.args as { nested: unknown[] };
    args.nested.push('changed later');
    const stored = (await load(bus, A, epoch)).effects;
    assert.deepEqual(stored.map(({ id }) => id).sort(), ['probe:a|e1', 'probe:a|e2']);
    const first = stored.find(({ id }) => id === 'probe:a|e1');
    assert.deepEqual(first?.args, { pool: 'web', nested: [1, { deep: null }], window: Float64Array.of(1.5, Number.NaN, -0) });
    assert.deepEqual([first?.executor, first?.notAfterMs, first?.traceparent], ['compute.train', 99, effect.traceparent]);
    assert.equal(await bus.completeEffect(A, epoch, 'probe:a|e1', entry(A, 'result')), 'committed');
    assert.equal(await bus.completeEffect(A, epoch, 'probe:a|e1', entry(A, 'result')), 'gone');
    assert.deepEqual((await labels(bus, A)).slice(4), ['result']);
    assert.deepEqual(
      (await load(bus, A, epoch)).effects.map(({ id }) => id),
      ['probe:a|e2'],
    );
    await bus.commit(commitOf(A, epoch, { effects: [{ ...effect, id: 'probe:a|e2', args: 'three' }] }));
    assert.deepEqual(
      (await load(bus, A, epoch)).effects.map((pending) => pending.args),
      ['three'],
    );
  });

  it('own messages are appended with the commit; those for other shards wait for the relay, in order, with their origin', async (held) => {
    const { bus, epoch } = held;
    await bus.commit(commitOf(A, epoch, { sends: [entry(B, 'b1'), entry(A, 'own'), entry(B, 'b2')] }));
    const own = (await readAll(bus, A)).at(-1);
    assert.deepEqual([labelOf(own ?? assert.fail()), own?.origin], ['own', undefined]);
    assert.deepEqual(await labels(bus, B), []);
    assert.equal(await bus.relay(A, epoch), 2);
    assert.equal(await bus.relay(A, epoch), 0);
    await bus.commit(commitOf(A, epoch, { sends: [entry(B, 'b3')] }));
    const next = await acquire(bus, A, 'n2');
    assert.equal(await bus.relay(A, next), 1);
    const relayed = await readAll(bus, B);
    assert.deepEqual(relayed.map(labelOf), ['b1', 'b2', 'b3']);
    assert.ok(relayed.every(({ origin }) => origin?.shard === A));
    const sequences = relayed.map(({ origin }) => origin?.sequence ?? 0);
    assert.ok(
      sequences.every((sequence, index) => sequence > (sequences[index - 1] ?? 0)),
      `${sequences.join(', ')} rise, over owners, too`,
    );
  });

  it('one relay moves all that waits, however much it is', async ({ bus, epoch }) => {
    const sends = Array.from({ length: 1_100 }, (_, index) => entry(B, `b${index}`));
    await bus.commit(commitOf(A, epoch, { sends }));
    assert.equal(await bus.relay(A, epoch), sends.length);
    assert.deepEqual(await labels(bus, B), sends.map(labelOf));
  });

  it('marks of origins rise and never fall', async ({ bus, epoch }) => {
    await bus.commit(commitOf(A, epoch, { origins: { 3: 10, 5: 2 } }));
    await bus.commit(commitOf(A, epoch, { origins: { 3: 7, 8: 1 } }));
    assert.deepEqual((await load(bus, A, epoch)).origins, { 3: 10, 5: 2, 8: 1 });
  });

  it('parked entries wait in order, are counted, and go as they are taken', async ({ bus, epoch, entries, id }) => {
    const parked = entries.map((parkedEntry, index) => ({ ...parkedEntry, to: index === 1 ? 'probe:b' : 'probe:a' }));
    const actors = ['probe:a', 'probe:b'].map((address) => ({ address, status: ACTIVE, snapshot: bytes('s') }));
    await bus.commit(commitOf(A, epoch, { cursorTo: id(2), parked: parked.slice(0, 2), actors }));
    await bus.commit(commitOf(A, epoch, { cursorFrom: id(2), cursorTo: id(4), parked: parked.slice(2) }));
    const waiting = await bus.readParked(A, 'probe:a', 10);
    assert.deepEqual(waiting, [parked[0], parked[2], parked[3]]);
    assert.deepEqual((await bus.readParked(A, 'probe:a', 2)).map(labelOf), ['1', '3']);
    const counts = new Map((await load(bus, A, epoch)).actors.map(({ address, parked: count }) => [address, count]));
    assert.deepEqual(
      counts,
      new Map([
        ['probe:a', 3],
        ['probe:b', 1],
      ]),
    );
    const from = { cursorFrom: id(4), cursorTo: id(4) };
    await bus.commit(commitOf(A, epoch, { ...from, unparked: [{ address: 'probe:a', count: 2 }] }));
    assert.deepEqual((await bus.readParked(A, 'probe:a', 10)).map(labelOf), ['4']);
    await bus.commit(commitOf(A, epoch, { ...from, unparked: [{ address: 'probe:a', count: 1 }] }));
    assert.deepEqual(await bus.readParked(A, 'probe:a', 10), []);
    assert.deepEqual((await bus.readParked(A, 'probe:b', 10)).map(labelOf), ['2']);
  });

  it('dead letters are read in order, put back marked as replayed and without origin, or dropped', async ({ bus, epoch, entries }) => {
    const buried = entries.slice(0, 3).map((dead, index) => {
      const origin = { shard: 9, sequence: index + 1 };
      return { entry: { ...dead, origin }, code: 'step-threw', reason: `no ${index}`, atMs: index };
    });
    await bus.commit(commitOf(A, epoch, { deadLetters: buried }));
    const letters = await bus.readDeadLetters(A, START, 10);
    assert.deepEqual(
      letters.map(({ id: _id, ...letter }) => letter),
      buried,
    );
    const [first, second, third] = letters.map(({ id }) => id);
    assert.deepEqual(
      (await bus.readDeadLetters(A, first ?? START, 1)).map(({ id }) => id),
      [second],
    );
    assert.equal(await bus.replayDeadLetter(A, first ?? ''), true);
    assert.equal(await bus.replayDeadLetter(A, first ?? ''), false);
    assert.equal(await bus.dropDeadLetter(A, second ?? ''), true);
    assert.equal(await bus.dropDeadLetter(A, second ?? ''), false);
    assert.deepEqual(
      (await bus.readDeadLetters(A, START, 10)).map(({ id }) => id),
      [third],
    );
    const back = (await readAll(bus, A)).at(-1);
    assert.deepEqual(
      [labelOf(back ?? assert.fail()), back?.to, back?.replayed, back?.origin],
      ['1', '1'.padStart(7, 'probe:'), true, undefined],
    );
    assert.deepEqual(await bus.readDeadLetters(B, START, 10), []);
  });

  it('topics are read in order, after a position, by anybody', async ({ bus, epoch }) => {
    const publishes = ['p1', 'p2', 'p3'].map((label, index) => ({
      topic: index === 1 ? 'reports' : 'plans',
      contentType: 'application/json' as const,
      body: bytes(label),
      atMs: index,
    }));
    await bus.commit(commitOf(A, epoch, { publishes }));
    const plans = await bus.readTopic('plans', START, 10);
    assert.deepEqual(
      plans.map(({ id: _id, ...published }) => published),
      [publishes[0], publishes[2]],
    );
    plans[0]?.body.fill(0);
    assert.deepEqual((await bus.readTopic('plans', START, 1)).map(labelOf), ['p1']);
    assert.deepEqual((await bus.readTopic('plans', plans[0]?.id ?? START, 10)).map(labelOf), ['p3']);
    assert.deepEqual(await bus.readTopic('nothing', START, 10), []);
  });

  it('bookmarks are kept by their name, each at its last position', async ({ bus }) => {
    assert.equal(await bus.readBookmark('reader'), undefined);
    await bus.writeBookmark('reader', '5-0');
    await bus.writeBookmark('other', '9-0');
    await bus.writeBookmark('reader', '7-0');
    assert.deepEqual([await bus.readBookmark('reader'), await bus.readBookmark('other')], ['7-0', '9-0']);
  });

  it('blobs are kept by their hash', async ({ bus }) => {
    const blob = bytes('weights');
    await bus.putBlob('h1', blob);
    blob.fill(0);
    await bus.putBlob('h1', bytes('weights'));
    assert.equal(labelOf({ body: (await bus.getBlob('h1')) ?? bytes('') }), 'weights');
    assert.equal(await bus.getBlob('h2'), undefined);
  });

  it('a new owner finds everything as the old one left it', async ({ bus, epoch, id }) => {
    const timersSet = [{ address: 'probe:a', name: 't', version: 1, dueAtMs: 5 }];
    const effects = [{ id: 'e', address: 'probe:a', executor: 'x', args: [1], notAfterMs: 5 }];
    const actors = [{ address: 'probe:a', status: ACTIVE, snapshot: bytes('s') }];
    await bus.commit(commitOf(A, epoch, { cursorTo: id(3), actors, timersSet, effects, origins: { 2: 4 } }));
    const before = await load(bus, A, epoch);
    await bus.releaseLease(A, 'n1', epoch);
    assert.deepEqual(await load(bus, A, await acquire(bus, A, 'n2')), before);
  });
}
