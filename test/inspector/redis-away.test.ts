/** The page of a real node whose Redis goes and comes back. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildPage } from '../../src/inspector/page/build.mjs';
import { noServer, startServer } from '../adapters/redis/server.ts';
import { killStarted } from '../cli/process.ts';
import { launch, look, NO_BROWSER, seriousIssues, shoot } from './browser.ts';
import { joinWith, writeConfig } from './members.ts';

const skip = noServer ?? NO_BROWSER;

test(
  'inspector cluster: while Redis is away the page says so, what is known and what to do, and goes on when it is back',
  { skip, timeout: 180_000 },
  async (context) => {
    await buildPage();
    const folder = mkdtempSync(join(tmpdir(), 'forescale-inspector-away-'));
    const config = writeConfig(folder, 1);
    const server = await startServer();
    const browser = await launch();
    context.after(async () => {
      killStarted();
      await browser.close();
      await server.dispose();
      rmSync(folder, { recursive: true, force: true });
    });
    const { name, url } = await joinWith(`${server.url}?prefix=away`, config, 'one');
    const { page, said, close } = await look(browser, `${url}/#/cluster`);
    const redis = page.getByRole('region', { name: 'Redis' });
    await redis.getByText('answers').waitFor();
    await redis.getByText('master').waitFor();
    await page.getByText('64 of 64').waitFor();

    await server.kill();
    await redis.getByText('away', { exact: true }).waitFor();
    await redis.getByText('What this page shows is what was known last').waitFor();
    await redis.getByText('forescale doctor --bus').waitFor();
    assert.equal(await redis.getByText('master').count(), 1, 'the server as it was last');
    assert.equal((await page.getByRole('cell', { name }).count()) > 0, true, 'the node and what it holds');
    assert.deepEqual(await seriousIssues(page), []);
    await shoot(page, 'redis-away-1280-light');

    await server.restart();
    await redis.getByText('answers').waitFor();
    await page.getByText('64 of 64').waitFor();
    assert.equal(await redis.getByText('It cannot be read').count(), 0);
    assert.deepEqual(said, []);
    await close();
  },
);
