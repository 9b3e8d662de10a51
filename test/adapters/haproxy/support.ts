/** A real HAProxy with one backend without servers, and processes behind it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHaproxyBalancer, type HaproxyBalancer } from '../../../src/adapters/haproxy/balancer.ts';
import { createRuntimeApi, type RuntimeApi } from '../../../src/adapters/haproxy/runtime-api.ts';
import type { LocalPoolSettings } from '../../../src/adapters/local/settings.ts';
import { createLocalTarget, type LocalTarget } from '../../../src/adapters/local/target.ts';
import { createRandom } from '../../../src/adapters/system/random.ts';
import { silentLog } from '../../../src/ports/log.ts';
import { missingProgram } from '../debian-package.ts';
import { clock, poolSettings } from '../local/support.ts';
import { until } from '../../until.ts';

export const noHaproxy: string | undefined = missingProgram('haproxy', ['haproxy'], '-v');
if (noHaproxy !== undefined) console.log(`SKIPPED: tests of the haproxy target: ${noHaproxy}`);

export interface Haproxy {
  readonly url: string;
  readonly socket: string;
  readonly api: RuntimeApi;
  readonly balancer: (backend?: string) => HaproxyBalancer;
  readonly target: (change?: Partial<LocalPoolSettings>, balancer?: HaproxyBalancer) => LocalTarget;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

let nextPort = 29_000 + (process.pid % 300) * 3;

export async function startHaproxy(): Promise<Haproxy> {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-haproxy-'));
  const socket = join(folder, 'admin.sock');
  const port = nextPort++;
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, configOf(socket, port));
  const api = createRuntimeApi({ path: socket }, clock);
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const targets: LocalTarget[] = [];
  const balancer = (backend = 'web'): HaproxyBalancer =>
    createHaproxyBalancer({ api, clock, log: silentLog, pool: 'web', backend, url, connectionsMax: undefined });
  const haproxy: Haproxy = {
    url,
    socket,
    api,
    balancer,
    target(change = {}, given = balancer()) {
      const settings = poolSettings(change);
      const target = createLocalTarget({ pools: [settings], clock, random: createRandom(1), log: silentLog, balancerOf: () => given });
      targets.push(target);
      return target;
    },
    async kill() {
      const gone = new Promise((resolve) => child?.once('exit', resolve));
      child?.kill('SIGKILL');
      await gone;
      rmSync(socket, { force: true });
    },
    async start() {
      child = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
      // The socket is in the folder a moment before anybody listens on it.
      const isUp = (): Promise<boolean> =>
        api.ask('show info').then(
          (info) => info !== '',
          () => false,
        );
      await until(isUp, 'HAProxy listens');
    },
    async close() {
      await Promise.all(targets.map((target) => target.stop()));
      await haproxy.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await haproxy.start();
  return haproxy;
}

function configOf(socket: string, port: number): string {
  return `global
    stats socket ${socket} mode 600 level admin
    nbthread 1
defaults
    mode http
    timeout connect 1s
    timeout client 30s
    timeout server 30s
    timeout queue 5s
    option redispatch
    retries 2
frontend front
    bind 127.0.0.1:${port}
    default_backend web
backend web
    balance leastconn
    option httpchk GET /healthz
    http-check expect status 200
`;
}
