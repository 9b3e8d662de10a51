import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '../../../src/ports/clock.ts';
import { busContract } from '../../contracts/bus.ts';
import { startMasters, type Masters } from './masters.ts';
import { clock, openBus } from './open.ts';
import { noServer } from './server.ts';

let started: Promise<Masters> | undefined;
const masters = (): Promise<Masters> => (started ??= startMasters());

if (noServer !== undefined) test('redis cluster: the contract of every bus', { skip: noServer });
else
  busContract(
    'redis cluster bus, three masters',
    async (limits = {}) => {
      const bus = await openBus((await masters()).url, limits);
      return { bus, advance: (durationMs) => sleep(clock, durationMs), dispose: () => bus.close() };
    },
    { randomRuns: 5 },
  );

test('redis cluster: a shard that moves to another master goes on there', { skip: noServer ?? false }, async () => {
  const { url, moveSlotOf } = await masters();
  const bus = await openBus(url);
  const shard = 7;
  const entry = (text: string) => ({ shard, to: 'counter:a', contentType: 'application/json' as const, body: Buffer.from(text), atMs: 0 });
  await bus.append([entry('"before"')]);
  const taken = await bus.acquireLease(shard, 'n1', { epoch: 0, beat: 0 });
  assert.equal(taken?.owner, 'n1');
  await moveSlotOf(bus.keys.shard(shard).in);
  await bus.append([entry('"after"')]);
  assert.equal(await bus.renewLease(shard, 'n1', taken.epoch), true);
  const [found] = await bus.readAfter([{ shard, after: '0-0' }], 10, 0);
  assert.deepEqual(
    found?.entries.map(({ body }) => Buffer.from(body).toString()),
    ['"before"', '"after"'],
  );
  const waiting = bus.readAfter([{ shard, after: found?.entries.at(-1)?.id ?? '0-0' }], 10, 5_000);
  await bus.append([entry('"later"')]);
  assert.equal((await waiting)[0]?.entries.length, 1);
  await bus.close();
});
