/**
 * The inspector in a browser, and what a viewer costs: first view from cold, a filter keystroke with 1,000 pools and 10,000 actors, frames
 * while 28 days of minutes are scrubbed, and the steps of a node with and without a page that listens.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Session, type Profiler } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { createSystemClock } from '../src/adapters/system/clock.ts';
import { createInspector } from '../src/inspector/inspector.ts';
import type { Cursor } from '../src/inspector/api/pools.ts';
import { buildPage } from '../src/inspector/page/build.mjs';
import { openRun } from '../src/inspector/recording/open-run.ts';
import { createRecordingSource } from '../src/inspector/recording/source.ts';
import { silentLog } from '../src/ports/log.ts';
import { launch, look, NO_BROWSER } from '../test/inspector/browser.ts';
import { crowded, inspected, type Inspected } from '../test/inspector/fixtures.ts';

const POOLS = 1_000;
const ACTORS = 10_000;
const DAYS = 28;
const clock = createSystemClock();

export async function run(): Promise<void> {
  await buildPage();
  const assets = readdirSync('dist/inspector-page/assets').filter((name) => name.endsWith('.js'));
  const script = assets.reduce((sum, name) => sum + gzipSync(readFileSync(join('dist/inspector-page/assets', name))).byteLength, 0);
  console.log(`script, compressed: ${(script / 1_000).toFixed(1)} kB`);
  await measureViewer();
  if (NO_BROWSER === false) {
    const browser = await launch();
    await measureCrowd(browser);
    await measureScrubbing(browser);
    await browser.close();
  } else console.log(`skipped: ${NO_BROWSER}`);
}

/** Rounds of each kind, alternating, so that both meet the same machine. */
const ROUNDS = 24;
const INTERVALS = 120;
/** The page is told every second: at least one of these falls into each round. */
const TOLD_MS = 1_100;

/** Processor time of a node that does nothing but intervals of one pool, with and without a page that shows it. */
async function measureViewer(): Promise<void> {
  const node = await inspected();
  await node.pass(200);
  const takes: Record<'none' | 'one', number[]> = { none: [], one: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const viewers of ['none', 'one'] as const) {
      const page = viewers === 'one' ? await openPage(node) : undefined;
      // What an opening leaves behind is not of the intervals.
      globalThis.gc?.();
      const began = process.cpuUsage();
      await node.pass(INTERVALS);
      await setTimeout(TOLD_MS);
      const { user, system } = process.cpuUsage(began);
      takes[viewers].push((user + system) / 1_000);
      page?.kill();
      await setTimeout(50);
    }
  }
  const median = (of: number[]): number => of.toSorted((a, b) => a - b)[of.length >> 1] ?? 0;
  const none = median(takes.none);
  const one = median(takes.one);
  console.log(
    `${INTERVALS} intervals of a pool: ${none.toFixed(0)} ms of CPU without a viewer, ${one.toFixed(0)} ms with one (${((one / none - 1) * 100).toFixed(1)}%)`,
  );
  await measureShare(node);
  await node.close();
}

/** The same from inside: of all samples of working code those in the inspector. Another process cannot change this share. */
async function measureShare(node: Inspected): Promise<void> {
  const page = await openPage(node);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
  for (let round = 0; round < ROUNDS / 2; round++) {
    await node.pass(INTERVALS);
    await setTimeout(TOLD_MS);
  }
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  page.kill();
  console.log(`of the node's samples ${(100 * shareInside(profile, '/src/inspector/')).toFixed(2)}% are in the inspector, with one viewer`);
}

/** Share of the samples of working code that have a function of these files on their stack. */
function shareInside({ nodes, samples = [] }: Profiler.Profile, place: string): number {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const byId = new Map(nodes.map((one) => [one.id, one.callFrame]));
  const isInside = (id: number | undefined): boolean =>
    id !== undefined && (byId.get(id)?.url.includes(place) === true || isInside(parents.get(id)));
  const inside = new Map(nodes.map(({ id }) => [id, isInside(id)]));
  const working = samples.filter((id) => !['(idle)', '(program)'].includes(byId.get(id)?.functionName ?? ''));
  return working.filter((id) => inside.get(id) === true).length / Math.max(1, working.length);
}

/**
 * As the page does: the pool with its history once, and from there on what is new. Its opening is not counted, and it reads in a
 * process of its own, which is not the node's.
 */
