/**
 * What producers cost one node: `forescale up`, built, over a real Redis, and producers of one pool that each tell their load every 5 s.
 * Bars for 10,000 of them over ten minutes: memory does not grow, the event loop is late by less than 50 ms (99th percentile), an
 * interval is taken within the interval. CPU over the number of producers is to be a line. The resident set holds garbage, too: what is
 * left after a collection says whether memory grows. At last the node is killed, and another rebuilds its analyzers.
 *
 * `npm run bench -- producers [COUNTS] [MINUTES]`: COUNTS separated by commas (default 1,10,100,1000,10000), MINUTES of each (default 2).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisBus } from '../src/adapters/redis/bus.ts';
import { compareEntryIds } from '../src/ports/bus.ts';
import { sleep } from '../src/ports/clock.ts';
import { createPublisher, type Publisher } from '../src/producer/index.ts';
import { clock, openBus } from '../test/adapters/redis/open.ts';
import { startServer } from '../test/adapters/redis/server.ts';
import { cursorsOf } from '../test/cluster/processes.ts';
import { builtCommand } from './cluster/command.ts';
import { heldBytesOf, LOOP_PROBE, loopDelayOf } from './cluster/loop-probe.ts';
import { until } from '../test/until.ts';

const POOL = 'web';
const INTERVAL_MS = 5_000;
/** To come to rest: actors begin, code is compiled, and the series of a minute, which single producers have, begin with its end. */
const WARM_MINUTES = 3;
/** Services do not tell at the same millisecond: they are spread over this part of the interval. */
const SPREAD_MS = 2_000;
const SLICES = 50;
const COUNTS = '1,10,100,1000,10000';
/** Another node has the analyzers of a dead one rebuilt by then. */
const TAKEN_WITHIN_MS = 900_000;
const MIB = 1_048_576;
/** Linux counts CPU time in hundredths of a second. */
const TICK_MS = 10;

const CONFIG = `pools:
  ${POOL}:
    interval: 5s
    capacity: { requestsPerSecond: 10000 }
    target: { kind: command, command: [echo, '{"requestedReplicas":2,"readyReplicas":2}'] }
`;

export async function run([counts = COUNTS, minutes = '2']: readonly string[]): Promise<void> {
  console.log(
    'producers | CPU of the node | CPU of Redis | loop late, p99 and most | interval taken after, median and most | memory by the minute | held after a collection, at first and at last | killed, another has taken everything after',
  );
  const command = builtCommand();
  for (const count of counts.split(',').map(Number)) console.log(await measure(command, count, Number(minutes)));
}

