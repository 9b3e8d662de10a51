/**
 * Observations through a real Redis into committed analyzers, on the built command: `npm run bench -- throughput [SECONDS]`.
 * Two thousand producers of one pool, each with an analyzer of four resources, told by one process; every observation goes to the
 * producer's analyzer and to the pool's total. Bars: 10,000 a second with its ratio to a bare XADD and XREAD of as many entries;
 * 99% committed within 50 ms of being told at half of that.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisBus } from '../src/adapters/redis/bus.ts';
import { compareEntryIds } from '../src/ports/bus.ts';
import { sleep } from '../src/ports/clock.ts';
import { silentLog } from '../src/ports/log.ts';
import { silentMeter } from '../src/ports/meter.ts';
import { createBufferedAppend, type BufferedAppend } from '../src/producer/buffered-append.ts';
import { createPublisher, type Publisher } from '../src/producer/index.ts';
import { plaAddress, shardOf } from '../src/protocol/address.ts';
import { clock, openBus } from '../test/adapters/redis/open.ts';
import { startServer } from '../test/adapters/redis/server.ts';
import { cursorsOf } from '../test/cluster/processes.ts';
import { builtCommand } from './cluster/command.ts';
import { bareEntriesPerSecond } from './redis.ts';
import { until } from '../test/until.ts';

const POOL = 'web';
const INTERVAL_MS = 1_000;
const PRODUCERS = 2_000;
const BAR_PER_SECOND = 10_000;
const LATENCY_BAR_MS = 50;
/** Every analyzer has its forecasters then, and code is compiled. */
const WARM_INTERVALS = 70;
const SLICE = 100;
/** The streams are filled so far ahead of what is committed, at the most. */
const AHEAD_MAX_MS = 500;
/** The intervals that are told are of the past, or too fast a node would be told of the future. */
const BACK_MS = 50 * 60_000;

const CONFIG = `pools:
  ${POOL}:
    interval: 1s
    staleAfter: 2h
    capacity: { requestsPerSecond: 1000000 }
    target: { kind: command, command: [echo, '{"requestedReplicas":2,"readyReplicas":2}'] }
`;

