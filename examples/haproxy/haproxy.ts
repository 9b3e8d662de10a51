import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRuntimeApi } from '../../src/adapters/haproxy/runtime-api.ts';
import { sleep, type Clock } from '../../src/ports/clock.ts';

export interface RunningHaproxy {
  readonly url: string;
  readonly socket: string;
  stop(): void;
}

/** A HAProxy with one backend that has no servers yet. */
export async function startHaproxy(folder: string, port: number, clock: Clock): Promise<RunningHaproxy> {
  const socket = join(folder, `${port}.sock`);
  const file = join(folder, `${port}.cfg`);
  writeFileSync(file, configOf(socket, port));
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
  child.on('error', () => {});
  const api = createRuntimeApi({ path: socket }, clock);
  const isUp = (): Promise<boolean> =>
    api.ask('show info').then(
      (info) => info !== '',
      () => false,
    );
  for (let look = 0; !(await isUp()); look++) {
    if (look > 100 || child.exitCode !== null)
      throw new Error('HAProxy did not start: is it installed (apt-get install haproxy), and is the port free?');
    await sleep(clock, 100);
  }
  return { url: `http://127.0.0.1:${port}/`, socket, stop: () => void child.kill('SIGKILL') };
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
    timeout queue 10s
    option redispatch
frontend front
    bind 127.0.0.1:${port}
    default_backend web
backend web
    balance leastconn
    option httpchk GET /healthz
`;
}
