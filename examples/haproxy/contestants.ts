/** Two ways to scale the same service behind a HAProxy each. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
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

/** `forescale up` as anybody would run it. */
export function predictive(haproxy: RunningHaproxy, folder: string, fromPort: number): Contestant {
  const file = join(folder, 'forescale.yaml');
  writeFileSync(
    file,
    `pools:
  web:
    interval: 1s
    review: 1s
    horizons: [10s, 20s, 40s]
    capacity: { requestsPerSecond: ${CAPACITY} }
    replicas: { min: 1, max: ${SERVERS_MAX} }
    leadTime: { p50: 9s, p95: 12s }
    reactive: { window: ${WINDOW_SECONDS}s }
    scaleDown: { stabilizationWindow: 10s }
    target:
      kind: haproxy
      socket: ${haproxy.socket}
      backend: web
      command: [${process.execPath}, ${SERVICE}]
      healthPath: /healthz
      portRange: { from: ${fromPort}, to: ${fromPort + 2 * SERVERS_MAX} }
`,
  );
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'up', '--config', file, '--json', '--inspector', 'off'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let servers = 1;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const told = JSON.parse(line) as { readonly kind: string; readonly requested?: number };
    if (told.kind === 'tick') servers = told.requested ?? servers;
  });
  return {
    servers: () => servers,
    async stop() {
      const gone = new Promise((resolve) => void child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** The usual rule: the most that was asked for lately, and a reserve on top. */
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
