/** The inspector's page in a real browser, against a real node in virtual time, a real process and a recorded run. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { createInspector, type Inspector } from '../../src/inspector/inspector.ts';
import type { PoolRow } from '../../src/inspector/api/pools.ts';
import { buildPage } from '../../src/inspector/page/build.mjs';
import { openRun } from '../../src/inspector/recording/open-run.ts';
import { createRecordingSource } from '../../src/inspector/recording/source.ts';
import { silentLog } from '../../src/ports/log.ts';
import { pseAddress, shardOf } from '../../src/protocol/address.ts';
import { killStarted, runCli } from '../cli/process.ts';
import { holds, launch, look, NO_BROWSER, seriousIssues, shoot } from './browser.ts';
import { crowded, inspected, type Inspected } from './fixtures.ts';
import { until } from '../until.ts';

const options = { skip: NO_BROWSER };
const HTML = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
const TOKEN = 'a-token-of-enough-characters';
const folder = mkdtempSync(join(tmpdir(), 'forescale-inspector-'));
let browser: Browser;
let live: Inspected;
let recorded: Inspector;
let recordedUrl = '';

before(async () => {
  if (NO_BROWSER !== false) return;
  await buildPage();
  browser = await launch();
  live = await inspected({ mayAct: true });
  await live.pass(60);
  // What names and messages hold comes from elsewhere.
  const to = pseAddress('web');
  const entry = {
    shard: shardOf(to),
    to,
    contentType: 'application/json',
    body: Buffer.from(HTML),
    atMs: live.world.kernel.clock.nowMs(),
  } as const;
  await live.world.bus.append([entry]);
  await live.post('/api/v1/control', { pool: 'web', command: 'train', by: HTML, reason: HTML });
  await live.pass(1);
  await record(join(folder, 'run'));
  recorded = await serve(join(folder, 'run'));
  recordedUrl = await recorded.start();
});
after(async () => {
  killStarted();
  if (NO_BROWSER !== false) return;
  await browser.close();
  await recorded.stop();
  await live.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The node's own decisions, written as `simulate` writes them, beside a rule's. */
async function record(to: string): Promise<void> {
  const decisions = await live.world.published('decisions', 'decision');
  const startMs = Math.floor((decisions[0]?.plan.atMs ?? 0) / 60_000) * 60_000;
  const rows = Array.from({ length: 60 }, (_, i) =>
    [startMs / 1_000 + i * 60, 300, 4, i % 20 === 9 ? 3 : 5, 5, 0.8, 0, 0.4, Number(i % 20 === 9)].join(','),
  );
  const csv = `time,demand,required,ready,requested,cpu,queue,latency_p95,violation\n${rows.join('\n')}\n`;
  for (const label of ['predictive', 'hpa']) {
    mkdirSync(join(to, label), { recursive: true });
    writeFileSync(join(to, label, 'timeline.csv'), csv);
  }
  writeFileSync(join(to, 'predictive', 'decisions.jsonl'), decisions.map((decision) => `${JSON.stringify(decision)}\n`).join(''));
  writeFileSync(join(to, 'hpa', 'decisions.jsonl'), `${JSON.stringify({ atMs: startMs + 600_000, replicas: 5, reason: HTML })}\nno JSON\n`);
}

async function serve(run: string): Promise<Inspector> {
  const clock = createSystemClock();
  return createInspector({ source: createRecordingSource(await openRun(run), clock), clock, log: silentLog, version: '1.2.3', port: 0 });
}

async function lastChange(): Promise<string> {
  const { body } = await live.get('/api/v1/pools/web');
  return (body['decisions'] as { id: string; action: string | null }[]).findLast(({ action }) => action !== null)?.id ?? 'none';
}

