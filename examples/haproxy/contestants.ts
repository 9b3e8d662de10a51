/** Two ways to scale the same service behind a HAProxy each. */
import { spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createHaproxyBalancer } from '../../src/adapters/haproxy/balancer.ts';
import { createRuntimeApi } from '../../src/adapters/haproxy/runtime-api.ts';
import { createLocalTarget } from '../../src/adapters/local/target.ts';
import { createRandom } from '../../src/adapters/system/random.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { silentLog } from '../../src/ports/log.ts';
import type { RunningHaproxy } from './haproxy.ts';
import { tellHistory } from './history.ts';

export interface Contestant {
  /** Servers that are asked for now, starting ones included: what is paid for. */
  readonly servers: () => number;
  stop(): Promise<void>;
}

/** What one server serves a second: it works 40 ms on each request, and at four fifths of that nobody waits long. */
const CAPACITY = 20;
const SERVERS_MAX = 10;
const WINDOW_SECONDS = 15;
const SERVICE = fileURLToPath(new URL('service.mjs', import.meta.url));
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Watching {
  /** Where the pool is told its history. */
  readonly bus: string;
  /** The load until now, as a trace. */
  readonly history: string;
  /** Gets every line that `forescale up` tells. */
  readonly log: string | undefined;
}

/** `forescale bootstrap` and `forescale up`, as anybody would run them. */
export async function predictive(haproxy: RunningHaproxy, folder: string, fromPort: number, watching: Watching): Promise<Contestant> {
  const file = join(folder, 'forescale.yaml');
  writeFileSync(file, configOf(haproxy, fromPort));
  const { told, taken } = tellHistory(MAIN, watching.history, watching.bus);
  await told;
  const flags = ['--config', file, '--bus', watching.bus, '--json', '--inspector', 'off'];
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'up', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  let servers = 1;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (watching.log !== undefined) appendFileSync(watching.log, `${line}\n`);
    const told = JSON.parse(line) as { readonly kind: string; readonly requested?: number };
    if (told.kind === 'tick') servers = told.requested ?? servers;
  });
  const stop = async (): Promise<void> => {
    const gone = new Promise((resolve) => void child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  };
  await taken.catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { servers: () => servers, stop };
}

/** Horizons, windows and the lead time at the scale of a period of a minute; the bounds and the capacity are those of the other side. */
function configOf(haproxy: RunningHaproxy, fromPort: number): string {
  return `pools:
  web:
    interval: 1s
    review: 1s
    # From a decision to a replica that serves: the least that covers it counts.
    horizons: [10s, 11s, 12s, 14s, 18s]
    # Nobody waits in a second that is a little short: a server is planned for ${CAPACITY} requests, and works off 25.
    objective: 0.2
    capacity: { requestsPerSecond: ${CAPACITY} }
    replicas: { min: 1, max: ${SERVERS_MAX} }
    leadTime: { p50: 9s, p95: 10s }
    # To start a process costs next to nothing.
    breakEven: 1s
    reactive: { window: 5s, headroom: 1 }
    scaleDown: { stabilizationWindow: 5s }
    producerTimeout: 5s
    trainEvery: 60s
    confirmEvery: 500ms
    observe: 5s
    target:
      kind: haproxy
      socket: ${haproxy.socket}
      backend: web
      command: [${process.execPath}, ${SERVICE}]
      healthPath: /healthz
      portRange: { from: ${fromPort}, to: ${fromPort + 2 * SERVERS_MAX} }
`;
}

/** The usual rule: the most that was asked for lately, and a reserve on top. It looks back 15 s, so a history would tell it nothing. */
export async function reactive(haproxy: RunningHaproxy, clock: Clock, fromPort: number, headroom: number): Promise<Contestant> {
  const api = createRuntimeApi({ path: haproxy.socket }, clock);
  const balancer = createHaproxyBalancer({
    api,
    clock,
    log: silentLog,
    pool: 'web',
    backend: 'web',
    url: haproxy.url,
    connectionsMax: undefined,
  });
  const target = createLocalTarget({
    pools: [
      {
        pool: 'web',
        program: { kind: 'command', command: [process.execPath, SERVICE] },
        env: {},
        minReplicas: 1,
        maxReplicas: SERVERS_MAX,
        initialReplicas: 1,
        listenPort: 0,
        portRange: { from: fromPort, to: fromPort + 2 * SERVERS_MAX },
        healthPath: '/healthz',
        startTimeoutMs: 60_000,
        drainMs: 10_000,
        waitMs: 5_000,
      },
    ],
    clock,
    random: createRandom('reactive'),
    log: silentLog,
    balancerOf: () => balancer,
  });
  await target.start();
  const rates: number[] = [];
  let servers = 1;
  let generation = 0;
  let last: number | undefined;
  const decide = async (): Promise<void> => {
    const total = await balancer.arrived();
    if (total !== undefined && last !== undefined && total >= last) rates.push(total - last);
    last = total;
    if (rates.length > WINDOW_SECONDS) rates.shift();
    const wanted = Math.ceil((Math.max(0, ...rates) * headroom) / CAPACITY);
    const replicas = Math.min(SERVERS_MAX, Math.max(1, wanted));
    if (replicas === servers) return;
    generation += 1;
    const scaled = await target.scale({ pool: 'web', replicas, expectedReplicas: servers, generation });
    if (scaled.ok) servers = replicas;
  };
  const everySecond = (): void => {
    timer = clock.setTimer(1_000, () => {
      everySecond();
      void decide();
    });
  };
  let timer = clock.setTimer(0, () => {});
  everySecond();
  return {
    servers: () => servers,
    async stop() {
      timer.cancel();
      await target.stop();
    },
  };
}
