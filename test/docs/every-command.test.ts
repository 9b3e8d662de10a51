/**
 * Every command that a page tells people to type is run: here, as it stands, in a folder that has what the pages speak of, on a
 * node with a real Redis; or by the test that is named here. A page with a command that neither knows fails.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, symlinkSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { sleep } from '../../src/ports/clock.ts';
import { noServer, sharedServer } from '../adapters/redis/server.ts';
import { cli, killStarted, runCli, type Running } from '../cli/process.ts';
import { commandsOf, pages, read, root } from './pages.ts';

const clock = createSystemClock();
const commands = [...new Set(pages.flatMap((page) => commandsOf(page).map(({ text }) => text)))].toSorted();
const manifest = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };

/** Names of commands in a sentence: nobody types them without what they need. `forescale NAME` is known to exist by another test. */
const isName = (text: string): boolean => /^(?:forescale|node dist\/src\/cli\/main\.js) (?!up$|top$|inspect$)[a-z]+$/.test(text);

/** Too long, or of another system: the file that runs it, or what it does, and words of that file that show it. */
const elsewhere: Readonly<Record<string, readonly [file: string, words: string]>> = {
  'npm ci && npm start': ['.ci/run', 'npm start'],
  'npm ci && npm test': ['.ci/run', 'npm test'],
  'npm ci': ['.ci/run', 'npm ci'],
  'npm run check': ['.ci/run', 'npm run --silent typecheck'],
  'npm run chaos': ['test/chaos/chaos.test.ts', 'chaos'],
  'npm run chaos -- --for 3m --seed 1': ['test/chaos/chaos.test.ts', 'chaos'],
  'npm run dst -- --seeds 100': ['.ci/run', ' dst --seeds '],
  'npm run test:kubernetes': ['test/kubernetes/run.ts', 'kubernetes'],
  'npx forescale simulate sim/scenarios/flash-crowd.yaml': ['test/sim/simulate.test.ts', 'scenarios/'],
  'forescale backtest web.csv --out f.csv --model model.json': ['test/cli/backtest-model.test.ts', '--model'],
  'npx forescale bootstrap shop web.csv --bus redis://…': ['test/cli/bootstrap.test.ts', 'bootstrap'],
  'npx forescale bootstrap shop last-month.csv --bus redis://redis:6379': ['test/cli/bootstrap.test.ts', 'bootstrap'],
  'node --import tsx examples/haproxy/compare.ts': ['test/examples/haproxy.test.ts', 'compare'],
  'node --import tsx examples/kubernetes/compare.ts': ['test/examples/kubernetes.test.ts', 'compare'],
  'kubectl get pods --selector': ['test/agent/pod-usage.test.ts', 'selector'],
  'kubectl get --raw "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/forescale_replicas?labelSelector=pool%3Dweb"': [
    'test/serve/external-metrics.test.ts',
    '/apis/external.metrics.k8s.io/v1beta1',
  ],
  'kubectl apply -f deploy/kubernetes/predictivescalers.yaml': ['test/deploy/helm.test.ts', 'kubernetes/predictivescalers.yaml'],
  'kubectl explain predictivescaler.spec': ['test/deploy/helm.test.ts', 'kubernetes/predictivescalers.yaml'],
  'kubectl create priorityclass forescale-headroom --value=-10 --preemption-policy=Never': [
    'test/adapters/kubernetes/headroom.test.ts',
    'priorityClass',
  ],
};

/** A command of npm: its script, its benchmark or its test files are there, and what it installs is what the tests run with. */
function assertNpm(text: string): void {
  const [, script] = /^npm run (\S+)/.exec(text) ?? [];
  if (script !== undefined) assert.ok(script in manifest.scripts, text);
  const [, bench] = /^npm run bench -- (\S+)/.exec(text) ?? [];
  if (bench !== undefined) assert.ok(existsSync(`${root}bench/${bench}.ts`), text);
  const [, words] = /npm test -- (.*)$/.exec(text) ?? [];
  const files = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' });
  for (const word of words?.split(' ') ?? [])
    assert.ok(
      files.some((file) => file.includes(word)),
      `${text}: ${word}`,
    );
  const [, packages] = /^npm install (.*)$/.exec(text) ?? [];
  for (const one of packages?.split(' ') ?? []) {
    const [, name = '', version = ''] = /^(.+)@([\d.]+)$/.exec(one) ?? [];
    assert.notEqual(name, '', `${text}: ${one} names no version`);
    const { version: tested } = JSON.parse(read(`node_modules/${name}/package.json`)) as { readonly version: string };
    assert.ok(`${tested}.`.startsWith(`${version}.`), `${text}: the tests run with ${name} ${tested}`);
  }
}

interface Place {
  readonly bus: string;
  readonly node: string;
}

/** The words of a command of ours with what stands for something in their place. */
function wordsOf(text: string, { bus, node }: Place): string[] {
  const asked = text.replace(/^(?:npx |npm run forescale -- |[A-Z_]+=\S+ )*(?:forescale )?/, '');
  const words = asked
    .replace(/redis:\/\/\S+|\bURL\b/, bus)
    .replace('--trace FILE', '--trace web.csv')
    .replace(/\bFILE\b/, 'forescale.yaml')
    .replace(/\bPOOL\b/, 'shop')
    .replace(/\bLEVEL\b|shadow\|\S+/, 'guarded')
    .replace('list|show|replay|drop', 'list')
    .replace('0.0.0.0:4271', '127.0.0.1:0')
    .replace('before after', 'report report')
    .replace(/\blog\.jsonl/, 'report/predictive/decisions.jsonl')
    .replaceAll(/[[\]]/g, '')
    .split(/\s+/);
  const [name = '', where] = words;
  if (name === 'autonomy' || name === 'reset') return [...words, '--node', node];
  if (name === 'top' || (name === 'inspect' && where === undefined)) return [...words, node];
  // The node that is there has its place, and its config, already.
  if (name === 'up')
    return [...words.filter((word) => word !== '--bus' && word !== bus), '--for', '1s', '--inspector', 'off', '--port', '0'];
  return words;
}

