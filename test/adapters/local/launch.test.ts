/** A command is ended whenever that is asked for, also while its keeper is only just starting it. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { launch, type Launched } from '../../../src/adapters/local/launch.ts';
import { isAlive, processesWith } from './support.ts';
import { pause } from '../../until.ts';

/** Launches a command many times, does something to each, waits for the end of all, and tells which processes are left. */
async function leftAfter(script: string, count: number, act: (launched: Launched, i: number) => Promise<void>): Promise<number[]> {
  const mark = `forescale-launch-${process.pid}-${Math.trunc(performance.now())}`;
  const program = { kind: 'command', command: ['/bin/sh', '-c', script, mark] } as const;
  for (let i = 0; i < count; i += 1) {
    let resolve = (): void => {};
    const ended = new Promise<void>((done) => (resolve = done));
    const launched = launch({ program, env: process.env, graceMs: 300 }, { message() {}, line() {}, exit: () => resolve() });
    await act(launched, i);
    await ended;
  }
  await pause(100);
  const left = processesWith(mark).filter(isAlive);
  for (const pid of left) process.kill(pid, 'SIGKILL');
  return left;
}

test('launch: a keeper that is told to stop in the moment it has started its command takes the command with it', async () => {
  const left = await leftAfter('kill -TERM $PPID; sleep 300; true', 20, () => Promise.resolve());
  assert.deepEqual(left, []);
});

test('launch: killed at whatever moment, nothing is left behind', async () => {
  const left = await leftAfter('sleep 300; true', 25, async (launched, i) => {
    await pause(i * 12);
    launched.kill();
  });
  assert.deepEqual(left, []);
});
