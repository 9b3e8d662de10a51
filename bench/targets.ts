/**
 * What acting costs: `npm run bench -- targets [--actions N] [--pools N] [--minutes N]` (0 leaves a part out).
 * Overhead: a real node on the memory bus; from the order of a person (an override) to the write at the target, and from the
 * answer of the target to the confirmation; the target answers at once, so that all of it is ours. Bar: p95 under 50 ms. The CPU time
 * of an action says what it takes where nobody else wants the cores.
 * Kubernetes: a node with a thousand pools, as `up` makes it, and the bundled API server, each in a process of its own, by the real
 * clock. Bars: 0.2 requests a second and pool in the steady state, 512 MiB.
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
import { parseConfig } from '../src/config/parse.ts';
import type { ConfiguredPool } from '../src/config/settings.ts';
import { createNode, type ForescaleNode } from '../src/node.ts';
import { silentLog } from '../src/ports/log.ts';
import { silentMeter } from '../src/ports/meter.ts';
import { START, type Bus } from '../src/ports/bus.ts';
import type { Target, TargetState } from '../src/ports/target.ts';
import { decodeMessage } from '../src/protocol/codec.ts';
import { builtCommand } from './cluster/command.ts';

const clock = createSystemClock();
const OVERHEAD_BAR_MS = 50;
const REQUESTS_BAR = 0.2;
const MEMORY_BAR_MIB = 512;
const WAIT_MAX_MS = 10_000;
const INTERVAL_MS = 60_000;

export async function run(args: readonly string[]): Promise<void> {
  const option = (name: string, otherwise: number): number => Number(args.includes(name) ? args[args.indexOf(name) + 1] : otherwise);
  if (option('--actions', 200) > 0) await measureOverhead(option('--actions', 200));
  if (option('--pools', 1_000) > 0) await measureKubernetes(option('--pools', 1_000), option('--minutes', 3));
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
  const cpuBefore = process.cpuUsage();
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
  const { user, system } = process.cpuUsage(cpuBefore);
  await node.stop();
  console.log(`CPU of the process: ${((user + system) / 1_000 / actions).toFixed(1)} ms an action, the looks of the bench included`);
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
  // As people run it: the loader of the sources takes 60 MiB of its own.
  builtCommand();
  const folder = mkdtempSync(join(tmpdir(), 'forescale-bench-'));
  const server = fork(programAt('targets/api-program.ts'), [String(count)], { execArgv: ['--import', 'tsx'] });
  try {
    const { url } = await answerOf<{ url: string }>(server);
    const kubeconfig = join(folder, 'config');
    writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(url)));
    await measurePools(count, minutes, kubeconfig, async () => (await ask<{ requests: number }>(server, 'count')).requests);
  } finally {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

function programAt(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

function kubeconfigOf(server: string): object {
  return {
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 'bench' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  };
}

async function answerOf<T>(program: ChildProcess): Promise<T> {
  const [message] = (await once(program, 'message')) as [T];
  return message;
}

function ask<T>(program: ChildProcess, order: string): Promise<T> {
  const answer = answerOf<T>(program);
  program.send(order);
  return answer;
}

async function measurePools(count: number, minutes: number, kubeconfig: string, requests: () => Promise<number>): Promise<void> {
  const node = fork(programAt('targets/pools-program.mjs'), [String(count), kubeconfig, String(INTERVAL_MS)], { execArgv: [] });
  const memory = async (): Promise<string> => memoryText((await ask<{ done: MemoryUse }>(node, 'memory')).done);
  try {
    const before = await memory();
    await ask(node, 'start');
    await pause(30_000);
    const idle = await memory();
    await ask(node, 'load');
    await pause(90_000);
    const requestsBefore = await requests();
    const startMs = clock.monotonicMs();
    await pause(minutes * 60_000);
    const asked = (await requests()) - requestsBefore;
    const perPool = asked / ((clock.monotonicMs() - startMs) / 1_000) / count;
    console.log(
      `${count} Kubernetes pools, ${minutes} minutes: ${asked} requests, ${perPool.toFixed(4)} a second and pool (bar ${REQUESTS_BAR}: ${perPool <= REQUESTS_BAR ? 'held' : 'missed'})`,
    );
    console.log(
      `memory of the node: ${idle} before a load was told, then ${await memory()}; without any pool: ${before} (bar ${MEMORY_BAR_MIB} MiB)`,
    );
    await ask(node, 'stop');
  } finally {
    node.kill('SIGKILL');
  }
}

type MemoryUse = Pick<NodeJS.MemoryUsage, 'rss' | 'heapUsed' | 'arrayBuffers'>;

function memoryText({ rss, heapUsed, arrayBuffers }: MemoryUse): string {
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  return `${mib(rss)} MiB resident (${mib(heapUsed)} heap, ${mib(arrayBuffers)} buffers)`;
}
