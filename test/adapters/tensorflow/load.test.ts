import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadTensorFlow } from '../../../src/adapters/tensorflow/load.ts';
import type { Log } from '../../../src/ports/log.ts';

function recordingLog(lines: string[]): Log {
  const line =
    (level: string) =>
    (detail: object, message: string): void => {
      lines.push(`${level} ${message} ${JSON.stringify(detail)}`);
    };
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') } as Log;
}

test('tensorflow: whatever its package does while it loads, one line says why and nothing is thrown', async () => {
  const failures: readonly [() => Promise<unknown>, RegExp][] = [
    [
      () => Promise.reject(Object.assign(new Error('Cannot find package\nrequire stack'), { code: 'MODULE_NOT_FOUND' })),
      /Cannot find package"/,
    ],
    [() => Promise.reject('no binary'), /no binary/],
    [() => Promise.resolve({}), /getBackend/],
    [() => Promise.resolve({ getBackend: () => undefined }), /no backend/],
  ];
  for (const [load, reason] of failures) {
    const lines: string[] = [];
    assert.equal(await loadTensorFlow(recordingLog(lines), load), undefined);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', reason);
    assert.match(lines[0] ?? '', /^warn .*kernel trains/);
  }
});

test('tensorflow: a package that works is used, as a module or as the default of one', async () => {
  const tf = { getBackend: () => 'tensorflow' };
  const lines: string[] = [];
  assert.equal(await loadTensorFlow(recordingLog(lines), () => Promise.resolve(tf)), tf);
  assert.equal(await loadTensorFlow(recordingLog(lines), () => Promise.resolve({ default: tf })), tf);
  assert.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    ['info', 'info'],
  );
});
