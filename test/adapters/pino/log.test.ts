import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createPinoLog, type PinoLogOptions } from '../../../src/adapters/pino/log.ts';
import type { Log } from '../../../src/ports/log.ts';

function recorded(write: (log: Log) => void, options: Partial<PinoLogOptions> = {}): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createPinoLog({ level: 'info', destination: { write: (line) => void lines.push(line) }, ...options }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('pino log: an entry is one JSON line with level, time, fields and message', () => {
  const [entry, ...more] = recorded((log) => log.child({ pool: 'web' }).warn({ replicas: 3 }, 'replica failed'), {
    fields: { node: 'n1' },
  });
  assert.deepEqual(more, []);
  assert.match(String(entry?.['time']), /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual({ ...entry, time: '' }, { level: 'warn', time: '', node: 'n1', pool: 'web', replicas: 3, msg: 'replica failed' });
});

test('pino log: entries below the level are not written', () => {
  assert.equal(recorded((log) => log.debug({}, 'no')).length, 0);
  assert.equal(recorded((log) => log.error({}, 'no'), { level: 'silent' }).length, 0);
  assert.equal(recorded((log) => log.debug({}, 'yes'), { level: 'debug' }).length, 1);
});

test('pino log: secrets are left out, by name at any depth, inside URLs, in children and in errors', () => {
  const error = new Error('no answer from redis://app:hunter2@cache:6379', { cause: new Error('http://a:hunter2@b') });
  const entries = recorded((log) => {
    log.child({ apiKey: 'hunter2' }).info({ headers: { Authorization: 'hunter2', cookie: ['hunter2'] } }, 'asked');
    log.info({ url: 'redis://app:hunter2@cache:6379', list: [{ password: 'hunter2' }] }, 'connected');
    log.error({ error }, 'failed');
  });
  const text = JSON.stringify(entries);
  assert.doesNotMatch(text, /hunter2/);
  assert.match(text, /redis:\/\/app:\[redacted\]@cache:6379/);
  assert.match(text, /no answer from/);
});

test('pino log: what is deep, wide, circular or bytes is bounded', () => {
  const circular: Record<string, unknown> = { name: 'a' };
  circular['self'] = circular;
  const [entry] = recorded((log) =>
    log.info({ circular, many: Array.from({ length: 10_000 }, () => 1), bytes: new Uint8Array(9), big: 1n }, 'odd'),
  );
  assert.match(JSON.stringify(entry), /too deep/);
  assert.deepEqual(
    entry?.['many'],
    Array.from({ length: 100 }, () => 1),
  );
  assert.equal(entry?.['bytes'], '[9 bytes]');
  assert.equal(entry?.['big'], '1');
});

test('pino log: a file is appended to, and its folder made', () => {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-log-'));
  const destination = join(folder, 'deep', 'node.log');
  createPinoLog({ level: 'info', destination }).info({}, 'first');
  createPinoLog({ level: 'info', destination }).info({}, 'second');
  assert.equal(readFileSync(destination, 'utf8').trim().split('\n').length, 2);
  rmSync(folder, { recursive: true });
});