export async function run([seconds = '20']: readonly string[]): Promise<void> {
  const command = builtCommand();
  const server = await startServer();
  const folder = mkdtempSync(join(tmpdir(), 'forescale-throughput-'));
  const config = join(folder, 'config.yaml');
  writeFileSync(config, CONFIG);
  const url = `${server.url}?prefix=throughput`;
  const bus = await openBus(url);
  const node = spawn(process.execPath, [command, 'up', '--config', config, '--bus', url, '--inspector', 'off', '--json'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await until(async () => (await bus.readLeases()).every(({ owner }) => owner !== ''), 'the node holds all shards', 60_000);
    await measure(bus, Number(seconds), () => bareEntriesPerSecond(server.port));
  } finally {
    node.kill('SIGKILL');
    await bus.close();
    await server.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(bus: RedisBus, seconds: number, bare: () => Promise<number>): Promise<void> {
  const crowd = startCrowd(bus);
  await crowd.tell(WARM_INTERVALS * PRODUCERS, Infinity);
  await crowd.committed();
  const beginMs = clock.monotonicMs();
  let told = 0;
  while (clock.monotonicMs() - beginMs < seconds * 1_000) {
    await crowd.tell(PRODUCERS, Infinity);
    told += PRODUCERS;
  }
  await crowd.committed();
  const perSecond = (1_000 * told) / (clock.monotonicMs() - beginMs);
  const barePerSecond = await bare();
  console.log(
    `${told} observations of ${PRODUCERS} producers, two entries each: ${perSecond.toFixed(0)} a second (bar ${BAR_PER_SECOND}: ${perSecond >= BAR_PER_SECOND ? 'held' : 'missed'}), ` +
      `bare XADD + XREAD ${barePerSecond.toFixed(0)} entries a second, ratio of entries ${((2 * perSecond) / barePerSecond).toFixed(3)}`,
  );
  const latenciesMs: number[] = [];
  const over = new AbortController();
  const watching = watchLatency(bus, crowd, latenciesMs, over.signal);
  await crowd.tell((seconds * BAR_PER_SECOND) / 2, BAR_PER_SECOND / 2);
  over.abort();
  await watching;
  const p99 = at(latenciesMs, 0.99);
  console.log(
    `at ${BAR_PER_SECOND / 2} a second, told until committed, ${latenciesMs.length} samples: p50 ${at(latenciesMs, 0.5).toFixed(1)} ms, ` +
      `p99 ${p99.toFixed(1)} ms (bar ${LATENCY_BAR_MS}: ${p99 < LATENCY_BAR_MS ? 'held' : 'missed'}), most ${at(latenciesMs, 1).toFixed(1)} ms`,
  );
}

interface Crowd {
  /** Tells so many observations, at most `perSecond`. */
  tell(count: number, perSecond: number): Promise<void>;
  /** Resolves when all that was told is committed. */
  committed(): Promise<void>;
  readonly append: BufferedAppend;
}

function startCrowd(bus: RedisBus): Crowd {
  const append = createBufferedAppend({ bus, clock, log: silentLog, meter: silentMeter });
  const publishers = Array.from({ length: PRODUCERS }, (_, i) =>
    createPublisher({ bus: append, clock, pool: POOL, producer: `p${i}`, incarnation: clock.nowMs() }),
  );
  const startMs = Math.floor((clock.nowMs() - BACK_MS) / 60_000) * 60_000;
  let told = 0;
  const tellSlice = (): void => {
    const intervalStartMs = startMs + Math.floor(told / PRODUCERS) * INTERVAL_MS;
    for (let i = told % PRODUCERS; i < (told % PRODUCERS) + SLICE; i++)
      (publishers[i] as Publisher).publish(observation(i, intervalStartMs));
    told += SLICE;
  };
  const shard = shardOf(plaAddress(POOL, null));
  /** How much later the last entry of the total's stream came than the last that is committed. */
  const aheadMs = async (): Promise<number> => timeOf(await newest(bus, shard)) - timeOf(await cursorOf(bus, shard));
  return {
    append,
    async tell(count, perSecond) {
      const beginMs = clock.monotonicMs();
      for (let done = 0; done < count; done += SLICE) {
        const waitMs = beginMs + (1_000 * done) / perSecond - clock.monotonicMs();
        await sleep(clock, Math.max(0, waitMs));
        if (perSecond === Infinity && done % 1_000 === 0)
          while (append.waiting > 1_000 || (await aheadMs()) > AHEAD_MAX_MS) await sleep(clock, 2);
        tellSlice();
      }
    },
    async committed() {
      await append.flush(60_000);
      const last = await Promise.all(Array.from({ length: 64 }, (_, shard) => newest(bus, shard)));
      const isTaken = async (): Promise<boolean> =>
        (await cursorsOf(bus)).every((cursor, shard) => compareEntryIds(cursor, last[shard] ?? '0-0') >= 0);
      await until(isTaken, 'everything is committed', 120_000);
    },
  };
}

/** Samples the total, which sees every observation: from the moment before one is looked for until its shard has committed it. */
async function watchLatency(bus: RedisBus, { append }: Crowd, into: number[], signal: AbortSignal): Promise<void> {
  const shard = shardOf(plaAddress(POOL, null));
  while (!signal.aborted) {
    // What waits in this process was told before now, so nothing of the way is left out.
    const toldMs = clock.monotonicMs();
    await append.flush(1_000);
    const last = await newest(bus, shard);
    while (compareEntryIds(await cursorOf(bus, shard), last) < 0) await sleep(clock, 1);
    into.push(clock.monotonicMs() - toldMs);
    await sleep(clock, 17, signal);
  }
}

async function newest({ link, keys }: RedisBus, shard: number): Promise<string> {
  const [entry] = await link.connections.control.xrevrange(keys.shard(shard).in, '+', '-', 'COUNT', 1);
  return entry?.[0] ?? '0-0';
}

async function cursorOf({ link, keys }: RedisBus, shard: number): Promise<string> {
  return (await link.connections.control.hget(keys.shard(shard).meta, 'cursor')) ?? '0-0';
}

/** The milliseconds in the id of an entry. */
function timeOf(id: string): number {
  return Number(id.split('-')[0]);
}

function observation(number: number, intervalStartMs: number): Parameters<Publisher['publish']>[0] {
  const requests = Math.round(50 + 40 * Math.sin(intervalStartMs / 60_000 + number));
  return {
    pool: POOL,
    producer: `p${number}`,
    intervalStartMs,
    intervalMs: INTERVAL_MS,
    load: { requests, cpuSeconds: requests / 200, memoryBytes: 1e8, networkBytes: requests * 1e4 },
    byType: {},
    bySource: { distinct: 1, top: [] },
  };
}

function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
