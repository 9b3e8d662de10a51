import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunner } from '../../../src/adapters/command/runner.ts';
import { isAlive } from '../local/support.ts';
import { until } from '../../until.ts';

const HANGS = 'setInterval(() => {}, 1_000)';
const order = (script: string) => ({
  command: [process.execPath, '-e', script],
  workingDirectory: undefined,
  env: { PATH: process.env['PATH'] },
  input: '',
  timeoutMs: 10_000,
  bytesMax: 1_000,
});
const never = new AbortController().signal;

test('runner: a program is not a child of the process that asks, and its answer comes back', async (t) => {
  const runner = createRunner();
  t.after(() => runner.close());
  const ran = await runner.run(order('console.log(process.ppid)'), never);
  assert.equal(ran.kind, 'ended');
  assert.notEqual(ran.kind === 'ended' && Number(ran.output), process.pid);
});

test('runner: when its process ends, so does what it runs, which is told as cut; the next program gets another process', async (t) => {
  const runner = createRunner();
  t.after(() => runner.close());
  const ran = await runner.run(order('console.log(process.ppid)'), never);
  const pid = ran.kind === 'ended' ? Number(ran.output) : 0;
  const hanging = runner.run(order(HANGS), never);
  await runner.run(order(''), never);
  process.kill(pid, 'SIGTERM');
  assert.deepEqual(await hanging, { kind: 'cut', message: 'the process that runs programs has ended' });
  await until(() => !isAlive(pid), 'it is gone');
  assert.equal((await runner.run(order('console.log(1)'), never)).kind, 'ended');
});
