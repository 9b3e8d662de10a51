import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PoolLog } from '../../src/inspector/live/pool-log.ts';
import { poolRow } from '../../src/inspector/live/pool-row.ts';
import { createMessage, encodeMessage, type StateReport } from '../../src/protocol/index.ts';
import { partsOf } from '../../src/protocol/packed.ts';
import { sampleMessage } from '../protocol/samples.ts';

const MINUTE_MS = 60_000;
const { data: sample } = sampleMessage('state-report');
const [requests, ...others] = sample.resources;
const { demoted: _demoted, ...trusted } = sample;
assert.ok(requests !== undefined);
const { notReady: _notReady, ...ready } = requests;

/** A row as it is ten minutes after the interval that the last report tells of. */
function rowOf(report: Partial<StateReport>, publishedAgoMs: number) {
  const log = new PoolLog('web', 100);
  const nowMs = sample.originMs + 10 * MINUTE_MS;
  const atMs = nowMs - publishedAgoMs;
  const message = createMessage(
    'state-report',
    { ...trusted, resources: [ready, ...others], ...report },
    { source: 'pla:web', timeMs: atMs },
  );
  const contentType = 'application/msgpack';
  const body = encodeMessage(message, contentType);
  const told = partsOf(body, contentType).get('data');
  assert.ok(told !== undefined);
  log.takeReport(told, { id: '1-0', topic: 'reports', contentType, body, atMs });
  return poolRow(log, undefined, nowMs);
}

test('pool row: its confidence is that of the load that it shows, as in the chart', () => {
  const row = rowOf({ confidence: 0.02, resources: [{ ...ready, confidence: 0.9 }, ...others] }, 0);
  assert.deepEqual([row.resource, row.confidence], ['requests', 0.9]);
});

test('pool row: an old load that was told just now is a pool that catches up, not one that nobody reports of', () => {
  const problems = (publishedAgoMs: number, more: Partial<StateReport> = {}): string[] =>
    rowOf(more, publishedAgoMs).problems.map(({ level, text }) => `${level}: ${text}`);
  assert.ok(problems(MINUTE_MS).includes('note: Catching up with what it was told: it has come to 10 min ago'));
  assert.ok(problems(9 * MINUTE_MS).includes('bad: Nothing was reported lately: capacity is held'));
  const stale = { code: 'stale-input', message: 'Nothing was measured', haveIntervals: 0, needIntervals: 0, etaMs: 0 } as const;
  const resources = [{ ...ready, notReady: stale }, ...others];
  assert.ok(problems(MINUTE_MS, { resources }).includes('bad: Nothing was reported lately: capacity is held'));
});