async function openPage(node: Inspected): Promise<ChildProcess> {
  const { points, decisions, actions } = (await node.get('/api/v1/pools/web')).body['cursor'] as Cursor;
  await node.get('/api/v1/actors');
  const url = `${node.url}/api/v1/events?pool=web&pools=1&points=${points}&decisions=${decisions}&actions=${actions}`;
  const viewer = fork(fileURLToPath(new URL('./inspector/viewer.mjs', import.meta.url)), [url], { execArgv: [] });
  await once(viewer, 'message');
  await setTimeout(TOLD_MS);
  return viewer;
}

async function measureCrowd(browser: Browser): Promise<void> {
  const real = await inspected();
  await real.pass(70);
  const source = await crowded(real, POOLS, ACTORS);
  const inspector = createInspector({ source, clock, log: silentLog, version: '1', port: 0 });
  const url = await inspector.start();
  for (const [view, count] of [
    ['pools', POOLS],
    ['actors', ACTORS],
  ] as const) {
    const firsts: number[] = [];
    let keystroke = 0;
    for (let i = 0; i < 3; i++) {
      const beganMs = performance.now();
      const { page, close } = await look(browser, `${url}/#/${view}`);
      await page.locator('[data-row]').first().waitFor();
      firsts.push(performance.now() - beganMs);
      keystroke = Math.max(keystroke, await keystrokes(page));
      await close();
    }
    const cold = firsts.map((ms) => ms.toFixed(0)).join(', ');
    console.log(`first view of ${count} ${view} from cold, a new browser context included: ${cold} ms`);
    console.log(`filter keystroke with ${count} ${view}: ${keystroke.toFixed(0)} ms at the most, to the second frame after it`);
  }
  await inspector.stop();
  await real.close();
}

function keystrokes(page: Page): Promise<number> {
  return page.evaluate<number>(`(async () => {
    const field = document.querySelector('input[type=search]');
    let most = 0;
    for (const text of ['p', 'po', 'pool-9', 'pool-99', 'pool-9', '']) {
      const began = performance.now();
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))));
      most = Math.max(most, performance.now() - began);
    }
    return most;
  })()`);
}

async function measureScrubbing(browser: Browser): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-bench-'));
  const count = DAYS * 1_440;
  const need = (i: number): number => Math.round(8 + 5 * Math.sin((i / 1_440) * 2 * Math.PI));
  const rows = Array.from(
    { length: count },
    (_, i) =>
      `${1_700_000_040 + i * 60},${need(i) * 100},${need(i)},${need(i - 3)},${need(i - 1)},0.5,0,0.2,${Number(need(i - 3) < need(i))}`,
  );
  const decisions = Array.from({ length: count / 20 }, (_, i) =>
    JSON.stringify({ atMs: 1_700_000_040_000 + i * 1_200_000, replicas: need(i * 20), reason: 'bench' }),
  );
  for (const label of ['a', 'b']) {
    mkdirSync(join(folder, label));
    writeFileSync(
      join(folder, label, 'timeline.csv'),
      `time,demand,required,ready,requested,cpu,queue,latency_p95,violation\n${rows.join('\n')}\n`,
    );
    writeFileSync(join(folder, label, 'decisions.jsonl'), `${decisions.join('\n')}\n`);
  }
  const inspector = createInspector({
    source: createRecordingSource(await openRun(folder), clock),
    clock,
    log: silentLog,
    version: '1',
    port: 0,
  });
  const { page, close } = await look(browser, await inspector.start());
  await page.getByRole('slider', { name: 'Moment of the run' }).waitFor();
  await page.waitForTimeout(1_000);
  const frames = await page.evaluate<number[]>(`(async () => {
    const scrubber = document.querySelector('.scrubber');
    const frames = [];
    let before = performance.now();
    for (let i = 0; i < 240; i++) {
      scrubber.value = String(i * ${Math.floor(count / 240)});
      scrubber.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      frames.push(now - before);
      before = now;
    }
    return frames.sort((a, b) => a - b);
  })()`);
  const at = (share: number): string => (frames[Math.floor(share * (frames.length - 1))] ?? 0).toFixed(1);
  console.log(
    `scrubbing ${DAYS} days of minutes, two policies: a frame takes ${at(0.5)} ms, ${at(0.95)} ms in 19 of 20, without a graphics card`,
  );
  await close();
  await inspector.stop();
  rmSync(folder, { recursive: true, force: true });
}
