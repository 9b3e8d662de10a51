import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveHealth, type Health } from '../../../src/adapters/http-health/server.ts';

test('health: tells whether it lives and whether it is ready, with the reason, and nothing else', async (context) => {
  let health: Health = { live: true, ready: true, reason: null };
  const server = await serveHealth('127.0.0.1', 0, () => health);
  context.after(() => server.close());
  const get = async (path: string): Promise<readonly [number, unknown]> => {
    const response = await fetch(`${server.address}${path}`);
    return [response.status, await response.json()];
  };
  assert.deepEqual(await get('/healthz'), [200, { ok: true, reason: null }]);
  assert.deepEqual(await get('/readyz?verbose'), [200, { ok: true, reason: null }]);
  health = { live: true, ready: false, reason: 'it holds none of the 32 shards that it should' };
  assert.deepEqual(await get('/healthz'), [200, { ok: true, reason: null }]);
  assert.deepEqual(await get('/readyz'), [503, { ok: false, reason: health.reason }]);
  health = { live: false, ready: true, reason: 'stuck' };
  assert.deepEqual((await get('/healthz'))[0], 503);
  assert.deepEqual((await get('/readyz'))[0], 503);
  assert.deepEqual((await get('/'))[0], 404);
});
