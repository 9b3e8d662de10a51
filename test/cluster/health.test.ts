/** What a node says of itself, on a real Redis. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRedisUrl } from '../../src/adapters/redis/url.ts';
import { joinCluster } from '../../src/cluster.ts';
import { silentLog } from '../../src/ports/log.ts';
import { silentMeter } from '../../src/ports/meter.ts';
import { createRuntime } from '../../src/runtime/runtime.ts';
import { clock, random } from '../adapters/redis/open.ts';
import { noServer, startServer } from '../adapters/redis/server.ts';
import { until } from '../until.ts';

test(
  'cluster: a node is ready only while it has Redis, its shards, and no mind to leave; else it says why not',
  { skip: noServer ?? false },
  async (context) => {
    const server = await startServer();
    context.after(() => server.dispose());
    const redis = parseRedisUrl(`${server.url}?prefix=health`, 'bus', {});
    const world = { clock, random, log: silentLog, meter: silentMeter };
    const cluster = await joinCluster({
      ...world,
      redis,
      name: 'n1',
      failover: 'fast',
      config: 'c',
      pools: [],
      isNewConfig: false,
      build: 'test',
    });
    context.after(() => cluster.close());
    const { bus, settings, membership } = cluster;
    assert.deepEqual(cluster.health(), { live: true, ready: false, reason: 'it starts' });

    const { isWanted, isUrgent } = membership;
    const runtime = createRuntime({ ...world, owner: 'n1', bus, behaviors: [], executors: {}, settings, isWanted, isUrgent });
    await cluster.start(runtime);
    assert.match(cluster.health().reason ?? '', /holds none of the 64 shards/);
    await runtime.start();
    await until(() => cluster.health().ready, 'it is ready');

    await server.kill();
    await until(() => !cluster.health().ready, 'it is not ready without Redis');
    assert.match(cluster.health().reason ?? '', /Redis is not connected since \d+ s/);
    await server.restart();
    await until(() => cluster.health().ready, 'it is ready again');

    const leaving = membership.leave();
    assert.deepEqual(cluster.health(), { live: true, ready: false, reason: 'it leaves the cluster' });
    await leaving;
    await runtime.drain();
  },
);
