/** Entries per second from an append to committed state through the bus, against bare XADD and XREAD on the same server. */
import { Redis } from 'ioredis';
import { START, type ShardCommit } from '../src/ports/bus.ts';
import { openBus } from '../test/adapters/redis/open.ts';
import { startServer } from '../test/adapters/redis/server.ts';
import { acquire, commitOf, entry } from '../test/contracts/bus/harness.ts';

const ENTRIES = 40_000;
const BATCH = 256;
const SHARD = 3;

export async function run(): Promise<void> {
  const server = await startServer();
  const bus = await openBus(server.url);
  const bare = new Redis({ port: server.port, host: '127.0.0.1' });
  const perSecond = { bus: 0, bare: 0 };
  try {
    for (let round = 0; round < 3; round++) {
      perSecond.bare = Math.max(perSecond.bare, await timed(() => runBare(bare, `bare${round}`)));
      perSecond.bus = Math.max(perSecond.bus, await timed(() => runBus(bus)));
    }
  } finally {
    bare.disconnect();
    await bus.close();
    await server.dispose();
  }
  const ratio = (perSecond.bus / perSecond.bare).toFixed(2);
  console.log(
    `bus ${perSecond.bus.toFixed(0)}/s, bare XADD + XREAD ${perSecond.bare.toFixed(0)}/s, ratio ${ratio} (best of 3, batches of ${BATCH})`,
  );
}

/** Best of three. */
export async function bareEntriesPerSecond(port: number): Promise<number> {
  const bare = new Redis({ port, host: '127.0.0.1' });
  let best = 0;
  try {
    for (let round = 0; round < 3; round++) best = Math.max(best, await timed(() => runBare(bare, `bare${round}`)));
  } finally {
    bare.disconnect();
  }
  return best;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begunMs = performance.now();
  await work();
  return (1_000 * ENTRIES) / (performance.now() - begunMs);
}

async function runBus(bus: Awaited<ReturnType<typeof openBus>>): Promise<void> {
  const epoch = await acquire(bus, SHARD, 'bench');
  const state = await bus.loadShard(SHARD, epoch);
  let cursor = state === 'fenced' ? START : state.cursor;
  const actors: ShardCommit['actors'] = [{ address: 'probe:a', status: { kind: 'active' }, snapshot: Buffer.alloc(1_000) }];
  for (let sent = 0; sent < ENTRIES; sent += BATCH) {
    await bus.append(Array.from({ length: BATCH }, (_, index) => entry(SHARD, `observation ${sent + index}`.padEnd(200), 'probe:a')));
    const [read] = await bus.readAfter([{ shard: SHARD, after: cursor }], BATCH, 1_000);
    const cursorTo = read?.entries.at(-1)?.id ?? cursor;
    await bus.commit(commitOf(SHARD, epoch, { cursorFrom: cursor, cursorTo, actors }));
    cursor = cursorTo;
  }
  await bus.trim(SHARD, epoch, cursor);
}

async function runBare(redis: Redis, key: string): Promise<void> {
  let cursor = '0-0';
  for (let sent = 0; sent < ENTRIES; sent += BATCH) {
    const pipeline = redis.pipeline();
    for (let index = 0; index < BATCH; index++) pipeline.xadd(key, '*', 'body', `observation ${sent + index}`.padEnd(200));
    await pipeline.exec();
    const read = await redis.xread('COUNT', BATCH, 'STREAMS', key, cursor);
    cursor = read?.[0]?.[1].at(-1)?.[0] ?? cursor;
  }
  await redis.del(key);
}
