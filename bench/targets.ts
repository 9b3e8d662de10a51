/**
 * What acting costs: `npm run bench -- targets [--actions N] [--pools N] [--minutes N]`.
 * Overhead: a real node on the memory bus; from the order of a person (an override) to the write at the target, and from the
 * answer of the target to the confirmation; the target answers at once, so that all of it is ours. Bar: p95 under 50 ms.
 * Kubernetes: a node with a thousand pools against the bundled API server in a process of its own, by the real clock, from config
 * to watch. Bars: 0.2 requests a second and pool in the steady state, 512 MiB.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInlineCompute } from '../src/adapters/compute/inline-compute.ts';
import { createMemoryBus } from '../src/adapters/memory/bus.ts';
import { createSystemClock } from '../src/adapters/system/clock.ts';
import { createRandom } from '../src/adapters/system/random.ts';
import { createRemoteTargets } from '../src/cli/up/targets.ts';
import { parseConfig } from '../src/config/parse.ts';
import type { ConfiguredPool } from '../src/config/settings.ts';
import { createNode, type ForescaleNode } from '../src/node.ts';
import { silentLog } from '../src/ports/log.ts';
import { silentMeter } from '../src/ports/meter.ts';
import { START, type Bus } from '../src/ports/bus.ts';
import type { Target, TargetState } from '../src/ports/target.ts';
import { decodeMessage } from '../src/protocol/codec.ts';

const clock = createSystemClock();
const OVERHEAD_BAR_MS = 50;
const REQUESTS_BAR = 0.2;
const MEMORY_BAR_MIB = 512;
const WAIT_MAX_MS = 10_000;
const INTERVAL_MS = 60_000;

export async function run(args: readonly string[]): Promise<void> {
  const option = (name: string, otherwise: number): number => Number(args.includes(name) ? args[args.indexOf(name) + 1] : otherwise);
  await measureOverhead(option('--actions', 200));
  await measureKubernetes(option('--pools', 1_000), option('--minutes', 3));
}

function nodeOf(pools: readonly ConfiguredPool[], bus: Bus, targets: (pool: string) => Target | undefined): ForescaleNode {
  const root = { replicasMax: Number.POSITIVE_INFINITY, priorities: {} };
  const random = createRandom('bench');
  return createNode({
    name: 'bench',
    bus,
    clock,
    random,
    log: silentLog,
    meter: silentMeter,
    pools,
    root,
    targets,
    compute: createInlineCompute(),
  });
}

function poolsOf(yaml: string): readonly ConfiguredPool[] {
  const parsed = parseConfig(yaml, 'bench');
  if (!parsed.ok) throw parsed.error;
  return parsed.settings.pools;
}

async function measureOverhead(actions: number): Promise<void> {
  const pools = poolsOf(
    'pools: { web: { interval: 1m, capacity: { requestsPerSecond: 10 }, replicas: { min: 1, max: 100 }, observe: 1s, autonomy: { level: full } } }',
  );
  const bus = createMemoryBus({ clock });
  const target = instantTarget();
  const node = nodeOf(pools, bus, () => target);
  const isConfirmed = confirmations(bus);
  await node.start();
  const toWrite: number[] = [];
  const toConfirmation: number[] = [];
  for (let i = 0; i < actions; i += 1) {
    const replicas = 2 + (i % 2);
    const startMs = clock.monotonicMs();
    const expiresAtMs = clock.nowMs() + 600_000;
    await node.control({ pool: 'web', command: 'override', replicas, expiresAtMs, by: 'bench', reason: 'bench' });
    const generation = await until(() => (target.now().requestedReplicas === replicas ? target.now().generation : undefined));
    const { writtenMs } = target;
    toWrite.push(writtenMs - startMs);
    await until(() => isConfirmed(generation));
    toConfirmation.push(clock.monotonicMs() - writtenMs);
  }
  await node.stop();
  tell('from an order to the write at the target', toWrite);
  tell('from the answer of the target to the confirmation', toConfirmation);
}

/** Does what it is told at once. */
function instantTarget(): Target & { readonly writtenMs: number; now(): TargetState } {
  let state: TargetState = { pool: 'web', requestedReplicas: 1, readyReplicas: 1, generation: 0, observedAtMs: clock.nowMs() };
  let writtenMs = 0;
  return {
    kind: 'instant',
    capabilities: {
      scale: true,
      precondition: true,
      generation: 'with-write',
      bounds: false,
      confirm: 'ready',
      drain: false,
      resize: false,
      quota: false,
    },
    get: async () => ({ ok: true, value: state }),
    async scale({ pool, replicas, generation }) {
      writtenMs = clock.monotonicMs();
      state = { pool, requestedReplicas: replicas, readyReplicas: replicas, generation, observedAtMs: clock.nowMs() };
      return { ok: true, value: state };
    },
    now: () => state,
    get writtenMs() {
      return writtenMs;
    },
  };
}

