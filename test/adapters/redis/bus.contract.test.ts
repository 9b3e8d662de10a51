import { test } from 'node:test';
import { Redis } from 'ioredis';
import { createRedisBus } from '../../../src/adapters/redis/bus.ts';
import { parseRedisUrl } from '../../../src/adapters/redis/url.ts';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import { createSystemRandom } from '../../../src/adapters/system/random.ts';
import { sleep } from '../../../src/ports/clock.ts';
import { silentLog } from '../../../src/ports/log.ts';
import { silentMeter } from '../../../src/ports/meter.ts';
import { busContract, type MakeBus } from '../../contracts/bus.ts';
import { noServer, sharedServer, startServer, type RedisServer } from './server.ts';

const clock = createSystemClock();
const random = createSystemRandom();
let made = 0;

/** A bus on keys of its own each time. */
const maker =
  (urlOf: () => Promise<string>): MakeBus =>
  async (limits = {}) => {
    made += 1;
    const settings = parseRedisUrl(`${await urlOf()}?prefix=contract${made}`, 'url', {});
    const bus = await createRedisBus({ settings, clock, random, log: silentLog, meter: silentMeter, name: 'contract', ...limits });
    return { bus, advance: (durationMs) => sleep(clock, durationMs), dispose: () => bus.close() };
  };

let cluster: Promise<RedisServer> | undefined;

/** One node that has all slots: what must not cross slots is refused by it as by many. */
async function clusterUrl(): Promise<string> {
  cluster ??= startServer({ args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'] }).then(async (server) => {
    const admin = new Redis({ port: server.port, host: '127.0.0.1' });
    await admin.call('cluster', ['addslotsrange', 0, 16_383]);
    while (!String(await admin.call('cluster', ['info'])).includes('cluster_state:ok')) await sleep(clock, 20);
    admin.disconnect();
    return server;
  });
  return (await cluster).url.replace('redis://', 'redis+cluster://');
}

if (noServer !== undefined) test('redis bus: the contract of every bus', { skip: noServer });
else {
  busContract(
    'redis bus',
    maker(async () => (await sharedServer()).url),
    { randomRuns: 25 },
  );
  busContract('redis cluster bus', maker(clusterUrl), { randomRuns: 5 });
}