test(
  'inspector page: every view is there at both widths and in both colours, without a word in the console and a serious issue',
  options,
  async () => {
    const decision = encodeURIComponent(await lastChange());
    const views = [
      ['pools', live.url, '#/pools', 'web'],
      ['pool', live.url, '#/pools/web', 'Load against forecast'],
      ['decision', live.url, `#/decision/${decision}`, 'How it came to this number'],
      ['actors', live.url, '#/actors', 'Actors'],
      ['engine', live.url, `#/actors/${encodeURIComponent('pse:web')}`, 'Its machine'],
      ['analyzer', live.url, `#/actors/${encodeURIComponent('pla:web')}`, 'Its machine'],
      ['cluster', live.url, '#/cluster', 'Dead letters'],
      ['run', recordedUrl, '#/run', 'The whole run'],
    ] as const;
    for (const [name, url, hash, text] of views) {
      for (const [width, scheme] of [
        [1_280, 'light'],
        [390, 'dark'],
      ] as const) {
        const { page, said, close } = await look(browser, `${url}/${hash}`, { width, scheme });
        await page.getByText(text, { exact: false }).first().waitFor();
        await page.waitForTimeout(300);
        await shoot(page, `${name}-${width}-${scheme}`);
        assert.deepEqual(await seriousIssues(page), [], `${name} at ${width}`);
        assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= width, `${name} fits ${width}`);
        assert.deepEqual(said, [], `${name} at ${width}`);
        await close();
      }
    }
  },
);

test('inspector page: a decision is replayed to the same plan, and leads to its neighbours by keys', options, async () => {
  const id = await lastChange();
  const { page, said, close } = await look(browser, `${live.url}/#/decision/${encodeURIComponent(id)}`);
  await page.getByRole('button', { name: 'Replay it' }).click();
  await page.getByText(/The same: \d+, all \d+ values/).waitFor();
  await page.keyboard.press('[');
  await holds(page, `!location.hash.includes(${JSON.stringify(encodeURIComponent(id))})`);
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.getByRole('heading', { name: 'Cluster' }).waitFor();
  assert.deepEqual(said, []);
  await close();
});

test('inspector page: an actor is stepped back and on by its messages, each lights the state after it', options, async () => {
  const { page, said, close } = await look(browser, `${live.url}/#/actors/${encodeURIComponent('pse:web')}`);
  await page.getByText('Its machine').waitFor();
  await page.getByText('None yet').waitFor();
  await live.pass(2);
  const { body } = await live.get('/api/v1/actor?address=pse:web');
  const [last, before] = body['messages'] as { name: string }[];
  const list = page.getByRole('group', { name: 'Last messages, newest first' });
  await list.waitFor();
  for (const message of [last, before, last]) {
    await page.keyboard.press(message === last && (await list.getByText('shown above').count()) > 0 ? ']' : '[');
    await page.getByText(`Lit where it was after ${message?.name ?? ''}`).waitFor();
  }
  assert.equal(await list.getByText('shown above').count(), 1);
  await page.getByRole('button', { name: 'Back to now' }).click();
  await page.getByText('lit where it is now').waitFor();
  assert.deepEqual(said, []);
  await close();
});

test('inspector page: of 10,000 actors and 1,000 pools only what is seen is drawn, and a filter finds the one', options, async () => {
  const crowd = createInspector({ source: await crowded(live), clock: createSystemClock(), log: silentLog, version: '1', port: 0 });
  const url = await crowd.start();
  for (const [view, field, one, many] of [
    ['pools', 'Filter', 'pool-977', 1_000],
    ['actors', 'Filter actors', 'pool-977/web-4', 10_000],
  ] as const) {
    const { page, said, close } = await look(browser, `${url}/#/${view}`);
    await page.getByText('pool-0', { exact: false }).first().waitFor();
    const rows = page.locator('[data-row]');
    const drawn = await rows.count();
    assert.ok(drawn > 5 && drawn < 100, `${drawn} of ${many} rows`);
    await page.getByLabel(field, { exact: false }).first().fill(one);
    await holds(page, 'document.querySelectorAll("[data-row]").length === 1');
    assert.match((await rows.first().textContent()) ?? '', new RegExp(one));
    assert.deepEqual(said, []);
    await close();
  }
  await crowd.stop();
});

test('inspector page: HTML in messages, names and reasons is text', options, async () => {
  for (const [url, hash, text] of [
    [live.url, '#/cluster', 'Dead letters'],
    [recordedUrl, '#/run', 'The whole run'],
    [live.url, `#/pools/${encodeURIComponent(HTML)}`, 'There is no pool'],
    [live.url, `#/decision/${encodeURIComponent(HTML)}`, 'There is no decision'],
  ] as const) {
    const { page, close } = await look(browser, `${url}/${hash}`);
    await page.getByText(text).first().waitFor();
    for (const one of await page.locator('details').all()) await one.locator('summary').click();
    assert.equal(await page.locator('img[src="x"]').count(), 0, hash);
    assert.ok(!['1', '2'].includes(await page.title()), hash);
    await close();
  }
});

