import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { jsonLine, readNew, textLine } from '../../src/cli/watch-run.ts';
import { decodeMessage, encodeMessage } from '../../src/protocol/codec.ts';
import { sampleMessage } from '../protocol/samples.ts';
import { cli } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-watch-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('watch: prints reports of the total and plans of the pool for people, and nothing of others', () => {
  const report = sampleMessage('state-report');
  const total = { ...report, data: { ...report.data, producer: null } };
  const { pool } = report.data;
  assert.match(textLine(total, pool) ?? '', /^\d\d:\d\d(:\d\d)?Z report \w+, confidence [\d.]+%: /);
  assert.match(textLine(sampleMessage('plan'), sampleMessage('plan').data.pool) ?? '', /^\d\d:\d\d(:\d\d)?Z plan {3}\w/);
  assert.equal(textLine({ ...report, data: { ...report.data, producer: 'one' } }, pool), undefined, 'a single producer');
  assert.equal(textLine(total, 'another'), undefined);
  assert.equal(textLine(sampleMessage('feedback'), pool), undefined);
});

test('watch: prints whole messages as JSON that any reader of the protocol takes', () => {
  const report = sampleMessage('state-report');
  const line = jsonLine(report, report.data.pool);
  const decoded = decodeMessage(Buffer.from(line ?? ''), 'application/json');
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.message, report);
  assert.equal(jsonLine(report, 'another'), undefined);
});

test('watch: reads each message once, and passes over what it cannot read', async () => {
  const contentType = 'application/json';
  const entries = [
    encodeMessage(sampleMessage('plan'), contentType),
    Buffer.from('{'),
    encodeMessage(sampleMessage('state-report'), contentType),
  ];
  const bus = {
    readTopic: (topic: string, from: string) =>
      Promise.resolve(
        entries.map((body, i) => ({ topic, id: `${i + 1}-0`, contentType, body, atMs: 0 }) as const).filter(({ id }) => id > from),
      ),
  };
  const cursors = new Map([['plans', '0-0']]);
  assert.deepEqual(
    (await readNew(bus, cursors)).map(({ name }) => name),
    ['plan', 'state-report'],
  );
  assert.deepEqual(await readNew(bus, cursors), []);
});

test('watch and agent: a bus or config that cannot be used exits 2 before anything is done', async () => {
  const config = join(folder, 'no-sources.yaml');
  writeFileSync(config, 'pools: { web: { capacity: { requestsPerSecond: 1 } } }\n');
  const watch = await cli(['watch', 'web', '--bus', 'ftp://ada:secret@x']);
  assert.equal(watch.code, 2);
  assert.match(watch.err, /--bus: wanted .*redis:\/\//);
  assert.ok(!watch.err.includes('secret'));
  const agent = await cli(['agent', '--config', config, '--bus', 'redis://127.0.0.1:1']);
  assert.equal(agent.code, 2);
  assert.match(agent.err, /no-sources\.yaml sources: wanted at least one source, found none/);
});
