import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { test, type TestContext } from 'node:test';
import { createCallbackServer } from '../../../src/adapters/webhook/callback-server.ts';
import { PoolNews } from '../../../src/adapters/webhook/news.ts';
import { SIGNATURE_AGE_MAX_MS, SIGNATURE_HEADER, signatureOf, signedAtMs } from '../../../src/adapters/webhook/signature.ts';
import { createWebhookTarget } from '../../../src/adapters/webhook/target.ts';
import { createRandom } from '../../../src/adapters/system/random.ts';
import { clock } from '../local/support.ts';
import { startSystem, type System, TROUBLES } from './system.ts';

async function open(t: TestContext): Promise<System> {
  const system = await startSystem();
  t.after(() => system.close());
  return system;
}

const write = { pool: 'web', replicas: 2, expectedReplicas: 1, generation: 2 };

test('webhook: a write is signed over time and body, and named by pool and generation', async (t) => {
  const system = await open(t);
  const result = await system.target({ secret: 'sesame', token: 'open' }).scale(write);
  assert.ok(result.ok);
  const sent = system.received.at(-1);
  assert.deepEqual(sent?.question, { version: 1, do: 'scale', ...write, idempotencyKey: 'web/2' });
  assert.equal(sent?.headers['idempotency-key'], 'web/2');
  assert.equal(sent?.headers['authorization'], 'Bearer open');
  const header = String(sent?.headers[SIGNATURE_HEADER]);
  assert.notEqual(signedAtMs('sesame', header, sent?.body ?? '', clock.nowMs()), undefined);
  assert.equal(signedAtMs('other', header, sent?.body ?? '', clock.nowMs()), undefined);
});

test('signature: another body, an old one, and what is no signature are refused', () => {
  const header = signatureOf('secret', 1_000, 'body');
  assert.equal(signedAtMs('secret', header, 'body', 1_000), 1_000);
  assert.equal(signedAtMs('secret', header, 'body!', 1_000), undefined);
  assert.equal(signedAtMs('secret', header, 'body', 1_001 + SIGNATURE_AGE_MAX_MS), undefined);
  for (const odd of [undefined, '', 't=1', 't=1,v1=00', `${header},v1=1`])
    assert.equal(signedAtMs('secret', odd, 'body', 1_000), undefined);
});

test('webhook: a read is tried again at once, a write whose outcome is unknown is not', async (t) => {
  const system = await open(t);
  const target = system.target();
  let troubles = 2;
  system.trouble = () => (troubles-- > 0 ? { when: 'before', with: [503, ''] } : undefined);
  assert.ok((await target.get('web')).ok);
  assert.equal(system.received.length, 3);
  troubles = 1;
  const result = await target.scale(write);
  assert.equal(result.ok ? 'ok' : result.error.code, 'unknown-outcome');
  assert.equal(system.received.length, 4);
});

test('webhook: of a system that is down little more is asked than usual', async (t) => {
  const system = await open(t);
  system.trouble = () => ({ when: 'before', with: 'cut' });
  const target = system.target();
  for (let look = 0; look < 20; look++) await target.get('web');
  assert.ok(system.received.length <= 20 + 5 + 20 / 4 + 1, `${system.received.length} questions for 20 looks`);
});

test('webhook: how long to wait is passed on, secrets in the address are not', async (t) => {
  const system = await open(t);
  system.trouble = () => ({ when: 'before', with: TROUBLES['429'] ?? 'cut' });
  const throttled = await system.target({ secret: 'hush', token: 'open' }).get('web');
  assert.deepEqual(throttled.ok ? [] : [throttled.error.code, throttled.error.retryAfterMs], ['throttled', 7_000]);
  assert.doesNotMatch(JSON.stringify(throttled), /sesame|hush|open/);
});

test('webhook: a system that says yes and holds another count contradicts itself', async (t) => {
  const system = await open(t);
  system.trouble = ({ do: what }) =>
    what === 'scale' ? { when: 'before', with: [200, '{"requestedReplicas":5,"generation":2}'] } : undefined;
  const result = await system.target().scale(write);
  assert.match(result.ok ? '' : `${result.error.code} ${result.error.message}`, /^contradictory .* took 2 replicas and says 5/);
});

test('webhook: a certificate that nobody vouches for is not trusted, and nothing is sent', async (t) => {
  const pki = (name: string): Buffer => readFileSync(new URL(`../kubernetes/pki/${name}`, import.meta.url));
  let requests = 0;
  const server = createServer({ key: pki('server.key'), cert: pki('server.crt') }, () => (requests += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  const url = new URL(`https://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`);
  const settings = { pool: 'web', url, secret: undefined, token: 'open', timeoutMs: 2_000, callback: undefined };
  const target = createWebhookTarget(settings, { clock, random: createRandom(1) });
  t.after(() => target.close());
  const result = await target.get('web');
  assert.equal(result.ok ? 'ok' : result.error.code, 'untrusted');
  assert.equal(requests, 0);
});

test('webhook: a callback confirms in the place of questions, unless it is not signed, old, or about an earlier write', async (t) => {
  const system = await open(t);
  const news = new PoolNews(clock, 60_000);
  const callbacks = createCallbackServer(new Map([['web', { secret: 'sesame', news }]]), clock);
  const port = await callbacks.listen('127.0.0.1', 0);
  t.after(() => callbacks.close());
  let nowMs = clock.nowMs();
  const tell = async (
    told: unknown,
    given: { readonly secret?: string; readonly timeMs?: number; readonly pool?: string } = {},
  ): Promise<number> => {
    const body = JSON.stringify(told);
    const signature = signatureOf(given.secret ?? 'sesame', given.timeMs ?? ++nowMs, body);
    const response = await fetch(`http://127.0.0.1:${port}/${given.pool ?? 'web'}`, {
      method: 'POST',
      body,
      headers: { [SIGNATURE_HEADER]: signature },
    });
    return response.status;
  };
  const target = system.target({ news });
  assert.ok((await target.scale({ ...write, generation: 4 })).ok);
  const asked = system.received.length;
  const told = { requestedReplicas: 2, readyReplicas: 2, generation: 4 };
  assert.equal(await tell({ ...told, readyReplicas: 1 }), 204);
  const takenMs = nowMs;
  const state = await target.get('web');
  assert.equal(state.ok && state.value.readyReplicas, 1);
  assert.equal(system.received.length, asked, 'nothing was asked');
  assert.equal(await tell(told, { secret: 'guess' }), 401);
  assert.equal(await tell(told, { pool: 'nobody' }), 401);
  assert.equal(await tell(told, { timeMs: nowMs - SIGNATURE_AGE_MAX_MS - 60_000 }), 401);
  assert.equal(await tell(told, { timeMs: takenMs }), 409, 'the same time twice');
  assert.equal(await tell({ ...told, generation: 3 }), 409);
  assert.equal(await tell({ requestedReplicas: 'two' }), 422);
  assert.equal(await tell({ requestedReplicas: 'x'.repeat(70_000) }), 413);
});
