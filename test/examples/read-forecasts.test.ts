/** The readers in examples/ print the same of the same report, each the way that its language comes to it. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { encodeMessage } from '../../src/protocol/codec.ts';
import { openBus } from '../adapters/redis/open.ts';
import { noServer, startServer } from '../adapters/redis/server.ts';
import { sampleMessage } from '../protocol/samples.ts';

const folder = fileURLToPath(new URL('../../examples/read-forecasts/', import.meta.url));
const sample = sampleMessage('state-report');
const report = { ...sample, source: 'pla:shop', sequence: 7, data: { ...sample.data, pool: 'shop', producer: null } };
const EXPECTED = /^requests: at most [\d.]+ \(median\) to [\d.]+ \(95%\) \S+ within 15 min$/;
const noPython = spawnSync('python3', ['--version']).status === 0 ? false : 'SKIPPED: python3 is not installed';

test('example in Python: reads reports as JSON lines, each once', { skip: noPython }, () => {
  const line = Buffer.from(encodeMessage(report, 'application/json')).toString();
  const plan = Buffer.from(encodeMessage(sampleMessage('plan'), 'application/json')).toString();
  const { stdout, status, stderr } = spawnSync('python3', [`${folder}read_forecasts.py`], {
    input: `${plan}\n${line}\n${line}\n`,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const lines = stdout.trim().split('\n');
  assert.match(lines[0] ?? '', EXPECTED);
  assert.equal(lines.length, report.data.resources.filter(({ forecasts }) => forecasts.length > 0).length);
});

test('example in TypeScript: reads reports from the stream in Redis', { skip: noServer ?? false, timeout: 60_000 }, async () => {
  const redis = await startServer();
  const bus = await openBus(`${redis.url}?prefix=forescale`);
  const lease = await bus.acquireLease(0, 'n', { epoch: 0, beat: 0 });
  const body = encodeMessage(report, 'application/msgpack');
  const publishes = [{ topic: 'reports', contentType: 'application/msgpack', body, atMs: 0 } as const];
  const nothing = {
    actors: [],
    timersSet: [],
    timersCancelled: [],
    effects: [],
    sends: [],
    deadLetters: [],
    parked: [],
    unparked: [],
    origins: {},
  };
  assert.equal(
    await bus.commit({ shard: 0, epoch: lease?.epoch ?? 0, cursorFrom: '0-0', cursorTo: '0-0', ...nothing, publishes }),
    'committed',
  );
  const child = spawn(process.execPath, ['--import', 'tsx', `${folder}read-stream.ts`, redis.url, 'shop'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    assert.match(line, EXPECTED);
  } finally {
    child.kill();
    await bus.close();
    await redis.dispose();
  }
});
