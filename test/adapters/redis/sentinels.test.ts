/** Which master is taken where Sentinels disagree, as they do during every failover. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { RedisBus } from '../../../src/adapters/redis/bus.ts';
import { nodesOf } from '../../../src/adapters/redis/link.ts';
import { openBus } from './open.ts';
import { noServer, startServer, type RedisServer } from './server.ts';
import { until } from '../../until.ts';

const skip = noServer ?? false;

interface Disagreement {
  readonly url: string;
  /** Called master by the Sentinel that has not heard of the failover. */
  readonly deposed: RedisServer;
  readonly promoted: RedisServer;
  /** The Sentinel that knows better. */
  readonly informed: RedisServer;
}

/** Two Sentinels, each with its own view of who `main` is. They watch different servers, so neither ever hears of the other. */
async function disagree(context: TestContext): Promise<Disagreement> {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-sentinels-'));
  const [deposed, promoted] = await Promise.all([startServer(), startServer()]);
  const sentinelOf = ({ port }: RedisServer, configEpoch: number): Promise<RedisServer> => {
    const config = join(folder, `${configEpoch}.conf`);
    writeFileSync(config, `sentinel monitor main 127.0.0.1 ${port} 2\nsentinel config-epoch main ${configEpoch}\n`);
    return startServer({ mode: 'sentinel', args: [config] });
  };
  const [stale, informed] = await Promise.all([sentinelOf(deposed, 3), sentinelOf(promoted, 4)]);
  context.after(async () => {
    await Promise.all([deposed, promoted, stale, informed].map((server) => server.dispose()));
    rmSync(folder, { recursive: true, force: true });
  });
  const url = `redis+sentinel://127.0.0.1:${stale.port},127.0.0.1:${informed.port}/main`;
  return { url, deposed, promoted, informed };
}

/** The ports of the servers that all connections of a node are to. */
async function portsOf({ link: { connections } }: RedisBus): Promise<readonly number[]> {
  const infos = await Promise.all(Object.values(connections).flatMap((client) => nodesOf(client).map((node) => node.info())));
  return [...new Set(infos.map((info) => Number(/tcp_port:(\d+)/.exec(info)?.[1])))];
}

test('redis Sentinels: the one with the latest configuration is believed, wherever it stands in the list', { skip }, async (context) => {
  const { url, promoted } = await disagree(context);
  const bus = await openBus(url);
  context.after(() => bus.close());
  assert.deepEqual(await portsOf(bus), [promoted.port]);
});

test('redis Sentinels: a master that turns out to be deposed is left, though it calls itself master', { skip }, async (context) => {
  const { url, deposed, promoted, informed } = await disagree(context);
  informed.signal('SIGSTOP');
  const bus = await openBus(url);
  context.after(() => bus.close());
  assert.deepEqual(await portsOf(bus), [deposed.port]);
  informed.signal('SIGCONT');
  await until(async () => (await portsOf(bus).catch(() => [])).join() === String(promoted.port), 'every connection is to the master');
  await until(() => bus.state.isConnected, 'the bus knows that it is connected');
});