async function measure(command: string, count: number, minutes: number): Promise<string> {
  const server = await startServer();
  const folder = mkdtempSync(join(tmpdir(), 'forescale-producers-'));
  const config = join(folder, 'config.yaml');
  writeFileSync(config, CONFIG);
  const url = `${server.url}?prefix=producers`;
  const bus = await openBus(url);
  const nodes = [startNode(command, config, url)];
  try {
    await until(async () => (await bus.readLeases()).every(({ owner }) => owner !== ''), 'the node holds all shards', 60_000);
    const publishers = Array.from({ length: count }, (_, i) =>
      createPublisher({ bus, clock, pool: POOL, producer: `p${i}`, incarnation: clock.nowMs() }),
    );
    const watched = await watch({ publishers, minutes, bus, node: nodes[0] as ChildProcess, redisPid: server.pid });
    const killedMs = clock.monotonicMs();
    nodes[0]?.kill('SIGKILL');
    nodes.push(startNode(command, config, url));
    await tell(publishers, bus);
    return `${watched} | ${((clock.monotonicMs() - killedMs) / 1_000).toFixed(1)} s`;
  } finally {
    for (const node of nodes) node.kill('SIGKILL');
    await bus.close();
    await server.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

function startNode(command: string, config: string, url: string): ChildProcess {
  const args = ['--import', LOOP_PROBE, command, 'up', '--config', config, '--bus', url, '--inspector', 'off', '--json'];
  return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

interface Watched {
  readonly publishers: readonly Publisher[];
  readonly minutes: number;
  readonly bus: RedisBus;
  readonly node: ChildProcess;
  readonly redisPid: number;
}

async function watch({ publishers, minutes, bus, node, redisPid }: Watched): Promise<string> {
  const pid = node.pid ?? 0;
  const lagsMs: number[] = [];
  const memoryMb: number[] = [];
  const heldMb: number[] = [];
  const perMinute = 60_000 / INTERVAL_MS;
  const warm = WARM_MINUTES * perMinute;
  const intervals = warm + minutes * perMinute;
  let begun = { atMs: 0, nodeMs: 0, redisMs: 0 };
  for (let interval = 0; interval < intervals; interval++) {
    if (interval === warm) {
      begun = { atMs: clock.monotonicMs(), nodeMs: cpuMs(pid), redisMs: cpuMs(redisPid) };
      heldMb.push((await heldBytesOf(node)) / MIB);
    }
    if (interval >= warm && (interval - warm) % perMinute === 0) memoryMb.push(residentMb(pid));
    await sleep(clock, INTERVAL_MS - (clock.nowMs() % INTERVAL_MS));
    const lagMs = await tell(publishers, bus);
    if (interval >= warm) lagsMs.push(lagMs);
  }
  memoryMb.push(residentMb(pid));
  const { p99Ms, mostMs } = await loopDelayOf(node);
  const passedMs = clock.monotonicMs() - begun.atMs;
  const usedMs = { node: cpuMs(pid) - begun.nodeMs, redis: cpuMs(redisPid) - begun.redisMs };
  heldMb.push((await heldBytesOf(node)) / MIB);
  const slowest = Math.ceil((lagsMs.indexOf(Math.max(...lagsMs)) + 1) / perMinute);
  const share = (ms: number): string => `${((100 * ms) / passedMs).toFixed(1)}%`;
  return [
    String(publishers.length),
    share(usedMs.node),
    share(usedMs.redis),
    `${p99Ms.toFixed(0)} and ${mostMs.toFixed(0)} ms`,
    `${at(lagsMs, 0.5)} and ${at(lagsMs, 1)} ms (minute ${slowest})`,
    `${memoryMb.map((mb) => mb.toFixed(0)).join(' ')} MiB`,
    `${heldMb.map((mb) => mb.toFixed(0)).join(' and ')} MiB`,
  ].join(' | ');
}

/** All tell the interval that has just ended. Resolves with how long it took from the last word until everything was committed. */
async function tell(publishers: readonly Publisher[], bus: RedisBus): Promise<number> {
  const endMs = Math.floor(clock.nowMs() / INTERVAL_MS) * INTERVAL_MS;
  const slice = Math.ceil(publishers.length / SLICES);
  for (let first = 0; first < publishers.length; first += slice) {
    const waitMs = endMs + (SPREAD_MS * first) / publishers.length - clock.nowMs();
    if (waitMs > 0) await sleep(clock, waitMs);
    for (const [i, publisher] of publishers.slice(first, first + slice).entries()) publisher.publish(observation(first + i, endMs));
  }
  await Promise.all(publishers.map((publisher) => publisher.flush()));
  const saidMs = clock.monotonicMs();
  const last = await newest(bus);
  const isTaken = async (): Promise<boolean> =>
    (await cursorsOf(bus)).every((cursor, shard) => compareEntryIds(cursor, last[shard] ?? '0-0') >= 0);
  await until(isTaken, 'everything is committed', TAKEN_WITHIN_MS);
  return clock.monotonicMs() - saidMs;
}

function observation(number: number, endMs: number): Parameters<Publisher['publish']>[0] {
  const requests = Math.round(50 + 40 * Math.sin(endMs / 60_000 + number));
  return {
    pool: POOL,
    producer: `p${number}`,
    intervalStartMs: endMs - INTERVAL_MS,
    intervalMs: INTERVAL_MS,
    load: { requests, cpuSeconds: requests / 200, memoryBytes: 1e8, networkBytes: requests * 1e4 },
    byType: {},
    bySource: { distinct: 1, top: [] },
  };
}

/** The latest entry of every shard's stream. */
async function newest({ link, keys }: RedisBus): Promise<readonly string[]> {
  const { control } = link.connections;
  const found = await Promise.all(Array.from({ length: 64 }, (_, shard) => control.xrevrange(keys.shard(shard).in, '+', '-', 'COUNT', 1)));
  return found.map(([entry]) => entry?.[0] ?? '0-0');
}

function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return TICK_MS * (Number(fields[11]) + Number(fields[12]));
}

function residentMb(pid: number): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1_024;
}

function at(values: readonly number[], share: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(0);
}
