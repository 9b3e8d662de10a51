import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer as createTcp, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createKubernetesClient, type KubernetesClient } from '../../../src/adapters/kubernetes/client.ts';
import type { Connection } from '../../../src/adapters/kubernetes/connection.ts';
import { staticCredentials, type Credentials } from '../../../src/adapters/kubernetes/credentials.ts';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import { RECOMMENDED, type User } from '../../../sim/kubernetes/access-rules.ts';
import { ApiServer, type ApiFault } from '../../../sim/kubernetes/api-server.ts';
import { refusal } from '../../../sim/kubernetes/answers.ts';
import { createDeployment } from './support.ts';

const pki = (name: string): string => readFileSync(new URL(`pki/${name}`, import.meta.url), 'utf8');
const clock = createSystemClock();
const USER: User = { name: 'forescale', rules: RECOMMENDED };
const WEB = '/apis/apps/v1/namespaces/default/deployments/web';

interface Asked {
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
  readonly connection?: Partial<Connection>;
  readonly credentials?: Credentials;
  readonly timeoutMs?: number;
}

async function withClient(asked: Asked, act: (client: KubernetesClient, server: ApiServer) => Promise<void>): Promise<void> {
  const server = new ApiServer({
    clock,
    tokens: new Map([['good', USER]]),
    certificates: new Map([['forescale', USER]]),
    ...(asked.tls === undefined ? {} : { tls: asked.tls }),
  });
  createDeployment(server);
  const url = await server.listen();
  const credentials = asked.credentials ?? staticCredentials('a test', { token: 'good' });
  const client = createKubernetesClient(
    { server: url, credentials, namespace: 'default', isUnverified: false, ...asked.connection },
    clock,
    asked.timeoutMs,
  );
  try {
    await act(client, server);
  } finally {
    await client.close();
    await server.close();
  }
}

const get = (client: KubernetesClient) => client.send({ method: 'GET', path: WEB, intent: 'read' });
const patch = (client: KubernetesClient) =>
  client.send({
    method: 'PATCH',
    path: WEB,
    contentType: 'application/merge-patch+json',
    body: { spec: { replicas: 2 } },
    intent: 'write',
  });
const codeOf = async (client: KubernetesClient, call = get): Promise<string> => {
  const result = await call(client);
  return result.ok ? 'ok' : result.error.code;
};
const SERVER = { cert: pki('server.crt'), key: pki('server.key'), ca: pki('ca.crt') };

test('client: a client certificate and a server that its authority vouches for', async () => {
  const identity = { clientCertificate: pki('client.crt'), clientKey: pki('client.key') };
  const credentials = staticCredentials('a certificate', identity);
  await withClient({ tls: SERVER, connection: { ca: pki('ca.crt') }, credentials }, async (client) => {
    assert.equal(await codeOf(client), 'ok');
  });
});

test('client: a server that nobody trusted vouches for, or that is somebody else, is told nothing', async () => {
  const elsewhere = { ...SERVER, cert: pki('elsewhere.crt'), key: pki('elsewhere.key') };
  for (const [tls, ca] of [
    [SERVER, 'other-ca.crt'],
    [elsewhere, 'ca.crt'],
  ] as const) {
    await withClient({ tls, connection: { ca: pki(ca) } }, async (client, server) => {
      assert.equal(await codeOf(client), 'untrusted');
      assert.equal(await codeOf(client, patch), 'untrusted');
      assert.deepEqual(server.requests, []);
    });
  }
  await withClient({ tls: elsewhere, connection: { ca: pki('ca.crt'), serverName: 'elsewhere.example' } }, async (client) => {
    assert.equal(await codeOf(client), 'ok', 'under the name that a kubeconfig gives it');
  });
});

test('client: a token that was renewed is used after one refusal', async () => {
  let token = 'old';
  let refusals = 0;
  const credentials: Credentials = {
    source: 'a test',
    current: async () => ({ token }),
    refused() {
      refusals += 1;
      token = 'good';
    },
  };
  await withClient({ credentials }, async (client, server) => {
    assert.equal(await codeOf(client), 'ok');
    assert.deepEqual([refusals, server.requests.length], [1, 2]);
  });
});

test('client: credentials that stay refused are told as such, after two tries', async () => {
  await withClient({ credentials: staticCredentials('a test', { token: 'hunter2' }) }, async (client, server) => {
    const result = await get(client);
    assert.ok(!result.ok);
    assert.equal(result.error.code, 'unauthenticated');
    assert.doesNotMatch(JSON.stringify(result), /hunter2/);
    assert.equal(server.requests.length, 2);
  });
});

const FAULTS: readonly (readonly [name: string, fault: ApiFault['with'], read: string, write: string])[] = [
  ['a cut connection', 'cut', 'unavailable', 'unknown-outcome'],
  ['no answer', 'hang', 'unavailable', 'unknown-outcome'],
  ['an answer that is cut off', 'truncate', 'broken-answer', 'unknown-outcome'],
  ['a page in the place of JSON', { status: 200, body: 'busy' as unknown as Record<string, unknown> }, 'broken-answer', 'unknown-outcome'],
  ['403', refusal(403, 'Forbidden', 'no'), 'forbidden', 'forbidden'],
  ['403 by a quota', refusal(403, 'Forbidden', 'pods "x" is forbidden: exceeded quota: pods'), 'quota', 'quota'],
  ['404', refusal(404, 'NotFound', 'gone'), 'not-found', 'not-found'],
  ['409', refusal(409, 'Conflict', 'modified'), 'conflict', 'conflict'],
  ['422', refusal(422, 'Invalid', 'wrong'), 'invalid', 'invalid'],
  ['429', refusal(429, 'TooManyRequests', 'slow down', { retryAfterSeconds: 7 }), 'throttled', 'throttled'],
  ['500', refusal(500, 'InternalError', 'oops'), 'unavailable', 'unknown-outcome'],
  ['503', refusal(503, 'ServiceUnavailable', 'no endpoints'), 'unavailable', 'unknown-outcome'],
];

for (const [name, fault, read, write] of FAULTS) {
  test(`client: ${name} is ${read} to a read and ${write} to a write`, async () => {
    await withClient(fault === 'hang' ? { timeoutMs: 150 } : {}, async (client, server) => {
      server.interfere = () => ({ when: 'before', with: fault });
      assert.equal(await codeOf(client), read);
      assert.equal(await codeOf(client, patch), write);
      if (name !== '429') return;
      const result = await get(client);
      assert.equal(result.ok ? undefined : result.error.retryAfterMs, 7_000);
    });
  });
}

test('client: a server that is not there, and one that speaks no HTTP', async () => {
  await withClient({}, async (client, server) => {
    await server.close();
    const result = await patch(client);
    assert.equal(result.ok ? 'ok' : result.error.code, 'unavailable', 'nothing was sent');
  });
  const babble = createTcp((socket) => socket.resume().end('hello\r\n\r\n'));
  await new Promise<void>((resolve) => void babble.listen(0, '127.0.0.1', resolve));
  const server = new URL(`http://127.0.0.1:${(babble.address() as AddressInfo).port}`);
  await withClient({ connection: { server } }, async (client) => {
    assert.equal(await codeOf(client, patch), 'unknown-outcome');
  });
  await new Promise((resolve) => void babble.close(resolve));
});
