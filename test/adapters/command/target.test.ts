import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { isAlive } from '../local/support.ts';
import { openDesk, type Desk } from './support.ts';
import { until } from '../../until.ts';

function desk(t: TestContext): Desk {
  const made = openDesk();
  t.after(() => made.close());
  return made;
}

const write = { pool: 'web', replicas: 2, expectedReplicas: 1, generation: 2 };

test('command: a program that takes too long is ended with all that it started, and the outcome of a write is unknown', async (t) => {
  const { target, arm, read } = desk(t);
  arm('write-before', 'hang');
  const result = await target({ timeoutMs: 2_000 }).scale(write);
  assert.equal(result.ok ? 'ok' : result.error.code, 'unknown-outcome');
  assert.match(result.ok ? '' : result.error.message, /did not end within 2000 ms/);
  assert.ok(Number(read('child')) > 0);
  await until(() => !isAlive(Number(read('child'))), 'what it started is gone');
});

test('command: closing the target ends what runs', async (t) => {
  const { target, arm, read } = desk(t);
  arm('write-before', 'hang');
  const made = target({ timeoutMs: 20_000 });
  const pending = made.scale(write);
  while (read('child') === '') await new Promise((resolve) => setImmediate(resolve));
  made.close();
  assert.equal((await pending).ok, false);
  await until(() => !isAlive(Number(read('child'))), 'what it started is gone');
});

test('command: a program that is not there is unavailable, and had no effect', async (t) => {
  const result = await desk(t)
    .target({ command: ['/no/such/program', 'sesame'] })
    .get('web');
  assert.equal(result.ok ? 'ok' : result.error.code, 'unavailable');
  assert.match(result.ok ? '' : result.error.message, /could not be started/);
  assert.doesNotMatch(result.ok ? '' : result.error.message, /sesame/, 'arguments may hold a key');
});

test('command: an exit code that says that it failed is told with the end of what it wrote to stderr', async (t) => {
  const { target, arm } = desk(t);
  arm('read', 'exit 1');
  const result = await target().get('web');
  assert.match(result.ok ? '' : `${result.error.code} ${result.error.message}`, /^unavailable .*exited with code 1: out of luck$/);
});

test('command: a program that writes without end is ended', async (t) => {
  const { target, arm } = desk(t);
  arm('read', 'endless');
  const result = await target().get('web');
  assert.match(result.ok ? '' : result.error.message, /wrote more than 65536 bytes/);
});
