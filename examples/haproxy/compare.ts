/**
 * Forescale and a reactive rule side by side, each with a HAProxy and real servers of its own, under the same arrivals:
 *
 *     node --import tsx examples/haproxy/compare.ts [--warmup 110] [--measure 120] [--seed 1] [--headroom 1.2] [--past 60] [--port 18070] [--log FILE] [--json]
 *
 * Seconds; a server needs 8 s to start, the load has a period of a minute. Forescale is told the `past` minutes before, by `forescale
 * bootstrap`; the reactive rule looks back 15 s and has no use for them. `headroom` is the reserve of the reactive rule: with more of it
 * it pays for more servers, so that both can be compared at the same cost. `log` gets what `forescale up --json` tells, decisions with
 * their reasons. Needs haproxy and redis-server (Debian: apt-get install haproxy redis-server).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { createRandom } from '../../src/adapters/system/random.ts';
import { sleep } from '../../src/ports/clock.ts';
import { predictive, reactive, type Contestant } from './contestants.ts';
import { startHaproxy } from './haproxy.ts';
import { writeHistory } from './history.ts';
import { drawPast, sendLoad, type Latencies } from './load.ts';
import { startRedis } from './redis.ts';

const SLOW_MS = 250;
/** The load falls when both sides begin, so that their first server is ready for the trough. */
const BEGIN_MS = 40_000;
const START_LOOKS_MAX = 120;
const clock = createSystemClock();

interface Score {
  readonly name: string;
  readonly requests: number;
  readonly p95Ms: number;
  /** Share of requests that took longer than 250 ms, or failed. */
  readonly slowShare: number;
  readonly failed: number;
  readonly serverMinutes: number;
}

interface Order {
  readonly warmupMs: number;
  readonly measureMs: number;
  readonly seed: number;
  readonly port: number;
  readonly headroom: number;
  /** Periods of history that Forescale is told. */
  readonly past: number;
  readonly log: string | undefined;
}

interface Stoppable {
  stop(): unknown;
}

async function compare(order: Order): Promise<readonly Score[]> {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-compare-'));
  const running: Stoppable[] = [];
  try {
    return await run(order, folder, (one) => (running.push(one), one));
  } finally {
    for (const one of running.reverse()) await one.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(order: Order, folder: string, keep: <T extends Stoppable>(one: T) => T): Promise<readonly Score[]> {
  const { port, headroom, log } = order;
  const haproxies = [keep(await startHaproxy(folder, port, clock)), keep(await startHaproxy(folder, port + 1, clock))] as const;
  const redis = keep(await startRedis(folder, port + 2, clock));
  const urls = haproxies.map(({ url }) => url);
  const random = createRandom(order.seed);
  const beginMs = Math.floor(clock.nowMs() / 1_000) * 1_000;
  const history = join(folder, 'web.csv');
  writeHistory(history, drawPast(order.past, BEGIN_MS, random.fork('past')), beginMs);
  // The load goes on where the history ends; what comes before the first servers are ready is refused, and not measured.
  const load = (durationMs: number) => sendLoad(urls, { clock, random, fromMs: BEGIN_MS + clock.nowMs() - beginMs, durationMs });
  const warm = load(order.warmupMs);
  const theirs = keep(await reactive(haproxies[1], clock, port + 200, headroom));
  const ours = keep(await predictive(haproxies[0], folder, port + 100, { bus: redis.url, history, log }));
  await Promise.all([warm, ...urls.map(untilServed)]);
  const seconds = countServers([ours, theirs]);
  const latencies = await load(order.measureMs);
  const paid = seconds.stop();
  return ['predictive', 'reactive'].map((name, index) => scoreOf(name, latencies[index] ?? [], (paid[index] ?? 0) / 60));
}

/** Both begin with one server that is ready. */
async function untilServed(url: string): Promise<void> {
  for (let look = 0; look < START_LOOKS_MAX; look++) {
    const isOk = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isOk) return;
    await sleep(clock, 500);
  }
  throw new Error(`nobody serves ${url}`);
}

/** Adds up server-seconds, once a second. */
function countServers(contestants: readonly Contestant[]): { stop(): readonly number[] } {
  const sums = contestants.map(() => 0);
  let lastMs = clock.monotonicMs();
  const add = (): void => {
    const nowMs = clock.monotonicMs();
    contestants.forEach(({ servers }, index) => (sums[index] = (sums[index] ?? 0) + (servers() * (nowMs - lastMs)) / 1_000));
    lastMs = nowMs;
  };
  const next = () =>
    clock.setTimer(1_000, () => {
      add();
      timer = next();
    });
  let timer = next();
  return {
    stop() {
      timer.cancel();
      add();
      return sums;
    },
  };
}

function scoreOf(name: string, latencies: Latencies, serverMinutes: number): Score {
  const sorted = [...latencies].sort((a, b) => a - b);
  const slow = sorted.filter((latencyMs) => latencyMs > SLOW_MS).length;
  return {
    name,
    requests: sorted.length,
    p95Ms: Math.round(sorted[Math.floor(sorted.length * 0.95)] ?? 0),
    slowShare: sorted.length === 0 ? 0 : slow / sorted.length,
    failed: sorted.filter((latencyMs) => !Number.isFinite(latencyMs)).length,
    serverMinutes,
  };
}

function print([ours, theirs]: readonly Score[], past: number): void {
  if (ours === undefined || theirs === undefined) return;
  console.table(
    [ours, theirs].map(({ name, requests, p95Ms, slowShare, failed, serverMinutes }) => ({
      policy: name,
      'history told': name === 'predictive' ? `${past} minutes` : 'none needed',
      requests,
      'p95 ms': p95Ms,
      'over 250 ms': `${(slowShare * 100).toFixed(2)}%`,
      failed,
      'server-minutes': serverMinutes.toFixed(1),
    })),
  );
  const ratio = (own: number, other: number): string => (other === 0 ? 'not to be told' : (own / other).toFixed(3));
  console.log(
    `Predictive over reactive: share over 250 ms ${ratio(ours.slowShare, theirs.slowShare)}, server-minutes ${ratio(ours.serverMinutes, theirs.serverMinutes)}.`,
  );
}

const { values } = parseArgs({
  options: {
    warmup: { type: 'string', default: '110' },
    measure: { type: 'string', default: '120' },
    seed: { type: 'string', default: '1' },
    port: { type: 'string', default: '18070' },
    headroom: { type: 'string', default: '1.2' },
    past: { type: 'string', default: '60' },
    log: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const scores = await compare({
  warmupMs: Number(values.warmup) * 1_000,
  measureMs: Number(values.measure) * 1_000,
  seed: Number(values.seed),
  port: Number(values.port),
  headroom: Number(values.headroom),
  past: Number(values.past),
  log: values.log,
});
if (values.json) console.log(JSON.stringify(scores));
else print(scores, Number(values.past));
