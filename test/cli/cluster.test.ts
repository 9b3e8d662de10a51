/** What `cluster` and `dlq` show and do on a real Redis. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRedisMembers } from '../../src/adapters/redis/members.ts';
import { A, acquire, commitOf, entry, labels } from '../contracts/bus/harness.ts';
import { clock, openBus } from '../adapters/redis/open.ts';
import { noServer, sharedServer } from '../adapters/redis/server.ts';
import { cli } from './process.ts';

const skip = noServer ?? false;

test(
  'cluster: shows who lives, what is held by nobody and what waits, and says by its exit code whether that is well',
  { skip },
  async (context) => {
    const url = `${(await sharedServer()).url}?prefix=cli-cluster`;
    const bus = await openBus(url);
    context.after(() => bus.close());
    const none = await cli(['cluster', '--bus', url]);
    assert.deepEqual([none.code, /no node has joined\nheld by nobody: 64 shards/.test(none.out)], [1, true], none.out);
    for (let shard = 0; shard < 64; shard++) await acquire(bus, shard, shard === A ? 'dead' : 'n1');
    const members = createRedisMembers(bus.link, bus.keys);
    const note = {
      weight: 2,
      isLeaving: false,
      build: '1.0',
      protocolVersion: 1,
      config: 'c',
      startedAtMs: 1,
      atMs: 1,
      shards: 64,
      isReady: true,
      eventLoopDelayMs: 3,
    };
    await members.beat({ ...note, name: 'dead', beat: 9 });
    let beat = 0;
    let isOver = false;
    const tell = (): void => {
      if (isOver) return;
      beat += 1;
      void members.beat({ ...note, name: 'n1', beat }).then(() => clock.setTimer(100, tell));
    };
    tell();
    await bus.append([entry(A, '1'), entry(A, '2')]);
    const ill = await cli(['cluster', '--bus', url]);
    assert.equal(ill.code, 1);
    assert.match(ill.out, /node n1: ready, 63 of 64 shards, version 1\.0/);
    assert.match(ill.out, /node dead: silent, 1 of 64/);
    assert.match(ill.out, /waiting entries: 2,/);
    await acquire(bus, A, 'n1');
    const well = await cli(['cluster', '--bus', url, '--json']);
    isOver = true;
    assert.equal(well.code, 0);
    const shown = JSON.parse(well.out) as { readonly shards: readonly { readonly owner: string; readonly epoch: number }[] };
    assert.deepEqual([shown.shards[A]?.owner, shown.shards[A]?.epoch], ['n1', 2]);
  },
);

test('dlq: letters are listed, shown, put back and dropped', { skip }, async (context) => {
  const url = `${(await sharedServer()).url}?prefix=cli-dlq`;
  const bus = await openBus(url);
  context.after(() => bus.close());
  assert.equal((await cli(['dlq', 'list', '--bus', url])).out, 'There are no dead letters.');
  const epoch = await acquire(bus, A, 'n1');
  const deadLetters = ['x', 'y', 'z'].map((label) => ({
    entry: { ...entry(A, label), id: '1-1' },
    code: 'step-threw',
    reason: `because of ${label}`,
    atMs: 5,
  }));
  await bus.commit(commitOf(A, epoch, { deadLetters }));
  const listed = (await cli(['dlq', 'list', '--bus', url])).out.split('\n');
  assert.equal(listed.length, 3);
  assert.match(listed[0] ?? '', /^3\/\d+-\d+ {2}1970-01-01T00:00:00\.005Z {2}to probe:x {2}step-threw: because of x$/);
  const names = listed.map((line) => line.split(' ')[0] ?? '');
  const shown = await cli(['dlq', 'show', names[1] ?? '', '--bus', url, '--json']);
  assert.deepEqual([shown.code, (JSON.parse(shown.out) as { readonly reason: string }).reason], [0, 'because of y']);
  assert.equal((await cli(['dlq', 'replay', names[0] ?? '', '--bus', url])).code, 0);
  assert.deepEqual(await labels(bus, A), ['x']);
  assert.equal((await cli(['dlq', 'drop', names[2] ?? '', '--bus', url])).code, 0);
  assert.equal((await cli(['dlq', 'list', '--bus', url])).out.split('\n').length, 1);
  assert.deepEqual((await cli(['dlq', 'drop', names[2] ?? '', '--bus', url])).code, 1);
  for (const args of [['eat'], ['show'], ['show', '64/1-1'], ['drop', 'x'], ['list', '3/1-1']])
    assert.equal((await cli(['dlq', ...args, '--bus', url])).code, 2, args.join(' '));
});
