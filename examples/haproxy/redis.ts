import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { sleep, type Clock } from '../../src/ports/clock.ts';

export interface RunningRedis {
  readonly url: string;
  stop(): void;
}

/** A Redis of our own, as a node wants it: the bus through which a pool can be told its history. */
export async function startRedis(folder: string, port: number, clock: Clock): Promise<RunningRedis> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'];
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  child.on('error', () => {});
  for (let look = 0; !(await accepts(port)); look++) {
    if (look > 100 || child.exitCode !== null)
      throw new Error('Redis did not start: is it installed (apt-get install redis-server), and is the port free?');
    await sleep(clock, 100);
  }
  return { url: `redis://127.0.0.1:${port}`, stop: () => void child.kill('SIGKILL') };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
