/** The recommender of the WatermarkPodAutoscaler, asked over real HTTP as its client asks. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { request } from 'undici';
import { InputError } from '../../src/problems.ts';
import type { ServeOptions } from '../../src/serve/serve.ts';
import { serveWorld, TOKEN, FRESH_MS, type ServeWorld } from './world.ts';

/** What its client sends, field for field (protojson of WorkloadRecommendationRequest). */
const ASKED = {
  state: { desiredReplicas: 5, currentReplicas: 5, readyReplicas: 5 },
  targetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1', namespace: 'shop' },
  constraints: { minReplicas: 2, maxReplicas: 20 },
  targets: [{ type: 'requests', upperBound: 0.8, lowerBound: 0.6 }],
};
let world: ServeWorld;

async function serving(t: TestContext, given: Partial<ServeOptions> = {}): Promise<ServeWorld> {
  const made = await serveWorld(given);
  t.after(() => made.stop());
  return made;
}

async function ask(path: string, given: { body?: string; headers?: Record<string, string>; method?: 'POST' | 'GET' } = {}) {
  const { method = 'POST', body = JSON.stringify(ASKED), headers = {} } = given;
  const response = await request(`http://127.0.0.1:${world.ports.recommender}${path}`, {
    method,
    headers: { 'content-type': 'application/json', 'user-agent': 'wpa-controller', ...headers },
    ...(method === 'POST' ? { body } : {}),
  });
  return { status: response.statusCode, body: (await response.body.json()) as Record<string, unknown> };
}
const codeOf = ({ body }: { readonly body: Record<string, unknown> }): unknown => (body['error'] as { readonly code: string }).code;

test('recommender: target, lower, upper, time and reason of the last plan, and no field that its reader does not know', async (t) => {
  world = await serving(t);
  await world.plan({ replicas: 7, lower: 7, upper: 9 }, { reason: 'It will be needed.' });
  const { status, body } = await ask('/wpa/web');
  assert.equal(status, 200);
  const timestamp = new Date(world.clock.nowMs() - 500).toISOString();
  assert.deepEqual(body, { timestamp, targetReplicas: 7, lowerBoundReplicas: 7, upperBoundReplicas: 9, reason: 'It will be needed.' });
});

test('recommender: without a plan, without an opinion and with one that is old it is 503, never a number', async (t) => {
  world = await serving(t);
  assert.deepEqual([(await ask('/wpa/web')).status, codeOf(await ask('/wpa/web'))], [503, 'no-answer']);
  await world.plan({ replicas: 7, lower: 7, upper: 9 });
  await world.plan(null);
  assert.equal((await ask('/wpa/web')).status, 503);
  await world.plan({ replicas: 7, lower: 7, upper: 9 });
  world.setAway(true);
  await world.clock.advance(FRESH_MS - 1_000);
  assert.equal((await ask('/wpa/web')).status, 200);
  await world.clock.advance(2_000);
  const stale = await ask('/wpa/web');
  assert.equal(stale.status, 503);
  assert.match(JSON.stringify(stale.body), /is 24\d s old, allowed are 240 s/);
  world.setAway(false);
  await world.plan({ replicas: 8, lower: 8, upper: 8 });
  assert.equal((await ask('/wpa/web')).body['targetReplicas'], 8);
});

test('recommender: a plan that comes late does not take the place of a newer one', async (t) => {
  world = await serving(t);
  await world.plan({ replicas: 7, lower: 7, upper: 9 });
  await world.plan({ replicas: 3, lower: 3, upper: 3 }, { atMs: world.clock.nowMs() - 60_000 });
  assert.equal((await ask('/wpa/web')).body['targetReplicas'], 7);
});

test('recommender: what cannot be answered is told apart', async (t) => {
  world = await serving(t);
  await world.plan({ replicas: 7, lower: 7, upper: 9 });
  for (const [status, code, asked] of [
    [404, 'unknown-pool', ask('/wpa/none')],
    [404, 'unknown-path', ask('/')],
    [405, 'wrong-method', ask('/wpa/web', { method: 'GET' })],
    [400, 'bad-json', ask('/wpa/web', { body: '{' })],
    [400, 'bad-body', ask('/wpa/web', { body: '[]' })],
    [400, 'bad-body', ask('/wpa/web', { body: '{"targetRef":1}' })],
    [413, 'too-long', ask('/wpa/web', { body: JSON.stringify('x'.repeat(20_000)) })],
    [415, 'json-needed', ask('/wpa/web', { headers: { 'content-type': 'text/plain' } })],
    [421, 'unknown-host', ask('/wpa/web', { headers: { host: 'evil.example' } })],
  ] as const) {
    const answer = await asked;
    assert.deepEqual([answer.status, codeOf(answer)], [status, code]);
  }
});

test('recommender: with a token nobody is answered without it, and after ten wrong ones nobody for a minute', async (t) => {
  world = await serving(t, { token: TOKEN });
  await world.plan({ replicas: 7, lower: 7, upper: 9 });
  const withToken = (token: string) => ask('/wpa/web', { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await ask('/wpa/web')).status, 401);
  assert.equal((await withToken(TOKEN)).status, 200);
  for (let i = 0; i < 10; i += 1) assert.equal((await withToken('wrong')).status, 401);
  assert.equal((await withToken(TOKEN)).status, 429);
  await world.clock.advance(61_000);
  assert.equal((await withToken(TOKEN)).status, 200);
});

test('recommender: it is not opened to others without a token, nor on a port that is taken', async (t) => {
  world = await serving(t);
  const port = world.ports.recommender ?? 0;
  for (const [place, recommender, more] of [
    ['serve.recommender.listen', { host: '0.0.0.0', port: 0 }, {}],
    ['FORESCALE_SERVE_TOKEN', { host: '0.0.0.0', port: 0 }, { token: 'short' }],
    ['serve.recommender.listen', { host: '127.0.0.1', port }, {}],
    ['serve.tls', { host: '127.0.0.1', port: 0 }, { tls: { cert: 'no', key: 'no' } }],
  ] as const)
    await assert.rejects(serveWorld({ recommender, ...more }), (error) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.problems[0]?.place, place);
      return true;
    });
});
