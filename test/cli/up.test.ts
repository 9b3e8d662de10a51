/**
 * Real processes: what `forescale up` promises about starting, stopping and leaving nothing behind. Needs /proc to see all
 * descendants, also those whose parent is gone.
 */
import { strict as assert } from 'node:assert';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { killStarted, runCli, type Running } from './process.ts';
import { pause, until } from '../until.ts';

const options = existsSync('/proc/self/environ') ? {} : { skip: 'needs /proc' };
const folder = mkdtempSync(join(tmpdir(), 'forescale-up-'));
after(() => {
  killStarted();
  rmSync(folder, { recursive: true, force: true });
});

const SERVICE = fileURLToPath(new URL('../adapters/local/service.mjs', import.meta.url));
let configs = 0;

/** A config of a service that starts fast and has a helper process of its own. */
function commandConfig(portFrom: number): string {
  configs += 1;
  const path = join(folder, `config-${configs}.yaml`);
  writeFileSync(
    path,
    `
pools:
  web:
    interval: 1s
    horizons: [5s]
    replicas: { min: 2, max: 4 }
    capacity: { requestsPerSecond: 50 }
    target:
      kind: local
      command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(SERVICE)}]
      healthPath: /healthz
      portRange: { from: ${portFrom}, to: ${portFrom + 99} }
      env: { HELPER: up-test-helper }
`,
  );
  return path;
}

const objects = ({ lines }: Running): Record<string, unknown>[] => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
const started = (running: Running) => (): boolean => running.lines.length > 0;
const url = (running: Running): string => /"url":"([^"]+)"/.exec(running.lines[0] ?? '')?.[1] ?? '';

async function status(address: string): Promise<number> {
  const response = await fetch(address);
  await response.arrayBuffer();
  return response.status;
}

test('up: runs by itself for a time, tells valid JSON lines, drains and exits 0 with nothing left', options, async () => {
  const running = runCli(['up', '--for', '20s', '--json']);
  await until(started(running), 'the first line', 15_000);
  await until(() => running.descendants().length >= 2, 'the service and its clients run', 20_000);
  assert.deepEqual(await running.exited, { code: 0, signal: null });
  assert.deepEqual(running.living(), []);
  const told = objects(running);
  assert.equal(told[0]?.['kind'], 'started');
  assert.equal(told.at(-1)?.['kind'], 'stopped');
  assert.equal(told.at(-1)?.['why'], 'the time is over');
  for (const one of told) assert.ok(Number.isFinite(Date.parse(String(one['time']))), 'every line has its time');
  const ticks = told.filter(({ kind }) => kind === 'tick');
  assert.ok(ticks.length >= 10, `${ticks.length} ticks`);
  assert.ok(
    ticks.some(({ ready }) => Number(ready) >= 1),
    'a replica got ready',
  );
  assert.ok(
    ticks.some(({ load }) => Number(load) > 0),
    'its load was observed',
  );
  assert.ok(
    ticks.some(({ skill, coverage }) => Number(skill) > 0.1 && Number(coverage) > 0.8),
    'the past that it was told makes a forecast that is better than the last value, from the beginning',
  );
  assert.match(running.lines.at(-1) ?? '', /"answered":[1-9]\d*,"failed":0/, 'no request failed, through start and drain');
  assert.deepEqual(running.errors, []);
});

test('up: serves a program of the user, sees its load and stops it on SIGTERM', options, async () => {
  const running = runCli(['up', '--json', '--config', commandConfig(22_000)]);
  await until(started(running), 'the first line', 15_000);
  const statuses: number[] = [];
  for (let i = 0; i < 20; i++) {
    statuses.push(await status(`${url(running)}/?ms=1`));
    await pause(100);
  }
  assert.deepEqual([...new Set(statuses)], [200]);
  await until(() => objects(running).some(({ load }) => Number(load) > 0), 'its load is seen', 5_000);
  assert.ok(running.descendants().length >= 6, 'two keepers, two services, two helpers');
  running.child.kill('SIGTERM');
  assert.deepEqual(await running.exited, { code: 0, signal: null });
  assert.deepEqual(running.living(), []);
  assert.equal(objects(running).at(-1)?.['why'], 'SIGTERM');
});

test('up: SIGINT at any moment of the start leaves nothing and exits 0, or as the signal says before it is heard', options, async () => {
  for (const delayMs of [150, 500, 900, 1_400]) {
    const running = runCli(['up', '--json', '--config', commandConfig(22_100 + delayMs)]);
    await pause(delayMs);
    running.child.kill('SIGINT');
    const { code, signal } = await running.exited;
    assert.ok(code === 0 || signal === 'SIGINT', `code ${code}, signal ${signal} after ${delayMs} ms: ${running.errors.join('\n')}`);
    assert.deepEqual(running.living(), [], `after ${delayMs} ms`);
  }
});

test('up: killed with SIGKILL at any moment, no process is alive after 5 s', options, async () => {
  // Before the balancer listens, while replicas start, while they serve, and under the demo's load.
  const moments: readonly (readonly [string, readonly string[], (running: Running) => Promise<void>])[] = [
    ['during start', ['up', '--json', '--config', commandConfig(23_000)], () => pause(700)],
    [
      'as children appear',
      ['up', '--json', '--config', commandConfig(23_200)],
      (running) => until(() => running.descendants().length > 0, 'a child', 15_000),
    ],
    [
      'while serving',
      ['up', '--json', '--config', commandConfig(23_300)],
      (running) => until(() => running.descendants().length >= 6, 'all', 15_000),
    ],
    [
      'demo under load',
      ['up', '--json'],
      (running) => until(() => running.lines.some((line) => line.includes('"clients"')), 'load', 30_000),
    ],
  ];
  for (const [moment, args, reach] of moments) {
    const running = runCli(args);
    await reach(running);
    running.child.kill('SIGKILL');
    await running.exited;
    await until(() => running.living().length === 0, `nothing is left (${moment})`, 5_000);
  }
});

test('up: a second signal ends everything at once', options, async () => {
  const config = commandConfig(23_500);
  const running = runCli(['up', '--json', '--config', config]);
  await until(() => objects(running).some(({ ready }) => ready === 2), 'ready', 15_000);
  // A request that takes longer than the drain makes the first signal wait.
  const slow = status(`${url(running)}/?ms=20000`).catch(() => 0);
  await pause(200);
  running.child.kill('SIGINT');
  await pause(300);
  assert.equal(running.child.exitCode, null, 'it drains');
  running.child.kill('SIGINT');
  assert.equal((await running.exited).code, 130);
  await until(() => running.living().length === 0, 'nothing is left', 3_000);
  assert.equal(await slow, 0);
});

test('up: when the reader of its output goes away it stops in order', options, async () => {
  const running = runCli(['up', '--json', '--config', commandConfig(23_600)]);
  await until(started(running), 'the first line', 15_000);
  running.child.stdout?.destroy();
  assert.deepEqual(await running.exited, { code: 0, signal: null });
  assert.deepEqual(running.living(), []);
});

test('up: a port that is taken is said in a sentence, and nothing is left', options, async () => {
  const first = runCli(['up', '--json', '--config', commandConfig(23_700)]);
  await until(started(first), 'the first line', 15_000);
  const port = new URL(url(first)).port;
  const second = runCli(['up', '--port', port, '--config', commandConfig(23_800)]);
  assert.equal((await second.exited).code, 1);
  assert.match(second.errors.join('\n'), new RegExp(`forescale: .*EADDRINUSE.*${port}`));
  assert.deepEqual(second.living(), []);
  first.child.kill('SIGTERM');
  assert.equal((await first.exited).code, 0);
});
