/** Real containers: Podman with runc serves the API of Docker's engine. The image is an empty tree; the machine's node is mounted. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngineApi, type EngineApi } from '../../../src/adapters/docker/engine-api.ts';
import type { DockerPoolSettings } from '../../../src/adapters/docker/settings.ts';
import { createDockerTarget, type DockerTarget } from '../../../src/adapters/docker/target.ts';
import { createRandom } from '../../../src/adapters/system/random.ts';
import { silentLog } from '../../../src/ports/log.ts';
import { missingProgram } from '../debian-package.ts';
import { clock, processesWith } from '../local/support.ts';
import { until } from '../../until.ts';

const IMAGE = 'localhost/forescale-test:1';
const SERVICES = fileURLToPath(new URL('../local', import.meta.url));

export interface Engine {
  readonly socket: string;
  readonly api: EngineApi;
  readonly settings: (change?: Partial<DockerPoolSettings>) => DockerPoolSettings;
  readonly target: (change?: Partial<DockerPoolSettings>) => DockerTarget;
  /** Names of all containers of the engine. */
  names(): readonly string[];
  podman(...args: readonly string[]): string;
  close(): Promise<void>;
}

/** Why there are no containers here; undefined: there are. */
function missingEngine(): string | undefined {
  if (process.getuid?.() !== 0) return 'containers without root are not set up here';
  const missing = missingProgram('podman', ['podman', 'runc', 'conmon']) ?? missingProgram('runc', ['runc']);
  if (missing !== undefined) return missing;
  const folder = mkdtempSync(join(tmpdir(), 'forescale-podman-'));
  try {
    importImage(folder);
    const works = spawnSync(
      'podman',
      [...storage(folder), 'run', '--rm', ...MOUNTS.flatMap((mount) => ['-v', mount]), ...LIMITS, ...TRIAL],
      {
        encoding: 'utf8',
        timeout: 60_000,
      },
    );
    return works.status === 0 ? undefined : `podman runs no container here: ${works.stderr.trim().slice(-200)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Not `run`'s own folders: a machine's containers are not seen, and nothing is left behind.
const storage = (folder: string): readonly string[] => [
  '--runtime=runc',
  `--root=${join(folder, 'root')}`,
  `--runroot=${join(folder, 'run')}`,
  '--storage-driver=vfs',
  '--cgroup-manager=cgroupfs',
  '--events-backend=file',
];
const HOME = dirname(dirname(process.execPath));
const MOUNTS = [...new Set(['/usr', '/lib', '/lib64', ...(HOME.startsWith('/usr') ? [] : [HOME])])]
  .filter((folder) => existsSync(folder))
  .map((folder) => `${folder}:${folder}:ro`);
const ULIMITS = { nofile: 4_096, nproc: 4_096 };
const LIMITS = Object.entries(ULIMITS).flatMap(([name, value]) => ['--ulimit', `${name}=${value}:${value}`]);
const TRIAL = ['--network', 'host', IMAGE, process.execPath, '-e', '0'];

function importImage(folder: string): void {
  for (const place of ['app', 'tmp', 'proc', 'dev', 'sys', 'etc', ...MOUNTS.map((mount) => mount.split(':')[0] ?? '')])
    mkdirSync(join(folder, 'base', place), { recursive: true });
  spawnSync('tar', ['-C', join(folder, 'base'), '-cf', join(folder, 'base.tar'), '.']);
  spawnSync('podman', [...storage(folder), 'import', join(folder, 'base.tar'), IMAGE], { timeout: 60_000 });
}

export const noEngine: string | undefined = missingEngine();
if (noEngine !== undefined) console.log(`SKIPPED: tests of the docker target: ${noEngine}`);

let nextPort = 30_500 + (process.pid % 100) * 20;

export async function startEngine(): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-podman-'));
  importImage(folder);
  const socket = join(folder, 'api.sock');
  const service: ChildProcess = spawn('podman', [...storage(folder), 'system', 'service', '--time', '0', `unix:${socket}`], {
    stdio: 'ignore',
  });
  const api = createEngineApi({ path: socket }, 5_000, clock);
  await until(async () => (await api.list('none=none')).ok, 'the engine answers', 30_000);
  const targets: DockerTarget[] = [];
  const podman = (...args: readonly string[]): string => spawnSync('podman', [...storage(folder), ...args], { encoding: 'utf8' }).stdout;
  const engine: Engine = {
    socket,
    api,
    podman,
    settings(change = {}) {
      const from = nextPort;
      nextPort += 20;
      return {
        pool: 'web',
        engine: { path: socket },
        image: IMAGE,
        command: [process.execPath, '/app/service.mjs'],
        env: {},
        labels: {},
        network: 'host',
        containerPort: 8_080,
        portRange: { from, to: from + 19 },
        healthPath: '/healthz',
        startTimeoutMs: 20_000,
        drainMs: 3_000,
        mounts: [...MOUNTS, `${SERVICES}:/app:ro`],
        ulimits: ULIMITS,
        size: { cpus: undefined, memoryBytes: undefined },
        minReplicas: 1,
        maxReplicas: 4,
        timeoutMs: 5_000,
        ...change,
      };
    },
    target(change) {
      const target = createDockerTarget(engine.settings(change), { clock, random: createRandom(1), log: silentLog });
      target.start();
      targets.push(target);
      return target;
    },
    names: () => podman('ps', '--all', '--format', '{{.Names}}').split('\n').filter(Boolean).sort(),
    async close() {
      await Promise.all(targets.map((target) => target.close()));
      await api.close();
      podman('rm', '--all', '--force', '--time', '0');
      const gone = new Promise((resolve) => service.once('exit', resolve));
      service.kill('SIGTERM');
      await gone;
      // Each container's monitor cleans up after it, and would make the folder anew.
      await until(() => processesWith(folder).length === 0, 'the monitors end', 30_000);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return engine;
}

/** Cores that a container may use, by the group of its process, in either version of the system's groups. */
export function coresOf(pid: string): number {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
  const read = (path: string): string => readFileSync(path, 'utf8').trim();
  const first = lines.find((line) => /^\d+:[^:]*\bcpu\b[^:]*:/.test(line))?.split(':')[2];
  if (first !== undefined) {
    const group = `/sys/fs/cgroup/cpu${first}`;
    return Number(read(`${group}/cpu.cfs_quota_us`)) / Number(read(`${group}/cpu.cfs_period_us`));
  }
  const unified = lines.find((line) => line.startsWith('0::'))?.slice(3) ?? '/';
  const [quota, period] = read(`/sys/fs/cgroup${unified}/cpu.max`).split(' ').map(Number);
  return (quota ?? Number.NaN) / (period ?? Number.NaN);
}