test('inspector page: what is not there is said, with a way on', options, async () => {
  for (const [hash, text] of [
    ['#/pools/none', 'There is no pool none'],
    ['#/decision/web%2F99999', 'There is no decision web/99999'],
    ['#/actors/pla%3Anone', 'There is no actor'],
    ['#/nothing', 'There is no such page'],
  ] as const) {
    const { page, close } = await look(browser, `${live.url}/${hash}`);
    await page.getByText(text).first().waitFor();
    assert.ok((await page.locator('main a').count()) > 0, `${hash} has a way on`);
    await close();
  }
});

test(
  'inspector page: a recorded run is scrubbed by keys to the next decision and violation, and a broken line is told',
  options,
  async () => {
    const { page, said, close } = await look(browser, `${recordedUrl}/#/run`);
    const scrubber = page.getByRole('slider', { name: 'Moment of the run' });
    await scrubber.waitFor();
    await page.getByText('hpa/decisions.jsonl: line 2: it is no JSON').waitFor();
    await page.getByText('--out DIR --messages').waitFor();
    await page.keyboard.press('v');
    await holds(page, 'document.querySelector(".scrubber").value === "9"');
    await page.getByText('SHORT').first().waitFor();
    await page.keyboard.press('ArrowRight');
    await holds(page, 'document.querySelector(".scrubber").value === "10"');
    await holds(page, 'location.hash.includes("at=")');
    await page.getByRole('link', { name: 'Why, and replay it' }).click();
    await page.getByRole('button', { name: 'Replay it' }).click();
    await page.getByText(/The same:/).waitFor();
    assert.deepEqual(said, []);
    await close();
  },
);

test('inspector page: a pool is paused after a confirmation in words, and shows it', options, async () => {
  const { page, said, close } = await look(browser, `${live.url}/#/pools/web`);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('nobody adds capacity').waitFor();
  assert.deepEqual(await seriousIssues(page), []);
  await page.getByLabel('Your name', { exact: true }).fill('ann');
  await page.getByLabel(/^Why/).fill('a rollout');
  await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
  await page.getByText('web is paused').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await live.pass(1);
  await page.getByText('Paused by a person').first().waitFor();
  await live.post('/api/v1/control', { pool: 'web', command: 'resume', by: 'ann', reason: 'done' });
  await live.pass(1);
  assert.deepEqual(said, []);
  await close();
});

test('inspector page: a pool is held at a number until it expires, after a confirmation in words, and shows it', options, async () => {
  // The number that the plan has come to: that it is held now has to be seen all the same.
  const { body: list } = await live.get('/api/v1/pools');
  const [row] = list['pools'] as PoolRow[];
  const wanted = row?.lastDecision?.to ?? 0;
  const { page, said, close } = await look(browser, `${live.url}/#/pools/web`);
  await page.getByRole('button', { name: 'Override' }).click();
  await page.getByText('whatever load and forecast say. After the time below it ends by itself').waitFor();
  assert.deepEqual(await seriousIssues(page), []);
  await page.getByRole('spinbutton', { name: 'Replicas' }).fill(String(wanted));
  await page.getByLabel('For how many minutes').fill('6');
  await page.getByLabel('Your name', { exact: true }).fill('ann');
  await page.getByLabel(/^Why/).fill('a sale begins');
  await page.getByRole('dialog').getByRole('button', { name: 'Override' }).click();
  await page.getByText(new RegExp(`web is held at ${wanted} until .*, then by its plans`)).waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await live.pass(1);
  await page.getByText('Held at a count that a person set').first().waitFor();
  await live.pass(6);
  await page.getByText('Held at a count that a person set').first().waitFor({ state: 'detached' });
  const { body } = await live.get('/api/v1/cluster');
  const told = (body['audit'] as { what: string; by: string; reason: string }[]).find(({ what }) => what.includes('override'));
  assert.deepEqual([told?.by, told?.reason], ['ann', 'a sale begins']);
  assert.deepEqual(said, []);
  await close();
});

