/** What only a bus over Redis can meet: foreign writers, wrong types, a server that goes, comes back, or is replaced. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Redis } from 'ioredis';
import { BusError, START } from '../../../src/ports/bus.ts';
import { silentLog } from '../../../src/ports/log.ts';
import { silentMeter } from '../../../src/ports/meter.ts';
import { decodeMessage } from '../../../src/protocol/codec.ts';
import { A, B, acquire, commitOf, entry, labelOf, labels, readAll } from '../../contracts/bus/harness.ts';
import { clock, openBus } from './open.ts';
import { noServer, sharedServer, startServer, type RedisServer } from './server.ts';
import { until } from '../../until.ts';

const skip = noServer ?? false;

function adminOf(context: TestContext, { port }: RedisServer): Redis {
  const admin = new Redis({ port, host: '127.0.0.1' });
  context.after(() => admin.disconnect());
  return admin;
}

const isUnavailable = (error: unknown): boolean => error instanceof BusError && error.code === 'unavailable';

test('redis bus: what a foreigner writes into a stream comes out as an entry that no reader takes', { skip }, async (context) => {
  const server = await sharedServer();
  const bus = await openBus(server.url);
  context.after(() => bus.close());
  const stream = bus.keys.shard(A).in;
  const admin = adminOf(context, server);
  await admin.xadd(stream, '*', 'hello', 'world');
  await admin.xadd(stream, '*', 'to', 'pla:web', 'type', 'xml', 'body', '<a/>');
  await admin.xadd(stream, '*', 'to', 'pla:web', 'type', 'json', 'body', '{}', 'at', 'soon', 'origin', 'x', 'sequence', '-1');
  await bus.append([entry(A, 'ours')]);
  const read = await readAll(bus, A);
  assert.deepEqual(
    read.map(({ to }) => to),
    ['', 'pla:web', 'pla:web', 'probe:ours'],
  );
  assert.match(labelOf(read[0] ?? assert.fail()), /hello.*world/);
  assert.deepEqual([read[2]?.origin, Number.isFinite(read[2]?.atMs)], [undefined, true]);
  for (const foreign of read.slice(0, 3)) assert.equal(decodeMessage(foreign.body, foreign.contentType).ok, false);
});

test('redis bus: a key that holds something else is named before anything is done', { skip }, async (context) => {
  const server = await sharedServer();
  const bus = await openBus(server.url);
  context.after(() => bus.close());
  const admin = adminOf(context, server);
  const epoch = await acquire(bus, A, 'n1');
  await admin.set(bus.keys.shard(A).timers, 'a text');
  await assert.rejects(bus.loadShard(A, epoch), (error) => {
    assert.ok(error instanceof BusError);
    assert.match(error.message, /\{s3\}:timers holds a string, wanted a hash/);
    return true;
  });
  assert.notEqual(await bus.loadShard(B, await acquire(bus, B, 'n1')), 'fenced', 'other shards go on');
});

test('redis bus: a server that forgot the scripts is sent them again', { skip }, async (context) => {
  const server = await sharedServer();
  const bus = await openBus(server.url);
  context.after(() => bus.close());
  await bus.append([entry(A, '1')]);
  await adminOf(context, server).script('FLUSH');
  await bus.append([entry(A, '2')]);
  assert.deepEqual(await labels(bus, A), ['1', '2']);
});

test('redis bus: beyond its bound a stream loses its oldest entries, counted and told', { skip }, async (context) => {
  const told: unknown[] = [];
  const counted: [string, number | undefined][] = [];
  const log = { ...silentLog, error: (fields: unknown) => void told.push(fields) };
  const meter = { ...silentMeter, count: (name: string, _labels?: unknown, amount?: number) => void counted.push([name, amount]) };
  const bus = await openBus((await sharedServer()).url, { streamEntriesMax: 10, log, meter });
  context.after(() => bus.close());
  const epoch = await acquire(bus, A, 'n1');
  const many = (count: number, shard: number) => Array.from({ length: count }, (_, index) => entry(shard, `${index}`));
  await bus.commit(commitOf(A, epoch, { sends: many(45, A) }));
  assert.deepEqual((await labels(bus, A))[0], '5');
  await bus.trim(A, epoch, START);
  await bus.trim(A, epoch, START);
  await bus.commit(commitOf(A, epoch, { sends: many(41, B) }));
  await bus.relay(A, epoch);
  assert.equal((await labels(bus, B)).length, 40);
  assert.deepEqual(told, [
    { shard: A, lost: 5 },
    { shard: B, lost: 1 },
  ]);
  assert.deepEqual(counted, [
    ['forescale_bus_lost_entries_total', 5],
    ['forescale_bus_lost_entries_total', 1],
  ]);
});

test('redis bus: while the server is gone every call fails soon; when it is back nothing is missing', { skip }, async (context) => {
  // With `everysec` a disk that is busy may hold back the last acknowledged writes for a moment.
  const server = await startServer({ args: ['--appendfsync', 'always'] });
  context.after(() => server.dispose());
  const bus = await openBus(server.url);
  context.after(() => bus.close());
  const changes: boolean[] = [];
  bus.link.onChange((isConnected) => void changes.push(isConnected));
  await bus.append([entry(A, 'before')]);
  const before = await acquire(bus, A, 'n1');
  const waiting = assert.rejects(bus.readAfter([{ shard: B, after: START }], 5, 60_000), isUnavailable);
  await server.kill();
  await waiting;
  await assert.rejects(bus.append([entry(A, 'lost')]), isUnavailable);
  await until(() => !bus.state.isConnected, 'told that the server is gone');
  await server.restart();
  await until(() => bus.state.isConnected, 'connected again');
  assert.deepEqual(changes, [false, true]);
  assert.deepEqual(await labels(bus, A), ['before']);
  assert.equal(await bus.renewLease(A, 'n1', before), true, 'a lease outlives a restart');
  const [lease] = (await bus.readLeases()).filter(({ shard }) => shard === A);
  const taken = await bus.acquireLease(A, 'n2', lease ?? assert.fail());
  assert.ok((taken?.epoch ?? 0) >= before + 2 ** 20, 'epochs that the old server may have lost are never given again');
});

test('redis bus: a server that hangs is given up, and used again when it goes on', { skip }, async (context) => {
  const server = await startServer();
  context.after(() => server.dispose());
  const bus = await openBus(server.url);
  context.after(() => bus.close());
  server.signal('SIGSTOP');
  await assert.rejects(bus.append([entry(A, 'x')]), isUnavailable);
  server.signal('SIGCONT');
  await until(
    () =>
      bus.append([entry(A, 'y')]).then(
        () => true,
        () => false,
      ),
    'used again',
  );
});

test('redis bus: on a promoted replica leases are taken only when every old holder has noticed', { skip }, async (context) => {
  const [master, replica] = [await startServer(), await startServer()];
  context.after(() => Promise.all([master.dispose(), replica.dispose()]));
  const bus = await openBus(`${master.url}?prefix=p`);
  context.after(() => bus.close());
  const old = await acquire(bus, A, 'n1');
  const admin = adminOf(context, replica);
  await admin.replicaof('127.0.0.1', master.port);
  await until(async () => (await admin.hget(bus.keys.shard(A).lease, 'owner')) === 'n1', 'replicated');
  await assert.rejects(openBus(`${replica.url}?prefix=p`), /role: wanted a master, found slave/);
  await admin.replicaof('NO', 'ONE');
  const quietMs = 400;
  const later = await openBus(`${replica.url}?prefix=p`, { quietMs });
  context.after(() => later.close());
  const seen = (await later.readLeases()).find(({ shard }) => shard === A) ?? assert.fail();
  const beganMs = clock.monotonicMs();
  assert.equal(await later.acquireLease(A, 'n2', seen), undefined);
  let epoch: number | undefined;
  await until(async () => {
    epoch = (await later.acquireLease(A, 'n2', seen))?.epoch;
    return epoch !== undefined;
  }, 'taken in the end');
  assert.ok(clock.monotonicMs() - beganMs >= quietMs);
  assert.ok((epoch ?? 0) >= old + 2 ** 20);
});

test('redis bus: a commit with effects that no replica confirms is counted and goes on', { skip }, async (context) => {
  const counted: string[] = [];
  const meter = { ...silentMeter, count: (name: string) => void counted.push(name) };
  const bus = await openBus(`${(await sharedServer()).url}?replicas=1`, { meter });
  context.after(() => bus.close());
  const epoch = await acquire(bus, A, 'n1');
  const effects = [{ id: 'e', address: 'probe:a', executor: 'x', args: null, notAfterMs: 5 }];
  assert.equal(await bus.commit(commitOf(A, epoch, { effects })), 'committed');
  assert.equal(await bus.commit(commitOf(A, epoch)), 'committed');
  assert.deepEqual(counted, ['forescale_bus_unreplicated_commits_total']);
});
