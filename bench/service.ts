/**
 * What Forescale costs the services that it watches, and how soon its commands are there. Needs `npm run build` before. Bars:
 * throughput of a bare Fastify server at most 1% less, memory 10 MiB, start-up 50 ms, 1 KB/s on the wire at 1,000 requests/s,
 * 5,000 series each 15 s at under half a core, `--help` in 150 ms, `up` ready in 2 s.
 */
import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { createAgent } from '../src/agent/index.ts';
import { createSystemClock } from '../src/adapters/system/clock.ts';
import { sleep } from '../src/ports/clock.ts';
import { silentLog } from '../src/ports/log.ts';
import { silentMeter } from '../src/ports/meter.ts';
import { createPublisher, createRecorder } from '../src/producer/index.ts';
import type { NewEntry } from '../src/ports/bus.ts';
import type { Observation } from '../src/protocol/observation.ts';

const clock = createSystemClock();
const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MAIN = file('../dist/src/cli/main.js');

export async function run(args: readonly string[]): Promise<void> {
  const parts: Readonly<Record<string, () => Promise<void> | void>> = { throughput, hook, footprint, wire, agent, commands };
  for (const [name, part] of Object.entries(parts)) if (args.length === 0 || args.includes(name)) await part();
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;

const KINDS = ['bare', 'hook', 'sdk'] as const;
type Kind = (typeof KINDS)[number];

async function cpuSeconds(child: ChildProcess): Promise<number> {
  child.send('cpu');
  const [{ cpu }] = (await once(child, 'message')) as [{ cpu: NodeJS.CpuUsage }];
  return (cpu.user + cpu.system) / 1e6;
}

/** Short rounds, and many: the machine changes its pace within a second, and what two servers differ by is found in the same moment. */
const ROUNDS = 50;
const WARM_ROUNDS = 4;
const LOAD_SECONDS = 1;

/**
 * The servers are loaded in turns, so that all meet the same machine. Beside requests a second, the CPU time of a request: it does not
 * depend on who else uses the cores. A hook that does nothing tells what Fastify itself asks for one.
 */
async function throughput(): Promise<void> {
  const child = fork(file('./service/server.mjs'), { execArgv: [] });
  const [ports] = (await once(child, 'message')) as [Record<Kind, number>];
  const rates: Record<Kind, number[]> = { bare: [], hook: [], sdk: [] };
  const costs: Record<Kind, number[]> = { bare: [], hook: [], sdk: [] };
  for (let round = -WARM_ROUNDS; round < ROUNDS; round += 1) {
    for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
      const before = await cpuSeconds(child);
      const url = `http://127.0.0.1:${ports[kind]}/items/1`;
      const startMs = clock.monotonicMs();
      const { requests } = await autocannon({ url, connections: 10, duration: LOAD_SECONDS, pipelining: 1 });
      const tookMs = clock.monotonicMs() - startMs;
      const used = (await cpuSeconds(child)) - before;
      // The first rounds only warm up.
      if (round < 0) continue;
      rates[kind].push((requests.total / tookMs) * 1_000);
      costs[kind].push((used / requests.total) * 1e6);
    }
  }
  child.kill();
  const against = (kind: Kind, of: Readonly<Record<Kind, number[]>>): number[] =>
    of.bare.map((bare, i) => (of[kind][i] ?? Number.NaN) / bare - 1);
  const change = (value: number): string => `${value < 0 ? '' : '+'}${percent(value)}`;
  for (const kind of KINDS) {
    const loss = against(kind, rates);
    const spread = [0.25, 0.75].map((at) => change(loss.toSorted((a, b) => a - b)[Math.floor(at * ROUNDS)] ?? Number.NaN)).join(' to ');
    console.log(
      `${kind}: ${median(rates[kind]).toFixed(0)} requests/s, ${median(costs[kind]).toFixed(2)} us of CPU each; median of a round against bare: throughput ${change(median(loss))} (bar -1%; half of the rounds ${spread}), CPU ${change(median(against(kind, costs)))}`,
    );
  }
}

const told = (program: string): Record<string, number> =>
  JSON.parse(execFileSync(process.execPath, [file(program)], { encoding: 'utf8' })) as Record<string, number>;

/** Beside `throughput`, what can be told on a machine that others use, too. */
function hook(): void {
  const runs = Array.from({ length: 3 }, () => told('./service/hook.mjs')['ns'] ?? Number.NaN);
  console.log(`hook of a Fastify server, in a loop: ${median(runs).toFixed(0)} ns of CPU a request`);
}

