import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { LocalPoolSettings } from '../../../src/adapters/local/settings.ts';
import { createLocalTarget, type LocalTarget, type LocalTargetOptions } from '../../../src/adapters/local/target.ts';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import { createRandom } from '../../../src/adapters/system/random.ts';
import { silentLog } from '../../../src/ports/log.ts';
import { until } from '../../until.ts';

export const clock = createSystemClock();
export const SERVICE = fileURLToPath(new URL('service.mjs', import.meta.url));

let nextPort = 21_000 + (process.pid % 400) * 20;

/** Settings for short tests; every call has ports of its own. */
export function poolSettings(change: Partial<LocalPoolSettings> = {}): LocalPoolSettings {
  const from = nextPort;
  nextPort += 20;
  return {
    pool: 'web',
    program: { kind: 'command', command: [process.execPath, SERVICE] },
    env: {},
    minReplicas: 1,
    maxReplicas: 4,
    initialReplicas: 1,
    listenPort: 0,
    portRange: { from, to: from + 19 },
    healthPath: '/healthz',
    startTimeoutMs: 10_000,
    drainMs: 3_000,
    waitMs: 3_000,
    ...change,
  };
}

export function localTarget(settings: LocalPoolSettings, options: Partial<LocalTargetOptions> = {}): LocalTarget {
  return createLocalTarget({ pools: [settings], clock, random: createRandom(1), log: silentLog, ...options });
}

export async function untilReady(target: LocalTarget, pool: string, replicas: number): Promise<void> {
  await until(() => target.replicas(pool).filter(({ phase }) => phase === 'ready').length === replicas, `${replicas} replicas ready`);
}

/** The same as `scale` of the target, from whatever it holds now. */
export async function scaleTo(target: LocalTarget, pool: string, replicas: number): Promise<void> {
  const state = await target.get(pool);
  if (!state.ok) throw new Error(state.error.message);
  const { requestedReplicas, generation } = state.value;
  const result = await target.scale({ pool, replicas, expectedReplicas: requestedReplicas, generation: generation + 1 });
  if (!result.ok) throw new Error(result.error.message);
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** One request over a kept connection; rejects when no whole answer comes. */
export function ask(url: string, options: { method?: string; body?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { agent, method: options.method ?? 'GET', headers: options.headers ?? {} }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(options.body);
  });
}

/** Processes of this machine whose command line holds a text, by /proc. */
export function processesWith(text: string): number[] {
  const found: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    if (readText(`/proc/${name}/cmdline`).includes(text)) found.push(Number(name));
  }
  return found;
}

/** False for a process that is gone or only waits to be reaped. */
export function isAlive(pid: number): boolean {
  const stat = readText(`/proc/${pid}/stat`);
  return stat !== '' && !/^\S+ \(.*\) Z/s.test(stat);
}

/** Empty when the process went away meanwhile. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return '';
    throw error;
  }
}
