/** The page of one node in a real browser, in a cluster of two real processes over a real Redis. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRedisMembers } from '../../src/adapters/redis/members.ts';
import type { ActorList } from '../../src/inspector/api/actors.ts';
import type { Cluster } from '../../src/inspector/api/cluster.ts';
import { buildPage } from '../../src/inspector/page/build.mjs';
import { openBus } from '../adapters/redis/open.ts';
import { noServer, startServer } from '../adapters/redis/server.ts';
import { killStarted } from '../cli/process.ts';
import { launch, look, NO_BROWSER, seriousIssues, shoot } from './browser.ts';
import { joinWith, writeConfig } from './members.ts';
import { pause } from '../until.ts';

const skip = noServer ?? NO_BROWSER;

const listOf = async (url: string): Promise<ActorList> => (await (await fetch(`${url}/api/v1/actors`)).json()) as ActorList;

async function becomes(isSo: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await isSo()) return;
    await pause(200);
  }
  throw new Error(`never so: ${what}`);
}

test(
  'inspector cluster: the page of one node shows the actors of the other, and says so when it does not answer or is gone',
  { skip, timeout: 300_000 },
  async (context) => {
    await buildPage();
    const folder = mkdtempSync(join(tmpdir(), 'forescale-inspector-cluster-'));
    const config = writeConfig(folder, 8);
    const server = await startServer({ args: ['--appendfsync', 'no'] });
    const url = `${server.url}?prefix=ic`;
    const bus = await openBus(url);
    const browser = await launch();
    context.after(async () => {
      killStarted();
      await browser.close();
      await bus.close();
      await server.dispose();
      rmSync(folder, { recursive: true, force: true });
    });
    const one = await joinWith(url, config, 'one');
    const two = await joinWith(url, config, 'two');
    const engines = async (): Promise<readonly string[]> =>
      (await listOf(one.url)).actors.filter(({ kind }) => kind === 'pse').map(({ node }) => node);
    await becomes(async () => {
      const nodes = await engines();
      return nodes.length === 8 && nodes.includes(one.name) && nodes.includes(two.name);
    }, 'the engines are shared and all are listed');

    await becomes(async () => {
      const { nodes } = await listOf(one.url);
      return nodes.length === 2 && nodes.every(({ actors, missing }) => actors !== null && missing === null);
    }, 'both nodes are listed');
    // The first time it is asked, the other node only begins to measure its event loop.
    await becomes(async () => {
      const { nodes } = (await (await fetch(`${one.url}/api/v1/cluster`)).json()) as Cluster;
      const other = nodes.find(({ node }) => node === two.name);
      return other?.isThis === false && (other.memoryBytes ?? 0) > 1e6 && other.eventLoopDelayMs !== null && other.actors !== null;
    }, 'the other node tells its memory and the delay of its event loop');
    const { page, said, close } = await look(browser, `${one.url}/#/actors`);
    await page.getByText(/actors on 2 nodes/).waitFor();
    await page.getByPlaceholder('Filter by address, state, status or node').fill(`${two.name} pse`);
    const row = page.locator('a.actor-row', { hasText: two.name }).first();
    const other = decodeURIComponent(((await row.getAttribute('href')) ?? '').replace('#/actors/', ''));
    await row.click();
    await page.getByText('Its machine').waitFor();
    await page.getByText('All it knows').waitFor();
    await page.locator('dl.facts dd', { hasText: two.name }).waitFor();
    await page.getByText('noted since').waitFor();
    await shoot(page, 'cluster-actors-1280-light');
    assert.deepEqual(await seriousIssues(page), []);
    assert.deepEqual(said, []);

    two.running.child.kill('SIGSTOP');
    await page.getByText(`${two.name} does not answer`).first().waitFor();
    await shoot(page, 'cluster-actors-silent-1280-light');
    two.running.child.kill('SIGCONT');
    await becomes(async () => (await listOf(one.url)).nodes.every(({ missing }) => missing === null), 'it answers again');

    const cluster = await look(browser, `${one.url}/#/cluster`);
    await cluster.page.getByText('Redis and back').waitFor();
    await cluster.page.getByRole('region', { name: 'Redis' }).getByText('master').waitFor();
    const dying = await look(browser, `${two.url}/#/pools`);
    await dying.page.locator('[data-row]').first().waitFor();
    two.running.child.kill('SIGKILL');
    await dying.page.getByText('The node does not answer').waitFor();
    assert.equal(await dying.page.locator('[data-row]').count(), 8, 'it keeps what it knows');
    await dying.close();
    await becomes(async () => (await engines()).filter((node) => node === one.name).length === 8, 'the other has taken over');
    await becomes(async () => (await listOf(one.url)).nodes.length === 1, 'the dead one is no node any more');
    await cluster.page.getByRole('img', { name: 'Shards that each node held over time' }).waitFor();
    await shoot(cluster.page, 'cluster-takeovers-1280-light');
    assert.deepEqual(await seriousIssues(cluster.page), []);
    assert.deepEqual(cluster.said, []);
    await cluster.close();
    await page.goto(`${one.url}/#/actors/${encodeURIComponent(other)}`);
    await page.locator('dl.facts dd', { hasText: one.name }).waitFor();
    assert.equal(
      (await createRedisMembers(bus.link, bus.keys).read()).some(({ name }) => name === one.name),
      true,
    );
    await close();
  },
);
