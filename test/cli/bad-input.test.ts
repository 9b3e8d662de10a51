/**
 * What people get wrong, one case each, through the command line: one message that names every problem with its place,
 * exit code 2, and nothing half done.
 */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { cli } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-bad-input-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(at(name), content);
  return at(name);
};

const rows = Array.from({ length: 50 }, (_, i) => `${60 * i},${100 + (i % 7)}`);
const csv = (lines: readonly string[], header = 'timestamp,value'): string => `${[header, ...lines].join('\n')}\n`;
const changed = (row: number, line: string): string => csv(rows.with(row, line));

/** Name of the file, its content, and what has to be said of it, in order. */
const TRACES: readonly (readonly [string, string | Uint8Array, readonly RegExp[]])[] = [
  ['text.csv', changed(5, '300,many'), [/text\.csv:7: wanted a number of 0 or more.*found "many"/]],
  ['nan.csv', csv(rows.with(5, '300,NaN').with(6, '360,-3')), [/nan\.csv:7: .*found "NaN"/, /nan\.csv:8: .*found "-3"/]],
  ['twice.csv', changed(5, rows[4] ?? ''), [/twice\.csv:7: wanted a time of its own, found the same time/]],
  ['mixed.csv', csv(rows.with(5, rows[30] ?? '').with(30, rows[5] ?? '')), [/mixed\.csv:8: wanted rows in order of time/]],
  ['short.csv', changed(5, '300'), [/short\.csv:7: wanted 2 columns \(timestamp,value\), found 1/]],
  ['empty.csv', '', [/empty\.csv: wanted a header `timestamp,value\[,filled\]`.*found an empty file/]],
  ['header.csv', csv([]), [/header\.csv: wanted at least two rows, found 0/]],
  ['headless.csv', csv(rows.slice(1), rows[0]), [/headless\.csv:1: wanted a header .*found "0,100"/]],
  ['cut.csv.gz', gzipSync(csv(rows)).subarray(0, 60), [/cut\.csv\.gz: wanted a readable CSV file .*found a gzip file that is cut off/]],
  ['plain.csv.gz', csv(rows), [/plain\.csv\.gz: .*found no gzip data, or damaged/]],
];

for (const [name, content, problems] of TRACES) {
  test(`bad input: a trace like ${name} is refused by backtest and simulate`, async () => {
    const path = write(name, content);
    const out = at(`${name}.out`);
    for (const args of [
      ['backtest', path, '--out', out],
      ['simulate', '--trace', path, '--policy', 'static', '--out', out],
    ]) {
      const { code, err } = await cli(args);
      assert.equal(code, 2, err);
      for (const problem of problems) assert.match(err, problem);
    }
    assert.ok(!existsSync(out) && !existsSync(`${out}.part`), 'nothing is left behind');
  });
}

test('bad input: a folder, nothing, and a file without permission are told apart', async () => {
  mkdirSync(at('folder.csv'));
  const secret = write('secret.csv', csv(rows));
  chmodSync(secret, 0);
  for (const [path, found] of [
    [at('folder.csv'), 'a folder'],
    [at('nowhere.csv'), 'nothing there'],
    // The superuser may read everything.
    ...(process.getuid?.() === 0 ? [] : [[secret, 'no permission'] as const]),
  ] as const) {
    const trace = await cli(['backtest', path, '--out', at('o.csv')]);
    assert.equal(trace.code, 2);
    assert.ok(trace.err.includes(`${path}: wanted a readable CSV file (gzip if its name ends in .gz), found ${found}\n`), trace.err);
    for (const args of [
      ['check', path],
      ['up', '--config', path],
      ['simulate', path],
    ]) {
      const { code, err } = await cli(args);
      assert.equal(code, 2);
      assert.ok(err.includes(`${path}: wanted a `) && err.includes(` that can be read, found ${found}\n`), err);
    }
  }
});

/** Each as a config and as a scenario; what both say. */
const DOCUMENTS: readonly (readonly [string, string, RegExp])[] = [
  ['broken.yaml', 'pools:\n  web:\n    interval: 5s\n   horizons: [5m]\n', /broken\.yaml:4:1: wanted YAML, found /],
  ['nothing.yaml', '\n', /nothing\.yaml: wanted settings, found an empty file/],
  ['comment.yaml', '# later\n', /comment\.yaml: wanted settings, found an empty file/],
  ['text.yaml', 'just text\n', /text\.yaml:1:1: wanted an object, found "just text"/],
  ['odd.yaml', '? [a, b]\n: 1\n', /odd\.yaml:1:3: wanted a text as a key, found a list/],
];

