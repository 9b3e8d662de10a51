/** A Redis with a replica and three Sentinels, all real processes. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { sleep } from '../../src/ports/clock.ts';
import { clock } from '../adapters/redis/open.ts';
import { startServer, type RedisServer } from '../adapters/redis/server.ts';
import { until } from '../until.ts';

const NAME = 'main';
const SENTINELS = 3;
const QUORUM = 2;

export interface RedisGroup {
  readonly servers: readonly RedisServer[];
  readonly ports: readonly number[];
  /** Of the bus: by the Sentinels, with effects that wait for a replica. */
  readonly url: string;
  /** The one that the Sentinels call master now. */
  master(): Promise<RedisServer>;
  /** Asks a Sentinel for something. */
  ask(...words: readonly string[]): Promise<unknown>;
  /** Resolves when the replica follows the master. */
  untilReplicated(): Promise<void>;
  dispose(): Promise<void>;
}

/** `logs`: a folder in which each writes what it does; undefined: none. */
export async function startRedis(logs?: string): Promise<RedisGroup> {
  const args = ['--appendfsync', 'everysec', '--repl-diskless-sync-delay', '0', '--repl-backlog-size', '64mb'];
  const logOf = (name: string): readonly string[] =>
    logs === undefined ? [] : ['--loglevel', 'notice', '--logfile', join(logs, `${name}.log`)];
  const first = await startServer({ args: [...args, ...logOf('redis-0')], config: [] });
  const second = await startServer({ args: [...args, ...logOf('redis-1')], config: [`replicaof 127.0.0.1 ${first.port}`] });
  const servers = [first, second];
  const folder = mkdtempSync(join(tmpdir(), 'forescale-chaos-'));
  const sentinels = await Promise.all(
    Array.from({ length: SENTINELS }, async (_, i) => {
      const config = join(folder, `sentinel-${i}.conf`);
      writeFileSync(
        config,
        [
          `sentinel monitor ${NAME} 127.0.0.1 ${first.port} ${QUORUM}`,
          `sentinel down-after-milliseconds ${NAME} 1500`,
          `sentinel failover-timeout ${NAME} 5000`,
          `sentinel parallel-syncs ${NAME} 1`,
          '',
        ].join('\n'),
      );
      return startServer({ mode: 'sentinel', args: [config, ...logOf(`sentinel-${i}`)] });
    }),
  );
  const clients = sentinels.map(({ port }) => new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: 1 }));
  for (const client of clients) client.on('error', () => {});
  const [look] = clients;
  const ask = (...words: readonly string[]): Promise<unknown> => look?.call('sentinel', [...words]) ?? Promise.resolve();
  const master = async (): Promise<RedisServer> => {
    const [, port] = (await ask('get-master-addr-by-name', NAME)) as readonly string[];
    return servers.find((server) => String(server.port) === port) ?? first;
  };
  const group: RedisGroup = {
    servers,
    ports: servers.map(({ port }) => port),
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${NAME}?prefix=chaos&replicas=1`,
    master,
    ask,
    async untilReplicated() {
      await until(async () => (await replicasOf((await master()).port)) >= 1, 'the replica follows', 30_000);
    },
    async dispose() {
      for (const client of clients) client.disconnect();
      await Promise.all([...sentinels, ...servers].map((server) => server.dispose()));
    },
  };
  await group.untilReplicated();
  // They find each other by the master.
  await until(async () => String(await ask('ckquorum', NAME).catch(() => '')).startsWith('OK'), 'the Sentinels agree', 30_000);
  await sleep(clock, 500);
  return group;
}

async function replicasOf(port: number): Promise<number> {
  const client = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: 0, retryStrategy: () => null, lazyConnect: true });
  client.on('error', () => {});
  try {
    await client.connect();
    const info = await client.info('replication');
    return info.includes('role:master') ? (info.match(/state=online/g) ?? []).length : 0;
  } catch {
    return 0;
  } finally {
    client.disconnect();
  }
}
