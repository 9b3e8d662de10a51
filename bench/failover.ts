/**
 * How soon a cluster of real processes on a real Redis works again: after a node was killed, while one hands over, and after Redis
 * was away. `npm run bench -- failover [ROUNDS] [WHAT]`: WHAT is `kill`, `drain` or `outage`; default all three.
 */
import { compareEntryIds, type EntryId } from '../src/ports/bus.ts';
import { sleep } from '../src/ports/clock.ts';
import type { RedisBus } from '../src/adapters/redis/bus.ts';
import type { FailoverProfile } from '../src/cluster.ts';
import { clock, openBus } from '../test/adapters/redis/open.ts';
import { startServer, type RedisServer } from '../test/adapters/redis/server.ts';
import { cursorsOf, ownersOf, startNode, startProducer, untilAllWork, type NodeProcess } from '../test/cluster/processes.ts';
import { until } from '../test/until.ts';

const NODES = 3;
const DRAIN_MS = 6_000;
const OUTAGE_MS = 3_000;

export async function run([rounds = '5', what = '']: readonly string[]): Promise<void> {
  for (const failover of ['normal', 'fast'] as const) {
    const took = await measure(failover, Number(rounds), what);
    if (took.killedMs.length > 0) console.log(`${failover}: after kill -9 each shard works again ${told(took.killedMs)}`);
    if (took.drainedMs.length > 0) console.log(`${failover}: while a node hands over a shard stands still ${told(took.drainedMs)}`);
    if (took.redisMs.length > 0) console.log(`${failover}: once Redis is back each shard works again ${told(took.redisMs)}`);
  }
}

interface Took {
  readonly killedMs: number[];
  readonly drainedMs: number[];
  readonly redisMs: number[];
}

async function measure(failover: FailoverProfile, rounds: number, what: string): Promise<Took> {
  const server = await startServer();
  const url = `${server.url}?prefix=bench`;
  const bus = await openBus(url);
  const nodes: NodeProcess[] = [];
  const join = async (): Promise<void> => {
    const node = startNode(url, `n${clock.monotonicMs()}`, failover);
    nodes.push(node);
    await node.joined;
  };
  const took: Took = { killedMs: [], drainedMs: [], redisMs: [] };
  for (let number = 0; number < NODES; number++) await join();
  const producer = startProducer(bus, 'p', 100);
  try {
    for (let round = 0; round < rounds; round++) {
      await untilShared(bus, nodes);
      if ('kill'.startsWith(what)) {
        took.killedMs.push(...(await killOne(bus, nodes)));
        await join();
        await untilShared(bus, nodes);
      }
      if ('drain'.startsWith(what)) {
        took.drainedMs.push(...(await drainOne(bus, nodes)));
        await join();
        await untilShared(bus, nodes);
      }
      if ('outage'.startsWith(what)) took.redisMs.push(...(await loseRedis(bus, server)));
    }
    return took;
  } finally {
    await producer.stop();
    for (const { child } of nodes) child.kill('SIGKILL');
    await Promise.all(nodes.map(({ exited }) => exited));
    await bus.close();
    await server.dispose();
  }
}

async function killOne(bus: RedisBus, nodes: NodeProcess[]): Promise<readonly number[]> {
  const victim = nodes.shift();
  const owners = await ownersOf(bus);
  victim?.child.kill('SIGKILL');
  await victim?.exited;
  const beganMs = clock.monotonicMs();
  const took = await firstMoves(bus, await cursorsOf(bus), beganMs);
  // Those of others went on all the time.
  return took.filter((_, shard) => owners[shard] === victim?.name);
}

/** The longest standstill of each shard that is handed over. */
async function drainOne(bus: RedisBus, nodes: NodeProcess[]): Promise<readonly number[]> {
  const victim = nodes.shift();
  const owners = await ownersOf(bus);
  victim?.child.kill('SIGTERM');
  const beganMs = clock.monotonicMs();
  let last = await cursorsOf(bus);
  const movedMs = last.map(() => beganMs);
  const longestMs = last.map(() => 0);
  while (clock.monotonicMs() - beganMs < DRAIN_MS) {
    const now = await cursorsOf(bus);
    const nowMs = clock.monotonicMs();
    now.forEach((cursor, shard) => {
      if (cursor === last[shard]) return;
      longestMs[shard] = Math.max(longestMs[shard] ?? 0, nowMs - (movedMs[shard] ?? nowMs));
      movedMs[shard] = nowMs;
    });
    last = now;
    await sleep(clock, 5);
  }
  await victim?.exited;
  return longestMs.filter((_, shard) => owners[shard] === victim?.name);
}

async function loseRedis(bus: RedisBus, server: RedisServer): Promise<readonly number[]> {
  const before = await cursorsOf(bus);
  await server.kill();
  await sleep(clock, OUTAGE_MS);
  await server.restart();
  const backMs = clock.monotonicMs();
  await until(() => bus.state.isConnected, 'connected again');
  return firstMoves(bus, before, backMs);
}

/** By shard: when it was committed to after `from`, milliseconds after `beganMs`. */
async function firstMoves(bus: RedisBus, from: readonly EntryId[], beganMs: number): Promise<readonly number[]> {
  const took = new Map<number, number>();
  while (took.size < from.length) {
    const cursors = await cursorsOf(bus).catch(() => from);
    cursors.forEach((cursor, shard) => {
      if (!took.has(shard) && compareEntryIds(cursor, from[shard] ?? '0-0') > 0) took.set(shard, clock.monotonicMs() - beganMs);
    });
    await sleep(clock, 10);
  }
  return from.map((_, shard) => took.get(shard) ?? 0);
}

async function untilShared(bus: RedisBus, nodes: readonly NodeProcess[]): Promise<void> {
  const names = nodes
    .map(({ name }) => name)
    .sort()
    .join();
  await until(async () => [...new Set(await ownersOf(bus))].sort().join() === names, 'the shards are shared', 60_000);
  await untilAllWork(bus, await cursorsOf(bus));
  // What is still moving moves by a quarter within a round.
  await sleep(clock, 8_000);
}

function told(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(0);
  return `after p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${at(1)} ms (${sorted.length} shards)`;
}
