import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestTrace, TextColumn } from '../../sim/traces/trace.ts';
import { poolName } from '../../sim/workloads/names.ts';
import { LOG_PRODUCERS_MAX, requestsWorkload } from '../../sim/workloads/requests.ts';
import { familyWorkload, seriesWorkload } from '../../sim/workloads/series.ts';
import type { Workload } from '../../sim/workloads/workload.ts';

const MINUTE = 60_000;

function column(texts: readonly string[]): TextColumn {
  const dictionary = [...new Set(texts)];
  return { dictionary, indices: Uint32Array.from(texts, (text) => dictionary.indexOf(text)) };
}

function log(requests: readonly (readonly [seconds: number, producer: string, type: string])[]): RequestTrace {
  return {
    kind: 'requests',
    name: 'log',
    count: requests.length,
    timestampMs: Float64Array.from(requests, ([seconds]) => 600_000 + seconds * 1000),
    size: new Float64Array(requests.length),
    source: column(requests.map((_, i) => `user${i % 3}`)),
    type: column(requests.map(([, , type]) => type)),
    producer: column(requests.map(([, producer]) => producer)),
  };
}

const told = (workload: Workload) => {
  const feed = workload.openFeed();
  return Array.from(workload.demand, (_, i) => feed.next(i));
};

test('requests: a log is replayed through the recorders, and every request is told once', () => {
  const workload = requestsWorkload(
    log([
      [0, 'a', 'GET'],
      [10, 'a', 'POST'],
      [59.9, 'b', 'GET'],
      [60, 'a', 'GET'],
      [190, 'b', 'GET'],
    ]),
    'log',
    10,
  );
  assert.deepEqual([...workload.demand], [3, 1, 0, 1]);
  const intervals = told(workload);
  const requests = intervals.map((observations) => observations.map(({ producer, load }) => [producer, load.requests]));
  assert.deepEqual(requests, [
    [
      ['a', 2],
      ['b', 1],
    ],
    [
      ['a', 1],
      ['b', 0],
    ],
    [
      ['a', 0],
      ['b', 0],
    ],
    [
      ['a', 0],
      ['b', 1],
    ],
  ]);
  const [first] = intervals[0] ?? [];
  assert.equal(first?.byType['POST']?.requests, 1);
  assert.equal(first?.intervalStartMs, workload.startMs);
  assert.ok(Math.abs((first?.load.cpuSeconds ?? 0) - 2 * 6) < 1e-9, 'two of ten requests keep a core busy for a fifth of a minute');
  assert.deepEqual(told(workload), intervals, 'a second feed begins anew');
});

test('requests: of many producers the heaviest stand by themselves, and nothing is lost', () => {
  const many = Array.from({ length: 40 }, (_, p) => Array.from({ length: 40 - p }, (_, i) => [i, `site ${p}`, 'job'] as const)).flat();
  const workload = requestsWorkload(log([...many].sort(([a], [b]) => a - b)), 'log', 10);
  assert.equal(workload.producers.length, LOG_PRODUCERS_MAX);
  assert.deepEqual(workload.producers.slice(0, 2), ['site-0', 'site-1']);
  assert.equal(workload.producers.at(-1), 'rest');
  const sums = told(workload).map((observations) => observations.reduce((sum, { load }) => sum + load.requests, 0));
  assert.deepEqual(sums, [...workload.demand]);
});

test('series: split over producers it stays the same load; what was not measured is silence', () => {
  const workload = seriesWorkload({ name: 's', startMs: 0, intervalMs: MINUTE, values: [30, Number.NaN, 60] }, 10, 3, 'skewed');
  assert.deepEqual([...workload.demand], [30, 30, 60]);
  assert.deepEqual([...workload.told], [1, 0, 1]);
  const sums = told(workload).map((observations) => observations.reduce((sum, { load }) => sum + load.requests, 0));
  assert.ok(Math.abs((sums[0] ?? 0) - 30) < 1e-9);
  assert.equal(sums[1], 0);
  assert.equal(told(workload)[1]?.length, 0);
});

test('family: members are producers, and a silent member is carried in the demand but tells nothing', () => {
  const member = (name: string, values: number[]) => ({ name, startMs: 0, intervalMs: MINUTE, values });
  const workload = familyWorkload([member('a', [1, 2, Number.NaN]), member('b', [10, Number.NaN, Number.NaN])], 'f', 10);
  assert.deepEqual([...workload.demand], [11, 12, 12]);
  assert.deepEqual([...workload.told], [1, 1, 0]);
  assert.deepEqual(
    told(workload).map((observations) => observations.map(({ producer }) => producer)),
    [['a', 'b'], ['a'], []],
  );
});

test('names: what the protocol does not take becomes a dash', () => {
  assert.equal(poolName('web server/1'), 'web-server-1');
  assert.equal(poolName('_x'), 'x_x');
  assert.equal(poolName(''), 'x');
});

test('workload: a recorded clock off the grid is run on the grid and shown as it was', () => {
  const { startMs, shownLaterMs, openFeed } = seriesWorkload(
    { name: 'off', startMs: 1_397_088_240_000, intervalMs: 300_000, values: [94, 56] },
    10,
  );
  assert.equal(startMs % 300_000, 0);
  assert.equal(startMs + (shownLaterMs ?? 0), 1_397_088_240_000);
  assert.equal(openFeed().next(0)[0]?.intervalStartMs, startMs);
});
