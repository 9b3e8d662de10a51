import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseConfig } from '../../src/config/parse.ts';
import type { Surroundings } from '../../src/init/surroundings.ts';
import { writeConfig } from '../../src/init/write-config.ts';
import { cli, cliProcess, runCli } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-init-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const kubernetes = { server: '10.0.0.1:6443', namespace: 'prod', deployments: ['api', 'shop'] };
const prometheus = 'http://prometheus:9090';
const redis = 'redis://redis:6379';

test('init: whatever was found, the config can be used and every choice of the user’s has a comment', () => {
  for (const k of [undefined, kubernetes, { ...kubernetes, deployments: [] }])
    for (const p of [undefined, prometheus])
      for (const r of [undefined, redis]) {
        const around: Surroundings = { kubernetes: k, prometheus: p, redis: r };
        const text = writeConfig(around, { pool: 'shop' });
        const parsed = parseConfig(text, 'f.yaml');
        assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.error.message}\n${text}`);
        const [pool] = parsed.settings.pools;
        assert.equal(pool?.target.kind, k === undefined ? 'local' : 'kubernetes');
        assert.equal(parsed.settings.sources.length, p === undefined ? 0 : 1);
        assert.equal(text.includes(redis), r !== undefined);
        for (const option of ['capacity', 'interval', 'leadTime', 'objective'])
          assert.match(text, new RegExp(`#[^\\n]*\\n    ${option}:`), option);
      }
});

test('init: a workload of a cluster is in shadow at first, and that of the pool’s name is taken', () => {
  const parsed = parseConfig(writeConfig({ kubernetes, prometheus, redis }, { pool: 'shop' }), 'f.yaml');
  assert.ok(parsed.ok);
  const [pool] = parsed.settings.pools;
  assert.deepEqual([pool?.autonomy?.level, pool?.target.kind === 'kubernetes' && pool.target.name], ['shadow', 'shop']);
});

test('init: asks the Prometheus that it is told of, writes a file that check takes, and replaces none without --force', async () => {
  const server = createServer((request, response) => {
    response.end(request.url === '/api/v1/status/buildinfo' ? '{"status":"success"}' : '<html>');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = join(folder, 'forescale.yaml');
  const environment = { PROMETHEUS_URL: url, KUBECONFIG: join(folder, 'none'), FORESCALE_BUS: 'redis://:s3cret@cache:6379' };
  const first = runCli(['init', file, '--pool', 'shop'], environment);
  assert.equal((await first.exited).code, 0, first.errors.join('\n'));
  server.close();
  assert.match(first.lines.join('\n'), new RegExp(`Prometheus at ${url}`));
  const text = readFileSync(file, 'utf8');
  assert.ok(text.includes(url) && !text.includes('s3cret'));
  assert.equal((await cli(['check', file])).code, 0);
  const again = await cliProcess(['init', file]);
  assert.equal(again.code, 2);
  assert.match(again.err, /wanted a file that is not there yet/);
  assert.equal(readFileSync(file, 'utf8'), text);
  assert.equal((await cli(['init', file, '--force'])).code, 0);
});

test('init: a name that is no name of a pool is refused, and nothing is written', async () => {
  const file = join(folder, 'other.yaml');
  const { code, err } = await cli(['init', file, '--pool', 'a b: {']);
  assert.equal(code, 2);
  assert.match(err, /--pool: wanted letters/);
  assert.ok(!existsSync(file));
});
