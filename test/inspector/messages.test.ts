/** The messages of a recorded run, as `simulate --messages` writes them: over the API, and stepped through on the page. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { createRandom } from '../../src/adapters/system/random.ts';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import type { RecordedMessage, Run, RunMessages } from '../../src/inspector/api/recording.ts';
import { createInspector, type Inspector } from '../../src/inspector/inspector.ts';
import { buildPage } from '../../src/inspector/page/build.mjs';
import { messageAt, messageFrom } from '../../src/inspector/page/views/message-steps.ts';
import { openRun } from '../../src/inspector/recording/open-run.ts';
import { createRecordingSource } from '../../src/inspector/recording/source.ts';
import { silentLog } from '../../src/ports/log.ts';
import { writeReport } from '../../sim/report/write.ts';
import { compileScenario } from '../../sim/scenario/compile.ts';
import { parseScenario } from '../../sim/scenario/load.ts';
import { policiesFor, simulate } from '../../sim/simulate.ts';
import { holds, launch, look, NO_BROWSER, seriousIssues, shoot } from './browser.ts';

const HALF_HOUR = `name: half-hour
description: A step that has to be met.
duration: 30m
producers: { count: 2 }
plant: { replicaCapacity: 10 }
workload:
  - constant: { rate: 80 }
  - step: { at: 10m, by: 60 }
expect:
  predictive: { violationShareMax: 1 }
`;

const skip = NO_BROWSER;
const folder = mkdtempSync(join(tmpdir(), 'forescale-messages-'));
let recorded: Inspector;
let url = '';
let browser: Browser | undefined;

before(async () => {
  if (skip === false) await buildPage();
  const scenario = parseScenario(HALF_HOUR, 'half-hour.yaml');
  const world = compileScenario(scenario, createRandom(1).fork('workload'));
  const policies = policiesFor(['predictive', 'hpa']);
  writeReport(folder, await simulate({ ...world, policies, seed: 1, scenario, keepsMessages: true }));
  // A line that was cut off, a message that lost its data, and what a run says that had more of them.
  appendFileSync(join(folder, 'predictive', 'messages.jsonl'), '{"atMs":1,"na\n{"atMs":9e12,"name":"plan"}\n{"leftOut":7}\n');
  const clock = createSystemClock();
  const source = createRecordingSource(await openRun(folder), clock);
  recorded = createInspector({ source, clock, log: silentLog, version: '1.2.3', port: 0 });
  url = await recorded.start();
  if (skip === false) browser = await launch();
});
after(async () => {
  await browser?.close();
  await recorded.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function get<T>(path: string): Promise<{ readonly status: number; readonly body: T }> {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, body: (await response.json()) as T };
}

test('recorded messages: an index of all and each of them, in the order in which they were taken', async () => {
  const { body: run } = await get<Run>('/api/v1/run');
  const [predictive, hpa] = run.policies;
  assert.ok((predictive?.messages ?? 0) > 200);
  assert.equal(hpa?.messages, null);
  assert.deepEqual(run.problems, [`predictive/messages.jsonl: line ${predictive?.messages ?? 0}: it is no JSON`]);
  const { body: index } = await get<RunMessages>('/api/v1/messages?policy=predictive');
  assert.equal(index.atMs.length, predictive?.messages);
  assert.equal(index.leftOut, 7);
  const command = index.nameOf.findIndex((name) => index.names[name] === 'scaling-command');
  const { body: message } = await get<RecordedMessage>(`/api/v1/message?policy=predictive&number=${command}`);
  assert.deepEqual([message.name, message.source, message.to.split('/')[0]], ['scaling-command', 'pse:half-hour', 'act:half-hour']);
  assert.equal(message.atMs, index.atMs[command]);
  assert.ok(message.active.length > 0);
});

test('recorded messages: what is not there or cannot be read is said, with a way on', async () => {
  type Failed = { readonly error: { readonly code: string; readonly hint?: string } };
  const last = (await get<RunMessages>('/api/v1/messages?policy=predictive')).body.atMs.length - 1;
  for (const [path, status, code] of [
    ['/api/v1/messages?policy=hpa', 404, 'no-messages'],
    ['/api/v1/message?policy=none&number=0', 404, 'no-messages'],
    ['/api/v1/message?policy=predictive&number=999999', 404, 'unknown-message'],
    [`/api/v1/message?policy=predictive&number=${last}`, 422, 'broken-message'],
  ] as const) {
    const { status: found, body } = await get<Failed>(path);
    assert.deepEqual([found, body.error.code], [status, code], path);
  }
  assert.match((await get<Failed>('/api/v1/messages?policy=hpa')).body.error.hint ?? '', /--messages/);
});

test('recorded messages: steps keep to a type, and a moment finds the last that was there', () => {
  const messages = { policy: 'p', atMs: [10, 20, 20, 30], names: ['plan', 'control'], nameOf: [0, 1, 0, 1], leftOut: 0 };
  const all = { messages, type: '' };
  const plans = { messages, type: 'plan' };
  assert.deepEqual([messageAt(all, 9), messageAt(all, 20), messageAt(all, 99)], [undefined, 2, 3]);
  assert.deepEqual([messageAt(plans, 99), messageAt({ messages, type: 'control' }, 19)], [2, undefined]);
  assert.deepEqual(
    [messageFrom(all, 0, 1), messageFrom(plans, 0, 1), messageFrom(plans, 2, 1), messageFrom(plans, 0, -1)],
    [1, 2, undefined, undefined],
  );
});

test('inspector page: a recorded run is stepped by message, of one type or all, and a link leads back to it', { skip }, async () => {
  assert.ok(browser !== undefined);
  const { page, said, close } = await look(browser, `${url}/#/run`);
  const panel = page.getByRole('region', { name: 'Messages, predictive' });
  await panel.getByText('7 later ones were not written down').waitFor();
  await page.getByLabel('Type of message').selectOption('scaling-command');
  await panel.getByText('None was taken yet').waitFor();
  await page.keyboard.press(']');
  await panel.getByText(/pse:half-hour → act:half-hour/).waitFor();
  await holds(page, 'Number(document.querySelector(".scrubber").value) >= 1');
  assert.deepEqual(await seriousIssues(page), []);
  await page.getByLabel('Type of message').selectOption('');
  await panel.getByRole('button', { name: 'Message after' }).click();
  await holds(page, 'location.hash.includes("message=") && !location.hash.includes("type=")');
  const [, at] = /^([\d,]+) of/.exec((await panel.locator('header p').textContent()) ?? '') ?? [];
  await panel.getByPlaceholder('Search keys and values').waitFor();
  await shoot(page, 'run-messages-1280-light');

  const again = await look(browser, page.url(), { width: 390, scheme: 'dark' });
  const same = again.page.getByRole('region', { name: 'Messages, predictive' });
  await same.getByText(`${at ?? ''} of`).waitFor();
  assert.deepEqual(await seriousIssues(again.page), []);
  assert.ok((await again.page.evaluate<number>('document.documentElement.scrollWidth')) <= 390);
  await shoot(again.page, 'run-messages-390-dark');
  await again.close();

  // Whoever scrubs on sees the last message of that moment.
  await page.getByRole('heading', { name: 'The moment' }).click();
  await page.keyboard.press('Shift+ArrowLeft');
  await panel.getByText(`${at ?? ''} of`).waitFor({ state: 'detached' });
  await holds(page, '!location.hash.includes("message=")');
  assert.deepEqual(said, []);
  await close();
});
