/** Nodes ask each other over a real Redis. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RedisBus } from '../../../src/adapters/redis/bus.ts';
import { createRedisPeers, type RedisPeers } from '../../../src/adapters/redis/peers.ts';
import { silentLog } from '../../../src/ports/log.ts';
import { clock, openBus } from './open.ts';
import { noServer, sharedServer } from './server.ts';
import { until } from '../../until.ts';

const skip = noServer ?? false;
const prefix = 'peers';

function peersOf(bus: RedisBus, name: string): RedisPeers {
  return createRedisPeers({ link: bus.link, prefix, name, clock, log: silentLog, others: () => [] });
}

test(
  'redis peers: a question is answered by the node that it names, and what it cannot answer is told apart from silence',
  { skip },
  async (context) => {
    const bus = await openBus(`${(await sharedServer()).url}?prefix=${prefix}`);
    const [a, b] = [peersOf(bus, 'a'), peersOf(bus, 'b')];
    context.after(async () => {
      a.close();
      b.close();
      await bus.close();
    });
    assert.deepEqual(await a.ask('b', 1), { ok: false, why: 'absent' }, 'nobody listens before it answers');
    const much = Array.from({ length: 100_000 }, (_, i) => `actor ${i}`);
    b.answer((question) => {
      if (question === 'throw') throw new Error('no');
      if (question === 'much') return much;
      if (question === 'too much') return much.join(' ').repeat(16);
      return question === 'never' ? new Promise(() => {}) : { you: question };
    });
    await until(async () => (await a.ask('b', 'x')).ok, 'b listens');
    assert.deepEqual(await a.ask('b', { x: [1, null] }), { ok: true, value: { you: { x: [1, null] } } });
    assert.deepEqual(await a.ask('b', 'much'), { ok: true, value: much });
    assert.deepEqual(await a.ask('b', 'too much'), { ok: false, why: 'failed' });
    assert.deepEqual(await a.ask('b', 'throw'), { ok: false, why: 'failed' });
    assert.deepEqual(await a.ask('b', 'never'), { ok: false, why: 'silent' });
    // What others write into its channel harms nobody.
    for (const body of ['no gzip', Buffer.alloc(0)]) await bus.link.connections.control.publish(`${prefix}:peer:b`, body);
    const all = await Promise.all(Array.from({ length: 80 }, (_, i) => a.ask('b', i)));
    assert.deepEqual([all.filter(({ ok }) => ok).length, all.slice(64).every(({ ok }) => !ok)], [64, true], 'bounded');
  },
);
