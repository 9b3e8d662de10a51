/** Real redis-servers for tests, each with a folder and a port of its own, on loopback. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import { sleep } from '../../../src/ports/clock.ts';

const clock = createSystemClock();

/** Why the tests that need a server are skipped; undefined when there is one. */
export const noServer: string | undefined = findServer();

function findServer(): string | undefined {
  if (isInstalled()) return undefined;
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    console.log('Tests of the Redis bus need redis-server: installing it with apt-get.');
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [
      ['update', '-qq'],
      ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'],
    ])
      spawnSync('apt-get', args, { env: environment, stdio: 'ignore', timeout: 180_000 });
    if (isInstalled()) return undefined;
  }
  return 'redis-server 7.0 or newer is not installed (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis)';
}

function isInstalled(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** Ends it as a crash does. What it has on disk stays. */
  kill(): Promise<void>;
  /** The same server again, on the same port with the same files. */
  restart(): Promise<void>;
  /** Stops and continues it, as a machine that hangs. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Ends it and removes its files. */
  dispose(): Promise<void>;
}

export interface ServerOptions {
  /** Further arguments, e.g. `--requirepass`. Default: an append-only file, no snapshots. */
  readonly args?: readonly string[];
  readonly isVolatile?: boolean;
  /** Where it says whether it is there; 0 for a server without a plain port. */
  readonly port?: number;
  readonly mode?: 'redis' | 'sentinel';
  /** Lines of a file of its own, which a Sentinel may have written anew: then a restart comes back as what it was made. */
  readonly config?: readonly string[];
}

export async function startServer(options: ServerOptions = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-redis-'));
  folders.add(folder);
  const port = options.port ?? (await freePort());
  const durable = options.isVolatile === true ? ['--appendonly', 'no'] : ['--appendonly', 'yes'];
  const base = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--daemonize', 'no'];
  const file = join(folder, 'redis.conf');
  if (options.config !== undefined) writeFileSync(file, options.config.map((line) => `${line}\n`).join(''));
  const args =
    options.mode === 'sentinel'
      ? [...(options.args ?? []), '--sentinel', '--port', String(port), '--dir', folder]
      : [
          ...(options.config === undefined ? [] : [file]),
          ...base,
          '--save',
          '',
          '--loglevel',
          'warning',
          ...durable,
          ...(options.args ?? []),
        ];
  let child = spawnServer(args);
  await answers(port, child);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.ref();
    child.kill('SIGKILL');
    await gone;
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return child.pid ?? 0;
    },
    kill,
    async restart() {
      await kill();
      child = spawnServer(args);
      await answers(port, child);
    },
    signal: (signal) => void child.kill(signal),
    async dispose() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
      folders.delete(folder);
    },
  };
}

const running = new Set<ChildProcess>();
const folders = new Set<string>();
// A test run that is ended leaves no server and no files behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

let shared: Promise<RedisServer> | undefined;

/** One server for all tests that only need some; each takes a prefix of its own. It ends with the process. */
export function sharedServer(): Promise<RedisServer> {
  return (shared ??= startServer());
}

function spawnServer(args: readonly string[]): ChildProcess {
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  // A test that waits for it has its own timers; it alone does not keep the process.
  child.unref();
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await accepts(port)) return;
    if (child.exitCode !== null) break;
    await sleep(clock, 50);
  }
  throw new Error(`redis-server on port ${port} does not answer (exit code ${child.exitCode})`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    // A server that loads its file answers, too, but not yet with what can be used.
    socket.once('data', (data) => {
      socket.destroy();
      resolve(!data.toString().includes('LOADING'));
    });
    socket.once('error', () => resolve(false));
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}
