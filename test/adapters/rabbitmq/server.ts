/** Real RabbitMQ nodes for tests, each with a folder and ports of its own, on loopback. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import { sleep } from '../../../src/ports/clock.ts';
import { freePort } from '../redis/server.ts';
import { requireProgram } from '../servers.ts';

const clock = createSystemClock();
/** Debian's own script switches the user; this one does not. */
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';

export const noRabbit: string | undefined = requireProgram(() => existsSync(SERVER), 'rabbitmq-server');

export interface RabbitServer {
  readonly port: number;
  readonly url: string;
  /** Ends it as a crash does; what it has on disk stays. */
  kill(): Promise<void>;
  start(): Promise<void>;
  dispose(): Promise<void>;
}

export async function startRabbit(config: readonly string[] = [], plugins: readonly string[] = []): Promise<RabbitServer> {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-rabbitmq-'));
  for (const name of ['mnesia', 'log']) mkdirSync(join(folder, name));
  const [port, distPort, mapperPort] = [await freePort(), await freePort(), await freePort()];
  writeFileSync(
    join(folder, 'rabbitmq.conf'),
    [`listeners.tcp.local = 127.0.0.1:${port}`, 'disk_free_limit.absolute = 100MB', ...config, ''].join('\n'),
  );
  writeFileSync(join(folder, 'enabled_plugins'), `[${plugins.join(',')}].\n`);
  const environment = {
    ...process.env,
    HOME: folder,
    RABBITMQ_NODENAME: `forescale${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(mapperPort),
    // It may be ended although a node that was killed still stands in its book.
    ERL_EPMD_RELAXED_COMMAND_CHECK: '1',
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} +S 1',
  };
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running?.pid === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.ref();
    endGroup(running.pid);
    await gone;
  };
  const start = async (): Promise<void> => {
    // A group of its own: the script, the virtual machine and its helpers end together.
    child = spawn(SERVER, { env: environment, stdio: 'ignore', detached: true });
    child.unref();
    if (child.pid !== undefined) groups.add(child.pid);
    await answers(port);
  };
  const dispose = async (): Promise<void> => {
    await kill();
    // The port mapper outlives the nodes that it serves.
    spawnSync('epmd', ['-port', String(mapperPort), '-kill'], { env: environment, stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return { port, url: `amqp://127.0.0.1:${port}`, kill, start, dispose };
}

const groups = new Set<number>();
process.once('exit', () => groups.forEach(endGroup));

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has gone already.
  }
  groups.delete(pid);
}

/** Its listener is there before its virtual host: only an answer to the protocol's header counts. */
async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 1_200; attempt += 1) {
    if (await speaks(port)) return;
    await sleep(clock, 100);
  }
  throw new Error(`RabbitMQ on port ${port} does not answer`);
}

function speaks(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(Buffer.from('AMQP\0\0\x09\x01', 'latin1')));
    const end = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('data', () => end(true));
    socket.once('close', () => end(false));
    socket.once('error', () => end(false));
  });
}