/** Looks at what was published since it last looked, so that the look itself costs next to nothing. */
function confirmations(bus: Bus): (generation: number) => Promise<true | undefined> {
  let seen = START;
  return async (generation) => {
    const entries = await bus.readTopic('actions', seen, 1_000);
    seen = entries.at(-1)?.id ?? seen;
    const isThere = entries.some(({ body, contentType }) => {
      const decoded = decodeMessage(body, contentType);
      return decoded.ok && decoded.message.name === 'confirmation' && decoded.message.data.generation === generation;
    });
    return isThere ? true : undefined;
  };
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const endMs = clock.monotonicMs() + WAIT_MAX_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (clock.monotonicMs() > endMs) throw new Error(`not within ${WAIT_MAX_MS} ms`);
    await pause(1);
  }
}

function memory(): string {
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return `${mib(rss)} MiB resident (${mib(heapUsed)} heap, ${mib(arrayBuffers)} buffers)`;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void clock.setTimer(ms, resolve));

function tell(what: string, samples: readonly number[]): void {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const isHeld = at(0.95) < OVERHEAD_BAR_MS ? 'held' : 'missed';
  console.log(
    `${what}, ${sorted.length} actions: median ${at(0.5).toFixed(1)} ms, p95 ${at(0.95).toFixed(1)} ms (bar ${OVERHEAD_BAR_MS}: ${isHeld}), longest ${at(1).toFixed(1)} ms`,
  );
}

async function measureKubernetes(count: number, minutes: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-bench-'));
  const program = fileURLToPath(new URL('targets/api-program.ts', import.meta.url));
  const server = fork(program, [String(count)], { execArgv: ['--import', 'tsx'] });
  try {
    const { url } = await answerOf<{ url: string }>(server);
    const kubeconfig = join(folder, 'config');
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        'current-context': 'c',
        clusters: [{ name: 'c', cluster: { server: url } }],
        users: [{ name: 'u', user: { token: 'bench' } }],
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      }),
    );
    await measurePools(count, minutes, kubeconfig, () => {
      const answer = answerOf<{ requests: number }>(server);
      server.send('count');
      return answer.then(({ requests }) => requests);
    });
  } finally {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

async function answerOf<T>(server: ChildProcess): Promise<T> {
  const [message] = (await once(server, 'message')) as [T];
  return message;
}

async function measurePools(count: number, minutes: number, kubeconfig: string, requests: () => Promise<number>): Promise<void> {
  const before = memory();
  const lines = Array.from(
    { length: count },
    (_, i) =>
      `  web-${i}: { interval: 1m, capacity: { requestsPerSecond: 10 }, replicas: { min: 2, max: 9 }, autonomy: { level: full }, target: { kind: kubernetes, workload: Deployment/web-${i}, kubeconfig: ${kubeconfig} } }`,
  );
  const pools = poolsOf(`pools:\n${lines.join('\n')}\n`);
  const remote = createRemoteTargets(pools, { clock, random: createRandom('targets'), log: silentLog });
  const node = nodeOf(pools, createMemoryBus({ clock }), (pool) => remote.of(pool));
  await remote.start();
  await node.start();
  await pause(30_000);
  const idle = memory();
  const observing = observeEvery(INTERVAL_MS, pools, node);
  await pause(90_000);
  const requestsBefore = await requests();
  const startMs = clock.monotonicMs();
  await pause(minutes * 60_000);
  const asked = (await requests()) - requestsBefore;
  const perPool = asked / ((clock.monotonicMs() - startMs) / 1_000) / count;
  const isHeld = perPool <= REQUESTS_BAR ? 'held' : 'missed';
  console.log(
    `${count} Kubernetes pools, ${minutes} minutes: ${asked} requests, ${perPool.toFixed(4)} a second and pool (bar ${REQUESTS_BAR}: ${isHeld})`,
  );
  const busy = memory();
  console.log(
    `memory of the process: ${idle} before a load was told, then ${busy}; without any pool: ${before} (bar ${MEMORY_BAR_MIB} MiB)`,
  );
  observing.cancel();
  await node.stop();
  await remote.stop();
}

/** A load that two replicas can take, told by one producer of each pool. */
function observeEvery(intervalMs: number, pools: readonly ConfiguredPool[], node: ForescaleNode): { cancel(): void } {
  const load = { requests: (15 * intervalMs) / 1_000, cpuSeconds: 0, memoryBytes: 0, networkBytes: 0 };
  const common = { intervalMs, load, byType: {}, bySource: { distinct: 1, top: [] } };
  let sequence = 0;
  const tellAll = async (): Promise<void> => {
    sequence += 1;
    const intervalStartMs = (Math.floor(clock.nowMs() / intervalMs) - 1) * intervalMs;
    const origin = { incarnation: 1, sequence };
    await Promise.all(pools.map(({ pool }) => node.observe({ pool, producer: 'p', intervalStartMs, ...common }, origin)));
  };
  const timer = setInterval(() => void tellAll(), intervalMs);
  return { cancel: () => clearInterval(timer) };
}