test('inspector page: what a pool is trusted with is changed after a confirmation in words, done and audited', options, async () => {
  const { page, said, close } = await look(browser, `${live.url}/#/pools/web`);
  await page.getByRole('button', { name: 'Autonomy' }).click();
  // As it is now, before anything is chosen.
  await page.getByText('carries out its plans whole').waitFor();
  await page.getByLabel('Level').selectOption('advisory');
  await page.getByText('whoever listens has to do it').waitFor();
  assert.deepEqual(await seriousIssues(page), []);
  await page.getByLabel('Your name', { exact: true }).fill('ann');
  await page.getByLabel(/^Why/).fill('a week of watching');
  await page.getByRole('button', { name: 'Set autonomy' }).click();
  await page.getByText('web is trusted with advisory autonomy').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await live.pass(1);
  await page.getByText('Advisory: it says what it would do').first().waitFor();
  const { body } = await live.get('/api/v1/cluster');
  const row = (body['audit'] as { what: string; by: string; pool: string; reason: string }[]).find(({ what }) => what.includes('autonomy'));
  assert.deepEqual([row?.by, row?.pool, row?.reason], ['ann', 'web', 'a week of watching']);
  await live.post('/api/v1/control', { pool: 'web', command: 'autonomy', level: 'full', by: 'ann', reason: 'done' });
  await live.pass(1);
  assert.deepEqual(said, []);
  await close();
});

test(
  'inspector page: when the node goes it says so and keeps what it knows; when it is back the page goes on by itself',
  options,
  async () => {
    const make = (port: number): Inspector =>
      createInspector({ source: live.source, clock: createSystemClock(), log: silentLog, version: '1', port });
    const first = make(0);
    const url = await first.start();
    const { page, close } = await look(browser, `${url}/#/pools/web`);
    await page.getByText('Load against forecast').waitFor();
    await first.stop();
    await page.getByText('The node does not answer').waitFor();
    assert.ok(await page.getByText('Load against forecast').isVisible());
    const second = make(Number(new URL(url).port));
    await second.start();
    await page.getByText('The node does not answer').waitFor({ state: 'detached' });
    await live.pass(1);
    const { body } = await live.get('/api/v1/pools/web/decisions?limit=1');
    const [newest] = body['decisions'] as { id: string }[];
    await page
      .locator(`a[href="#/decision/${encodeURIComponent(newest?.id ?? '')}"]`)
      .first()
      .waitFor();
    await close();
    await second.stop();
  },
);

test('inspector page: a node with a token asks for it, refuses a wrong one and opens for the right one', options, async () => {
  const closed = createInspector({ source: live.source, clock: createSystemClock(), log: silentLog, version: '1', port: 0, token: TOKEN });
  const { page, close } = await look(browser, await closed.start());
  await page.getByLabel('Token').fill('wrong');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByText('This is not the token').waitFor();
  await page.getByLabel('Token').fill(TOKEN);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('heading', { name: 'Pools' }).waitFor();
  await close();
  await closed.stop();
});

test('inspector page: when a session is over the page asks for the token again, and goes on where it was', options, async () => {
  const clock = createSystemClock();
  let laterMs = 0;
  const moved = {
    ...clock,
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs() + laterMs,
    setTimer: clock.setTimer.bind(clock),
  };
  const closed = createInspector({ source: live.source, clock: moved, log: silentLog, version: '1', port: 0, token: TOKEN });
  const { page, close } = await look(browser, `${await closed.start()}/#/pools/web`);
  const enter = async (): Promise<void> => {
    await page.getByLabel('Token').fill(TOKEN);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('Load against forecast').waitFor();
  };
  await enter();
  laterMs = 13 * 3_600_000;
  await page.getByLabel('Token').waitFor();
  assert.equal(await page.getByText('The node does not answer').count(), 0);
  await enter();
  await close();
  await closed.stop();
});

test('inspector page: a clock that jumps is told with how far, until somebody has read it', options, async () => {
  let jumpMs = 0;
  const about = (): ReturnType<typeof live.source.about> => ({ ...live.source.about(), nowMs: Date.now() + jumpMs });
  const jumpy = createInspector({ source: { ...live.source, about }, clock: createSystemClock(), log: silentLog, version: '1', port: 0 });
  const { page, close } = await look(browser, `${await jumpy.start()}/#/pools/web`);
  await page.getByText('Load against forecast').waitFor();
  jumpMs = -3_600_000;
  await page.getByText('jumped 60 min back').waitFor();
  assert.deepEqual(await seriousIssues(page), []);
  await page.getByRole('button', { name: 'I see' }).click();
  assert.equal(await page.getByText('jumped').count(), 0);
  await close();
  await jumpy.stop();
});

