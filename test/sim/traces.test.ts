import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readTrace } from '../../sim/traces/read.ts';
import { InputError } from '../../src/problems.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-traces-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

function problemsOf(name: string, text: string): InputError {
  const path = file(name, text);
  try {
    readTrace(path);
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error;
  }
  return assert.fail('it was accepted');
}

test('trace: a series with filled rows has NaN where nothing was measured', () => {
  const trace = readTrace(file('web.csv', 'timestamp,value,filled\n60,1,0\n120,2,1\n180,,0\n240,4.5,0\n'));
  assert.equal(trace.kind, 'series');
  if (trace.kind !== 'series') return;
  assert.deepEqual([trace.name, trace.startMs, trace.intervalMs], ['web', 60_000, 60_000]);
  assert.deepEqual([...trace.values], [1, Number.NaN, Number.NaN, 4.5]);
});

test('trace: gzip, ISO times and Windows line ends are taken', () => {
  const trace = readTrace(file('a.csv.gz', 'timestamp,value\r\n2024-01-01T00:00:00Z,1\r\n2024-01-01 00:05:00,2\r\n'));
  assert.ok(trace.kind === 'series');
  assert.deepEqual([trace.name, trace.startMs, trace.intervalMs], ['a', Date.UTC(2024, 0, 1), 300_000]);
});

test('trace: other column names make a family', () => {
  const trace = readTrace(file('fam.csv', 'timestamp,web1,web2\n0,1,2\n60,,4\n'));
  assert.ok(trace.kind === 'family');
  assert.deepEqual(
    trace.members.map(({ name, values }) => [name, [...values]]),
    [
      ['web1', [1, Number.NaN]],
      ['web2', [2, 4]],
    ],
  );
});

test('trace: a request log keeps one entry per request, producers included where they are named', () => {
  const trace = readTrace(file('log.csv', 'timestamp,size,source,type,producer\n1,10,u1,GET,p1\n1.5,,u2,GET,p2\n2,7,u1,PUT,p1\n'));
  assert.ok(trace.kind === 'requests');
  assert.equal(trace.count, 3);
  assert.deepEqual([...trace.timestampMs], [1000, 1500, 2000]);
  assert.deepEqual([...trace.size], [10, Number.NaN, 7]);
  assert.deepEqual(trace.source, { dictionary: ['u1', 'u2'], indices: Uint32Array.from([0, 1, 0]) });
  assert.deepEqual(trace.producer?.dictionary, ['p1', 'p2']);
});

test('trace: all problems come at once, with file and line, wanted and found', () => {
  const error = problemsOf('bad.csv', 'timestamp,value\n0,1\n60,text\n120,NaN\n180,-1\n240,2\n240,3\n120,4\n300,5\nsoon,6\n420,7,8\n');
  const said = error.problems.map(({ place, found }) => `${place.slice(place.lastIndexOf(':') + 1)} ${found}`);
  assert.deepEqual(said, [
    '3 "text"',
    '4 "NaN"',
    '5 "-1"',
    '10 "soon"',
    '11 3',
    '7 the same time as the row before',
    '8 a time 120 s before the row before',
    '9 180 s after the row before',
  ]);
  assert.ok(error.problems.every(({ place, wanted }) => place.includes('bad.csv') && wanted.length > 3));
});

test('trace: a long list of problems is cut and counted', () => {
  const rows = Array.from({ length: 500 }, (_, i) => `${i * 60},x`).join('\n');
  const error = problemsOf('long.csv', `timestamp,value\n${rows}\n`);
  assert.equal(error.count, 500);
  assert.equal(error.problems.length, 20);
  assert.match(error.message, /and 480 more problems/);
});

for (const [what, text] of [
  ['an empty file', ''],
  ['a header alone', 'timestamp,value\n'],
  ['one row', 'timestamp,value\n0,1\n'],
  ['no header', '0,1\n60,2\n'],
  ['a column without a name', 'timestamp,\n0,1\n60,2\n'],
  ['the same column twice', 'timestamp,a,a\n0,1,1\n60,2,2\n'],
  ['an empty request log', 'timestamp,size,source,type\n'],
  ['requests out of order', 'timestamp,size,source,type\n5,1,a,b\n4,1,a,b\n'],
  ['a clock in milliseconds', 'timestamp,value\n1700000000000,1\n1700000060000,2\n'],
  ['infinity', 'timestamp,value\n0,Infinity\n60,1\n'],
] as const) {
  test(`trace: ${what} is refused`, () => {
    assert.ok(problemsOf('refused.csv', text).count > 0);
  });
}

test('trace: a file that is not there or not gzip is an input error', () => {
  assert.throws(() => readTrace(join(folder, 'absent.csv')), InputError);
  writeFileSync(join(folder, 'fake.csv.gz'), 'timestamp,value\n');
  assert.throws(() => readTrace(join(folder, 'fake.csv.gz')), InputError);
});