for (const [name, text, problem] of DOCUMENTS) {
  test(`bad input: a document like ${name} is refused as a config and as a scenario`, async () => {
    const path = write(name, text);
    for (const args of [
      ['check', path],
      ['up', '--config', path],
      ['simulate', path],
    ]) {
      const { code, err } = await cli(args);
      assert.equal(code, 2, err);
      assert.match(err, problem);
    }
  });
}

test('bad input: unknown keys are named with the key that was probably meant', async () => {
  const path = write('keys.yaml', 'pools:\n  web:\n    intervall: 5s\n    capacity: { requestsPerSecond: 25 }\n');
  const { code, err } = await cli(['check', path]);
  assert.equal(code, 2);
  assert.match(err, /keys\.yaml:3:5 pools\.web\.intervall: .*found an unknown key; did you mean interval\?/);
});

test('bad input: a config that contradicts itself is told all of it at once', async () => {
  const text = 'pools:\n  web:\n    horizons: [0s, 5m]\n    capacity: { requestsPerSecond: 25 }\n    replicas: { min: 9, max: 3 }\n';
  const { code, err } = await cli(['check', write('contradiction.yaml', text)]);
  assert.equal(code, 2);
  assert.match(err, /:3:16 pools\.web\.horizons\[0\]: wanted a whole multiple of the interval \(1m\), above 0, found 0s/);
  assert.match(err, /:5:17 pools\.web\.replicas\.min: wanted at most 3, the maximum, found 9/);
});

test('bad input: options that make no sense are told all at once', async () => {
  const trace = write('good.csv', csv(rows));
  const backtest = await cli(['backtest', trace, '--out', at('o.csv'), '--horizons', '0', '--from', '2', '--every', '0', '--profile', 'x']);
  assert.equal(backtest.code, 2);
  assert.deepEqual(backtest.err.match(/^--[a-z]+/gm), ['--horizons', '--from', '--every', '--profile']);
  for (const [option, value] of [
    ['--policy', 'wishful'],
    ['--lead-time', '5'],
    ['--seed', 'x'],
    ['--max', '0'],
    ['--short-minute-price', '0'],
  ] as const) {
    const { code, err } = await cli(['simulate', '--trace', trace, option, value, '--out', at('never')]);
    assert.equal(code, 2, option);
    assert.ok(err.startsWith(`${option}: wanted `), err);
  }
  assert.ok(!existsSync(at('never')));
  const { code, err } = await cli(['simulate', '--trace', trace, '--policy', 'static', '--messages']);
  assert.equal(code, 2);
  assert.equal(err, '--messages: wanted --out DIR, where they are written, found no --out\n');
});

test('bad input: where nothing can be written is said before the work, not after it', async () => {
  const trace = write('fine.csv', csv(rows));
  for (const [out, found] of [
    [at('folder.csv'), 'a folder'],
    [at('no/such/folder.csv'), 'nothing there'],
    [`${trace}/o.csv`, 'a file where a folder is needed'],
  ] as const) {
    const { code, err } = await cli(['backtest', trace, '--out', out]);
    assert.equal(code, 2);
    assert.equal(err, `--out: wanted a file that can be written, found ${out}: ${found}\n`);
  }
  const { code, err } = await cli(['simulate', '--trace', trace, '--policy', 'static', '--out', trace]);
  assert.equal(code, 2);
  assert.match(err, /^--out: wanted a folder that can be written, found a file/);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.part')),
    [],
  );
});

test('bad input: a trace that teaches nothing says so instead of writing an empty file silently', async () => {
  const unmeasured = write(
    'unmeasured.csv',
    csv(
      rows.map((row) => `${row},1`),
      'timestamp,value,filled',
    ),
  );
  const { code, err } = await cli(['backtest', unmeasured, '--out', at('unmeasured.out')]);
  assert.equal(code, 0);
  assert.equal(err, 'unmeasured: no forecast, because too few of its 50 rows were measured\n');
});
