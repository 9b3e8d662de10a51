import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { drawTop } from '../../src/cli/top/table.ts';
import { createStyle } from '../../src/cli/up/style.ts';
import type { PoolRow } from '../../src/inspector/api/pools.ts';
import { openRun, openRuns } from '../../src/inspector/recording/open-run.ts';
import { inspected, type Inspected } from '../inspector/fixtures.ts';
import { cli } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-inspect-'));
let node: Inspected;

before(async () => {
  node = await inspected();
  await node.pass(10);
});
after(async () => {
  await node.close();
  rmSync(folder, { recursive: true, force: true });
});

test('inspect: says which node serves a page, and exits 2 where there is no node and no run', async () => {
  const found = await cli(['inspect', node.url, '--json']);
  assert.equal(found.code, 0, found.err);
  assert.deepEqual(JSON.parse(found.out), { page: node.url, node: 'n1', version: '1.2.3' });
  for (const [args, said] of [
    [['inspect', 'http://127.0.0.1:1'], /wanted a running node/],
    [['inspect', join(folder, 'nowhere')], /nothing there/],
    [['inspect', folder], /no policy with a timeline\.csv/],
    [['inspect', folder, 'http://127.0.0.1:1'], /one node, or up to 4 runs/],
    [['top', 'node-1'], /wanted an address/],
    [['top', 'http://127.0.0.1:1'], /wanted a running node/],
  ] as const) {
    const { code, err } = await cli(args);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, said);
  }
});

test('explain: replays a decision that a running node has', async () => {
  const { body } = await node.get('/api/v1/pools/web/decisions?limit=1');
  const [newest] = body['decisions'] as { id: string }[];
  const { code, out, err } = await cli(['explain', newest?.id ?? '', '--from', node.url]);
  assert.equal(code, 0, err);
  assert.match(out, /the same plan, bit for bit/);
});

test('top: prints a line for each pool once, problems first, and nothing in a name moves the cursor', async () => {
  const { code, out } = await cli(['top', node.url, '--once']);
  assert.equal(code, 0);
  assert.match(out, /1 pool, .* replicas ready/);
  assert.match(out, /^ {2}web /m);
  const [row] = (await node.get('/api/v1/pools')).body['pools'] as PoolRow[];
  assert.ok(row);
  const pools: PoolRow[] = [
    row,
    { ...row, pool: 'bad\u001B[2J', problems: [{ level: 'bad', text: 'Short: the load needs 5, 3 are ready' }] },
  ];
  const lines = drawTop({ node: 'n', pools, problem: undefined, width: 100, height: 24 }, createStyle(false));
  assert.match(lines[3] ?? '', /^! bad�\[2J .*Short/);
  assert.match(lines[4] ?? '', /^ {2}web/);
  assert.ok(lines.every((line) => line.length <= 100 && !line.includes('\u001B')));
  const short = drawTop({ node: 'n', pools, problem: 'gone', width: 60, height: 6 }, createStyle(false));
  assert.equal(short.at(-1), '  … 1 more');
});

test('recorded run: what is broken is named with its line, and what can be read is shown', async () => {
  const header = 'time,demand,required,ready,requested,cpu,queue,latency_p95,violation';
  const files: Readonly<Record<string, string>> = {
    good: `${header}\n60,1,1,1,1,0,0,0,0\n120,,1,1,1,0,0,0,0\n`,
    gap: `${header}\n60,1,1,1,1,0,0,0,0\n120,1,1,1,1,0,0,0,0\n240,1,1,1,1,0,0,0,0\n`,
    text: `${header}\n60,1,many,1,1,0,0,0,0\n`,
    columns: 'time,demand\n60,1\n',
  };
  for (const [label, text] of Object.entries(files)) {
    mkdirSync(join(folder, 'run', label), { recursive: true });
    writeFileSync(join(folder, 'run', label, 'timeline.csv'), text);
  }
  const run = await openRun(join(folder, 'run'));
  assert.deepEqual(
    run.policies.map(({ label, timeline }) => [label, timeline.demand]),
    [['good', [1, null]]],
  );
  const problems = run.problems.join('\n');
  assert.match(problems, /gap\/timeline\.csv: line 4: times are not one interval apart/);
  assert.match(problems, /text\/timeline\.csv: line 2: required is no number/);
  assert.match(problems, /columns\/timeline\.csv: columns are missing: required/);
  assert.match(problems, /good\/decisions\.jsonl: it cannot be read/);
});

test('recorded run: policies of two runs stand side by side under the names of their runs, if they begin together', async () => {
  const header = 'time,demand,required,ready,requested,cpu,queue,latency_p95,violation';
  const place = (run: string, startS: number): string => {
    mkdirSync(join(folder, run, 'predictive'), { recursive: true });
    const rows = [startS, startS + 60].map((time) => `${time},1,1,1,1,0,0,0,0\n`).join('');
    writeFileSync(join(folder, run, 'predictive', 'timeline.csv'), `${header}\n${rows}`);
    return join(folder, run);
  };
  const [before, after, other] = [place('before', 60), place('after', 60), place('other', 120)];
  const { name, policies } = await openRuns([before, after]);
  assert.equal(name, 'before and after');
  assert.deepEqual(
    policies.map(({ label }) => label),
    ['before: predictive', 'after: predictive'],
  );
  const twice = await openRuns([before, before]);
  assert.equal(twice.policies.length, 2);
  await assert.rejects(openRuns([before, other]), /other: predictive.*wanted.*start and interval of before: predictive/s);
});

test('recorded run: a log of decisions is drawn by what each of them saw, and its broken lines are told', async () => {
  const decisions = await node.world.published('decisions', 'decision');
  const log = join(folder, 'log.jsonl');
  writeFileSync(log, `${decisions.map((decision) => JSON.stringify(decision)).join('\n')}\nno JSON\n`);
  const { policies, problems, name } = await openRun(log);
  assert.equal(name, 'log.jsonl');
  assert.match(problems[0] ?? '', /log\.jsonl: line \d+: it is no JSON/);
  const [web] = policies;
  assert.equal(web?.label, 'web');
  const { timeline } = web;
  const last = decisions.at(-1);
  assert.equal(timeline.required.at(-1), last?.plan.trajectory[0]?.replicas);
  assert.equal(timeline.startMs, decisions.find(({ plan }) => plan.trajectory.length > 0)?.plan.atMs);
  assert.ok(timeline.demand.some((load) => load !== null && load > 0));
  writeFileSync(join(folder, 'rules.jsonl'), '{"atMs":1,"replicas":2}\n');
  await assert.rejects(openRun(join(folder, 'rules.jsonl')), /no decision with its inputs/);
});
