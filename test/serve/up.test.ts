/** A pool in shadow, run by `forescale up`, tells others what it asks for, and does nothing itself. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Client, credentials } from '@grpc/grpc-js';
import { request } from 'undici';
import { cli, killStarted, runCli } from '../cli/process.ts';
import { pause, until } from '../until.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-serve-'));
after(() => {
  killStarted();
  rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

function configOf(name: string, serve: object): string {
  const web = { interval: '1s', capacity: { requestsPerSecond: 10 }, replicas: { min: 1, max: 3 }, autonomy: { level: 'shadow' } };
  writeFileSync(join(folder, name), JSON.stringify({ inspector: { listen: 'off' }, serve, pools: { web } }));
  return join(folder, name);
}

test('serve: a pool in shadow is told over HTTP and gRPC', { timeout: 120_000 }, async () => {
  const [recommender, keda] = [await freePort(), await freePort()];
  const listen = (port: number): object => ({ listen: `127.0.0.1:${port}` });
  const up = runCli(['up', '--json', '--config', configOf('up.yaml', { recommender: listen(recommender), keda: listen(keda) })]);
  await until(() => up.lines.some((line) => line.includes('"started"')), up.errors.join('\n'), 60_000);
  const ask = async (): Promise<{ status: number; body: Record<string, unknown> }> => {
    const response = await request(`http://127.0.0.1:${recommender}/wpa/web`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"targetRef":{"kind":"Deployment","name":"web"}}',
    }).catch(() => undefined);
    if (response === undefined) return { status: 0, body: {} };
    return { status: response.statusCode, body: (await response.body.json()) as Record<string, unknown> };
  };
  let told = await ask();
  for (let tries = 0; tries < 200 && told.status !== 200; tries += 1, told = await ask()) await pause(200);
  assert.deepEqual([told.status, told.body['targetReplicas']], [200, 1], up.errors.join('\n'));
  assert.match(String(told.body['reason']), /in shadow, so nothing is done/);
  const client = new Client(`127.0.0.1:${keda}`, credentials.createInsecure());
  await new Promise<void>((resolve, reject) =>
    client.waitForReady(new Date().getTime() + 20_000, (error) => (error === undefined ? resolve() : reject(error))),
  );
  client.close();
  up.child.kill('SIGTERM');
  assert.equal((await up.exited).code, 0, up.errors.join('\n'));
});

test('serve: what is open to others without a token is refused before anything is told', { timeout: 60_000 }, async () => {
  const refused = await cli(['up', '--config', configOf('open.yaml', { keda: { listen: '0.0.0.0:0' } })]);
  assert.equal(refused.code, 2);
  assert.match(refused.err, /serve\.keda\.listen.*FORESCALE_SERVE_TOKEN/s);
  const wrong = await cli(['check', configOf('wrong.yaml', { keda: { listen: '127.0.0.1' }, kedda: {} })]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /serve\.kedda/);
});
