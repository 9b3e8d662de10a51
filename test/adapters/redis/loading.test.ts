/** A server that reads its files when it is back is asked again soon, whatever it expects: its first guess may be far off. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { openBus } from './open.ts';
import { noServer, startServer } from './server.ts';
import { until } from '../../until.ts';

test('Redis: a server that guessed badly how long it loads is used as soon as it has loaded', { skip: noServer ?? false }, async () => {
  // A millisecond for each key: it is slow over the small ones, and takes the large one that follows for as slow.
  const server = await startServer({ args: ['--key-load-delay', '1000', '--loading-process-events-interval-bytes', '1024'] });
  const bus = await openBus(server.url);
  try {
    const client = new Redis(server.port, '127.0.0.1');
    const small = client.pipeline();
    for (let key = 0; key < 2_500; key++) small.set(`small:${key}`, 'x');
    await small.exec();
    await client.set('large', Buffer.alloc(50e6));
    client.disconnect();
    await server.restart();
    await until(() => bus.state.isConnected, 'connected again', 4_000);
    assert.equal((await bus.readLeases()).length, 64);
  } finally {
    await bus.close();
    await server.dispose();
  }
});
