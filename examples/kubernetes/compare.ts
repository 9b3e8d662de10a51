/**
 * A Deployment whose pods take 60 s to become ready, under an HPA alone and with Forescale's floor beside it, under the same demand:
 * `node --import tsx examples/kubernetes/compare.ts [--hours H] [--speed N] [--real] [--json]`. With `--real`: on a real kube-apiserver
 * with its controllers and scheduler, where test/kubernetes/build-binaries.sh has put the programs, 30 times as fast; otherwise on the
 * bundled API server, controllers and HPA, over real HTTP, 120 times as fast. The first half of the time is for learning and not counted.
 */
import { createRandom } from '../../src/adapters/system/random.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { CAPACITY, startCluster, type ExampleCluster } from './cluster.ts';
import { findBinaries } from '../../test/kubernetes/binaries.ts';
import { fastClock } from './fast-clock.ts';
import { runForescale } from './forescale.ts';
import { startRealCluster } from './real-cluster.ts';

interface Score {
  readonly name: string;
  /** Of the time that counts: fewer ready pods than the demand needs, percent. */
  readonly shortPercent: number;
  /** Requests that no ready pod was there for, percent of all. */
  readonly lostPercent: number;
  readonly podHours: number;
  /** The highest that `minReplicas` of the HPA was. */
  readonly floorMost: number;
}

const START_MS = 1_760_000_400_000;
const HOUR_MS = 3_600_000;
const LOOK_MS = 5_000;

const option = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(name);
  return at === -1 ? otherwise : Number(process.argv[at + 1]);
};
const hours = option('--hours', 8);
const isReal = process.argv.includes('--real');
const speed = option('--speed', isReal ? 30 : 120);

/** Each hour a rush: up within three minutes, then falling; with noise of a twentieth that is the same for both. */
function demandAt(timeMs: number): number {
  const minute = ((timeMs - START_MS) / 60_000) % 60;
  const rush = minute < 3 ? minute / 3 : minute < 20 ? 1 - (minute - 3) / 25 : Math.max(0, 0.32 - (minute - 20) / 60);
  const noise = createRandom(Math.floor(timeMs / 60_000)).next() - 0.5;
  return (60 + 340 * rush) * (1 + 0.1 * noise);
}

type OpenCluster = (clock: Clock, namespace: string, demand: () => number) => Promise<ExampleCluster>;

async function contest(name: string, isBeside: boolean, open: OpenCluster): Promise<Score> {
  const clock = fastClock(speed, START_MS);
  const cluster = await open(clock, isBeside ? 'floor' : 'alone', () => demandAt(clock.nowMs()));
  const beside = isBeside ? await runForescale(cluster, clock, demandAt) : undefined;
  try {
    return { name, ...(await score(clock, cluster)) };
  } finally {
    await beside?.stop();
    await cluster.stop();
  }
}

/** Looks every five seconds; each look stands for the time since the last. */
async function score(clock: Clock, cluster: Pick<ExampleCluster, 'ready' | 'asked' | 'floor'>): Promise<Omit<Score, 'name'>> {
  const endMs = START_MS + hours * HOUR_MS;
  const fromMs = START_MS + (hours / 2) * HOUR_MS;
  const sums = { timeMs: 0, shortMs: 0, demand: 0, lost: 0, podMs: 0, floorMost: 0 };
  let lastMs = clock.nowMs();
  while (lastMs < endMs) {
    await new Promise<void>((resolve) => void clock.setTimer(LOOK_MS, resolve));
    const nowMs = clock.nowMs();
    const passedMs = nowMs - lastMs;
    lastMs = nowMs;
    if (nowMs < fromMs) continue;
    const demand = demandAt(nowMs);
    const missing = Math.max(0, demand - cluster.ready() * CAPACITY);
    sums.timeMs += passedMs;
    if (missing > 0) sums.shortMs += passedMs;
    sums.demand += demand * passedMs;
    sums.lost += missing * passedMs;
    sums.podMs += cluster.asked() * passedMs;
    sums.floorMost = Math.max(sums.floorMost, cluster.floor());
  }
  return {
    shortPercent: (100 * sums.shortMs) / sums.timeMs,
    lostPercent: (100 * sums.lost) / sums.demand,
    podHours: sums.podMs / HOUR_MS,
    floorMost: sums.floorMost,
  };
}

async function compare(): Promise<readonly Score[]> {
  const both = (open: OpenCluster) => Promise.all([contest('HPA alone', false, open), contest('HPA with our floor', true, open)]);
  if (!isReal) return both((clock, _namespace, demand) => startCluster(clock, demand));
  const binaries = findBinaries(process.env);
  if ('length' in binaries) throw new Error(`no real API server here; missing: ${binaries.join(', ')}`);
  const cluster = await startRealCluster(binaries, speed);
  try {
    return await both((_clock, namespace, demand) => cluster.contestant(namespace, demand));
  } finally {
    await cluster.stop();
  }
}

const scores = await compare();
if (process.argv.includes('--json')) console.log(JSON.stringify(scores));
else
  for (const { name, shortPercent, lostPercent, podHours, floorMost } of scores)
    console.log(
      `${name.padEnd(20)} too few ready pods ${shortPercent.toFixed(1).padStart(5)}% of the time, for ${lostPercent.toFixed(2).padStart(5)}% of the requests; ${podHours.toFixed(1)} pod-hours, floor up to ${floorMost}`,
    );