/** These stay until they are told to go. */
const STAYS = /^(agent|bridge|watch|inspect (?!http))/;

async function assertStays(words: readonly string[], text: string): Promise<void> {
  const running = runCli(words);
  await untilSaid(running, text);
  running.child.kill('SIGTERM');
  assert.deepEqual(await running.exited, { code: 0, signal: null }, `${text}\n${running.errors.join('\n')}`);
}

async function untilSaid(running: Running, text: string): Promise<void> {
  for (let attempt = 0; attempt < 600 && running.lines.length + running.errors.length === 0; attempt += 1) {
    assert.equal(running.child.exitCode, null, `${text} ended`);
    await sleep(clock, 100);
  }
}

const CONFIG = `pools:
  shop:
    interval: 1s
    capacity: { requestsPerSecond: 50 }
    replicas: { min: 1, max: 2 }
    target: { kind: local, demo: {} }
inspector: { act: true }
`;
/** For those that read load or carry messages: an endpoint and a broker that are not there are waited for. */
const ELSEWHERE = `sources:
  - { pool: shop, scrape: { urls: ['http://127.0.0.1:9/metrics'], requests: { metric: http_requests_total } } }
bridges:
  - { url: 'amqp://127.0.0.1:9', in: { from: observations } }
`;

/** A series with a cycle. */
function trace(fromMs: number, stepMs: number, rows: number): string {
  const values = Array.from(
    { length: rows },
    (_, i) => `${(fromMs + i * stepMs) / 1_000},${100 + Math.round(60 * Math.sin((i * Math.PI) / 144))}`,
  );
  return `timestamp,value\n${values.join('\n')}\n`;
}

const folder = mkdtempSync(join(tmpdir(), 'forescale-commands-'));
const home = process.cwd();
after(() => {
  killStarted();
  rmSync(folder, { recursive: true, force: true });
});

/** A file that another command has written. */
const isOpened = (text: string): boolean => text.startsWith('open ');
const isOurs = (text: string): boolean =>
  /^(?:[A-Z_]+=\S+ )*(?:npx |npm run forescale -- )?(?:forescale )?\w/.test(text) && /forescale /.test(text);
const known = (text: string): boolean => isName(text) || text in elsewhere;
const ours = commands.filter((text) => isOurs(text) && !known(text) && !/^(kubectl|helm|docker)/.test(text));

test('docs: every command is run here, or by a test that is named here', () => {
  assert.ok(commands.length > 60, `${commands.length} commands`);
  for (const [text, [file, words]] of Object.entries(elsewhere)) {
    assert.ok(commands.includes(text), `no page says: ${text}`);
    assert.ok(read(file).includes(words), `${text}: ${file} does not say ${words}`);
  }
  for (const text of commands.filter((one) => /(^|\s)npm (run|test|install)/.test(one))) assertNpm(text);
  const unknown = commands.filter(
    (text) => !known(text) && !isOpened(text) && !ours.includes(text) && !/(^|\s)npm (run|test|install)/.test(text),
  );
  assert.deepEqual(unknown, []);
});

test(
  'docs: every command of ours does what the page says, on a node with a real Redis',
  { skip: noServer ?? false, timeout: 600_000 },
  async () => {
    // The pages name files of the folder that a person is in, and programs that we start find their loader from there.
    symlinkSync(join(home, 'node_modules'), join(folder, 'node_modules'));
    process.chdir(folder);
    try {
      await runAll();
    } finally {
      // The files of tests share a process.
      process.chdir(home);
    }
  },
);

async function runAll(): Promise<void> {
  const nowMs = clock.nowMs();
  writeFileSync('forescale.yaml', CONFIG);
  writeFileSync('web.csv', trace(nowMs - 2 * 86_400_000, 600_000, 288));
  const bus = `${(await sharedServer()).url}?prefix=docs-commands`;
  const up = runCli(['up', '--config', 'forescale.yaml', '--bus', bus, '--inspector', '127.0.0.1:0', '--json']);
  await untilSaid(up, 'up');
  const { inspector: node } = JSON.parse(up.lines[0] ?? up.errors.join('\n')) as { readonly inspector: string };
  const failed: string[] = [];
  for (const text of inOrder(ours)) {
    const words = wordsOf(text, { bus, node });
    writeFileSync('forescale.yaml', /^(agent|bridge)/.test(words[0] ?? '') ? CONFIG + ELSEWHERE : CONFIG);
    if (STAYS.test(words.join(' '))) await assertStays(words, text);
    else {
      const { code, out, err } = await cli(words);
      if (code !== 0) failed.push(`${text} (${words.join(' ')}): ${code}\n${out.slice(-300)}\n${err.slice(-600)}`);
    }
  }
  for (const text of commands.filter(isOpened)) if (!existsSync(text.slice('open '.length))) failed.push(text);
  assert.deepEqual(failed, []);
  up.child.kill('SIGTERM');
  assert.equal((await up.exited).code, 0);
}

/** What others read is written first: a report, a model. */
function inOrder(texts: readonly string[]): string[] {
  const rank = (text: string): number => ['init', 'simulate', 'backtest'].findIndex((name) => text.includes(`forescale ${name}`)) >>> 0;
  return texts.toSorted((a, b) => rank(a) - rank(b));
}
