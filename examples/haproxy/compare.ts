/**
 * Forescale and a reactive rule side by side, each with a HAProxy and real servers of its own, under the same arrivals:
 *
 *     node --import tsx examples/haproxy/compare.ts [--warmup 240] [--measure 180] [--seed 1] [--headroom 1.2] [--port 18070] [--json]
 *
 * Seconds; a server needs 8 s to start, the load has a period of a minute. `headroom` is the reserve of the reactive rule: with more of it
 * it pays for more servers, so that both can be compared at the same cost. Needs haproxy (Debian: apt-get install haproxy).
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
import { sendLoad, type Latencies } from './load.ts';

const SLOW_MS = 250;
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

async function compare(warmupMs: number, measureMs: number, seed: number, port: number, headroom: number): Promise<readonly Score[]> {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-compare-'));
  const haproxies = [await startHaproxy(folder, port, clock), await startHaproxy(folder, port + 1, clock)] as const;
  const contestants: readonly Contestant[] = [
    predictive(haproxies[0], folder, port + 100),
    await reactive(haproxies[1], clock, port + 200, headroom),
  ];
  try {
    const urls = haproxies.map(({ url }) => url);
    await Promise.all(urls.map(untilServed));
    const random = createRandom(seed);
    await sendLoad(urls, { clock, random, fromMs: 0, durationMs: warmupMs });
    const seconds = countServers(contestants);
    const latencies = await sendLoad(urls, { clock, random, fromMs: warmupMs, durationMs: measureMs });
    const paid = seconds.stop();
    return ['predictive', 'reactive'].map((name, index) => scoreOf(name, latencies[index] ?? [], (paid[index] ?? 0) / 60));
  } finally {
    await Promise.all(contestants.map((contestant) => contestant.stop()));
    for (const haproxy of haproxies) haproxy.stop();
    rmSync(folder, { recursive: true, force: true });
  }
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

const { values } = parseArgs({
  options: {
    warmup: { type: 'string', default: '240' },
    measure: { type: 'string', default: '180' },
    seed: { type: 'string', default: '1' },
    port: { type: 'string', default: '18070' },
    headroom: { type: 'string', default: '1.2' },
    json: { type: 'boolean', default: false },
  },
});
const scores = await compare(
  Number(values.warmup) * 1_000,
  Number(values.measure) * 1_000,
  Number(values.seed),
  Number(values.port),
  Number(values.headroom),
);
if (values.json) console.log(JSON.stringify(scores));
else
  console.table(
    scores.map(({ name, requests, p95Ms, slowShare, failed, serverMinutes }) => ({
      policy: name,
      requests,
      'p95 ms': p95Ms,
      'over 250 ms': `${(slowShare * 100).toFixed(2)}%`,
      failed,
      'server-minutes': serverMinutes.toFixed(1),
    })),
  );
