import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { openHookQueue } from '../../src/adapters/webhook/queue.ts';
import { SIGNATURE_HEADER, signedAtMs } from '../../src/adapters/webhook/signature.ts';
import { startBridge } from '../../src/bridge/index.ts';
import { decodeMessage } from '../../src/protocol/codec.ts';
import { busWithPlans, clock, createMeter, log, upTo } from '../bridge/world.ts';
import { until } from '../until.ts';

interface Hook {
  readonly url: string;
  /** Sequences that were taken. */
  readonly got: number[];
  readonly requests: { readonly headers: IncomingMessage['headers']; readonly path: string; readonly body: string }[];
}

/** `answer`: the status for the request of this number, from 1. */
async function startHook(t: TestContext, answer: (request: number) => number): Promise<Hook> {
  const hook: Hook = { url: '', got: [], requests: [] };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      hook.requests.push({ headers: request.headers, path: request.url ?? '', body: body.toString() });
      response.statusCode = answer(hook.requests.length);
      response.end();
      const decoded = decodeMessage(body, 'application/json');
      if (response.statusCode === 204 && decoded.ok) hook.got.push(decoded.message.sequence);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { ...hook, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/` };
}

async function carry(t: TestContext, url: string, plans: number): Promise<void> {
  const queue = openHookQueue({ url, secret: 'a secret of the test', clock, log });
  const settings = { name: 'hook', url, in: undefined, out: { to: 'plans', topics: ['plans'] } };
  const bridge = startBridge({ settings, queue, bus: busWithPlans(plans), clock, log, meter: createMeter() });
  t.after(() => bridge.stop());
}

test('webhook on plan: every plan is one signed POST, in order', async (t) => {
  const hook = await startHook(t, () => 204);
  await carry(t, hook.url, 20);
  await until(() => hook.got.length === 20, 'all plans came');
  assert.deepEqual(hook.got, upTo(20));
  const [{ headers, path, body }] = hook.requests as [Hook['requests'][number]];
  assert.equal(path, '/hooks/plans');
  assert.match(headers['content-type'] ?? '', /cloudevents\+json/);
  assert.ok(signedAtMs('a secret of the test', String(headers[SIGNATURE_HEADER]), body, clock.nowMs()) !== undefined);
  assert.ok(signedAtMs('another', String(headers[SIGNATURE_HEADER]), body, clock.nowMs()) === undefined);
});

test('webhook on plan: a server that fails is asked again, one that says no for good is not', async (t) => {
  const hook = await startHook(t, (request) => (request <= 2 ? 503 : request === 4 ? 422 : 204));
  await carry(t, hook.url, 4);
  await until(() => hook.got.length === 3, 'the others came');
  assert.deepEqual(hook.got, [1, 3, 4]);
});