function footprint(): void {
  const runs = Array.from({ length: 5 }, () => told('./service/footprint.mjs'));
  const of = (key: string): number => median(runs.map((run) => run[key] ?? Number.NaN));
  console.log(`SDK start-up: ${of('startedMs').toFixed(1)} ms (bar 50), CPU ${of('startCpuMs').toFixed(1)} ms`);
  console.log(
    `SDK memory after a million sources: held ${(of('heldBytes') / 1_048_576).toFixed(2)} MiB (bar 10), resident set +${(of('rssBytes') / 1_048_576).toFixed(1)} MiB`,
  );
}

/** Told by one producer in this time, at least: where tables wait, they come within it. */
const TOLD_SECONDS = 120;

/** A thousand requests a second of 32 types and many sources, as a publisher sends them: all messages, averaged. */
async function wire(): Promise<void> {
  for (const intervalSeconds of [60, 5, 4, 3, 2, 1]) {
    const bus = await bytesASecond(intervalSeconds, 'bus');
    const queue = await bytesASecond(intervalSeconds, 'queue');
    console.log(
      `wire, interval ${intervalSeconds} s: ${bus.toFixed(0)} bytes/s packed over Redis, ${queue.toFixed(0)} bytes/s as JSON on a queue (bar 1,000)`,
    );
  }
}

async function bytesASecond(intervalSeconds: number, carrier: 'bus' | 'queue'): Promise<number> {
  let bytes = 0;
  const append = (entries: readonly NewEntry[]): Promise<void> => {
    // On a queue one message is for all receivers.
    for (const body of new Set(entries.map((entry) => entry.body))) bytes += body.length;
    return Promise.resolve();
  };
  const contentType = carrier === 'bus' ? 'application/msgpack' : 'application/json';
  const who = { pool: 'shop', producer: 'web-7f9c4d-x2x1' };
  const publisher = createPublisher({ ...who, bus: { append }, clock, incarnation: 1, carrier, contentType });
  const told: Observation[] = [];
  const figures = { cpuSeconds: 1.234_567, memoryBytes: 123_456_789, eventLoopDelayMs: 1.234 };
  const recorder = createRecorder({
    ...who,
    intervalMs: intervalSeconds * 1_000,
    process: () => figures,
    emit: (one) => told.push(one),
  });
  const startMs = 1_767_600_000_000;
  const seconds = Math.max(TOLD_SECONDS, intervalSeconds);
  for (let i = 0; i < seconds * 1_000; i += 1)
    recorder.record(startMs + i, 0.0012 + i * 1e-9, 12_345.5, 1_234, `203.0.113.${i % 5_000}`, `GET:/api/items/${i % 32}`);
  recorder.flush(startMs + seconds * 1_000);
  for (const observation of told) {
    publisher.publish(observation);
    await publisher.flush();
  }
  return bytes / seconds;
}

/** 5,000 series, scraped once a second instead of each 15 s; the CPU of one reading counts. */
async function agent(): Promise<void> {
  let count = 0;
  const child = spawn(process.execPath, [file('./service/metrics.mjs'), '5000'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const kind = {
    name: 'scrape',
    urls: [line],
    everyMs: 1_000,
    requests: { metric: 'http_requests_total', match: {} },
    typeLabel: 'route',
  } as const;
  const running = createAgent({
    sources: [{ pool: 'shop', intervalMs: 1_000, latenessMs: 2_000, kind }],
    bus: { append: (entries) => Promise.resolve(void (count += entries.length / 2)) },
    clock,
    log: silentLog,
    meter: silentMeter,
  });
  await running.start();
  await sleep(clock, 5_000);
  const before = process.cpuUsage();
  const first = count;
  await sleep(clock, 20_000);
  const { user, system } = process.cpuUsage(before);
  await running.stop();
  child.kill();
  const readings = Math.max(1, count - first);
  const ms = (user + system) / 1_000 / readings;
  console.log(
    `agent: 5,000 series read in ${ms.toFixed(1)} ms of CPU (${readings} readings); each 15 s ${percent(ms / 15_000)} of a core (bar 50%)`,
  );
}

async function commands(): Promise<void> {
  const runs = Array.from({ length: 15 }, () => {
    const startMs = clock.monotonicMs();
    execFileSync(process.execPath, [MAIN, '--help'], { stdio: 'ignore' });
    return clock.monotonicMs() - startMs;
  });
  console.log(`forescale --help: ${median(runs).toFixed(0)} ms, least ${Math.min(...runs).toFixed(0)} ms (bar 150)`);
  const ready: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    const startMs = clock.monotonicMs();
    const child = spawn(process.execPath, [MAIN, 'up', '--json', '--inspector', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(createInterface({ input: child.stdout }), 'line');
    ready.push(clock.monotonicMs() - startMs);
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
  console.log(`forescale up: ready in ${median(ready).toFixed(0)} ms, least ${Math.min(...ready).toFixed(0)} ms (bar 2,000)`);
}