test('inspector page: a dead letter is read, replayed after a confirmation in words, and audited', options, async () => {
  const { page, said, close } = await look(browser, `${live.url}/#/cluster`);
  const letter = page.locator('details', { hasText: 'unreadable' }).first();
  await letter.locator('summary').click();
  await letter.getByText('onerror').waitFor();
  await letter.getByRole('button', { name: 'Replay' }).click();
  await page.getByText('it comes back here').waitFor();
  assert.deepEqual(await seriousIssues(page), []);
  await page.getByLabel('Your name', { exact: true }).fill('ann');
  await page.getByLabel(/^Why/).fill('the cause is mended');
  await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click();
  await page.getByText('It was put back into its stream').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByText('the cause is mended').waitFor();
  assert.deepEqual(said, []);
  await close();
});

test('inspector page: a dead letter is dropped after a confirmation in words, is gone, and audited', options, async () => {
  const { page, said, close } = await look(browser, `${live.url}/#/cluster`);
  const letters = page.locator('details', { hasText: 'unreadable' });
  await letters.first().locator('summary').click();
  await letters.first().getByRole('button', { name: 'Drop' }).click();
  await page.getByText('is deleted. It cannot be brought back').waitFor();
  assert.deepEqual(await seriousIssues(page), []);
  await page.getByLabel('Your name', { exact: true }).fill('ann');
  await page.getByLabel(/^Why/).fill('nobody needs it');
  await page.getByRole('dialog').getByRole('button', { name: 'Drop' }).click();
  await page.getByText('It was dropped').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByText('nobody needs it').waitFor();
  await page.getByText('Every message was taken').waitFor();
  const { body } = await live.get('/api/v1/cluster');
  assert.deepEqual(body['deadLetters'], []);
  assert.deepEqual(said, []);
  await close();
});

test('inspector page: every view is reached by keys alone, and the keys are told', options, async () => {
  const { page, said, close } = await look(browser, `${live.url}/#/pools`);
  await page.locator('[data-row]').first().waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  assert.deepEqual(await seriousIssues(page), []);
  await page.keyboard.press('Escape');
  await holds(page, 'document.querySelector("[role=dialog], dialog[open]") === null');
  for (const [key, view] of [
    ['a', 'Actors'],
    ['c', 'Cluster'],
    ['p', 'Pools'],
  ] as const) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await page.getByRole('heading', { name: view, exact: true, level: 1 }).waitFor();
  }
  await page.keyboard.press('/');
  await holds(page, 'document.activeElement.type === "search"');
  await page.keyboard.press('Escape');
  for (let tabs = 0; tabs < 20; tabs++) {
    if (await page.evaluate<boolean>('document.activeElement.matches("[data-row], [data-row] a")')) break;
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.getByText('Load against forecast').waitFor();
  assert.deepEqual(said, []);
  await close();
});

test('inspector page: `forescale up` serves it, with its pool in it, and is drained from it', options, async () => {
  const up = runCli(['up', '--json', '--for', '120s', '--inspector', '127.0.0.1:0', '--inspector-act']);
  await until(() => up.lines.some((line) => line.includes('"inspector"')), 'the address of the inspector', 60_000);
  const { inspector } = JSON.parse(up.lines[0] ?? '{}') as { inspector: string };
  const { page, said, close } = await look(browser, inspector);
  await page.getByRole('link', { name: /demo/ }).first().click();
  await page.getByText('Load against forecast').waitFor();
  await page
    .getByText(/1 of 1|Replicas ready/)
    .first()
    .waitFor();
  await shoot(page, 'up-1280-light');
  assert.deepEqual(said, []);
  await page.goto(`${inspector}/#/cluster`);
  await page.getByRole('button', { name: 'Drain this node' }).click();
  await page.getByText('nothing is scaled until one is started again').waitFor();
  await page.getByLabel('Your name', { exact: true }).fill('ann');
  await page.getByLabel('Why; it is written down').fill('the end of the test');
  await page.getByRole('button', { name: 'Drain it' }).click();
  assert.equal((await up.exited).code, 0, up.errors.join('\n'));
  assert.match(up.lines.at(-1) ?? '', /a person drained it/);
  await close();
});
