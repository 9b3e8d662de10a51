/** Everything that `up` serves, over TLS with certificates of clients, asked by real clients. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { Client, credentials, status, type ServiceError } from '@grpc/grpc-js';
import { Agent, request } from 'undici';
import { cli, killStarted, runCli } from '../cli/process.ts';
import { makeCertificates, noOpenssl } from './certificates.ts';
import { pause, until } from '../until.ts';

const skip = noOpenssl;
after(killStarted);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

test(
  'serve: the recommender, the scaler and the external metrics of `up` over TLS, each for those whose certificate it trusts',
  {
    skip,
    timeout: 120_000,
  },
  async (t) => {
    const certificates = makeCertificates(['client', 'front-proxy-client']);
    t.after(() => certificates.remove());
    const { file, pem } = certificates;
    const ports = { recommender: await freePort(), keda: await freePort(), externalMetrics: await freePort() };
    const web = { interval: '1s', capacity: { requestsPerSecond: 10 }, replicas: { min: 1, max: 3 }, autonomy: { level: 'shadow' } };
    const listen = (way: keyof typeof ports): { listen: string } => ({ listen: `0.0.0.0:${ports[way]}` });
    const config = (caFile: string): string => {
      const callers = { caFile, names: ['front-proxy-client'] };
      const serve = {
        recommender: listen('recommender'),
        keda: listen('keda'),
        externalMetrics: { ...listen('externalMetrics'), callers },
        tls: { certFile: file('server.crt'), keyFile: file('server.key'), clientCaFile: file('ca.crt') },
      };
      writeFileSync(file('up.yaml'), JSON.stringify({ inspector: { listen: 'off' }, serve, pools: { web } }));
      return file('up.yaml');
    };
    const wrong = await cli(['up', '--config', config(file('server.key'))]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /serve\.externalMetrics\.callers\.caFile.*certificate of an authority/s);

    const up = runCli(['up', '--json', '--config', config(file('ca.crt'))]);
    await until(() => up.lines.some((line) => line.includes('"started"')), up.errors.join('\n'), 60_000);
    const identityOf = (who: string): { cert: string; key: string } => ({ cert: pem(`${who}.crt`), key: pem(`${who}.key`) });
    const ask = async (way: keyof typeof ports, path: string, who?: string): Promise<{ status: number; text: string }> => {
      const dispatcher = new Agent({ connect: { ca: pem('ca.crt'), ...(who === undefined ? {} : identityOf(who)) } });
      const post = { method: 'POST' as const, headers: { 'content-type': 'application/json' }, body: '{"targetRef":{"name":"web"}}' };
      try {
        const options = way === 'recommender' ? { dispatcher, ...post } : { dispatcher };
        const answer = await request(`https://localhost:${ports[way]}${path}`, options);
        return { status: answer.statusCode, text: await answer.body.text() };
      } finally {
        await dispatcher.close();
      }
    };
    let told = await ask('recommender', '/wpa/web', 'client');
    for (let tries = 0; tries < 200 && told.status !== 200; tries += 1) {
      await pause(200);
      told = await ask('recommender', '/wpa/web', 'client');
    }
    assert.equal(told.status, 200, up.errors.join('\n'));
    assert.equal((await ask('recommender', '/wpa/web')).status, 401);
    assert.equal((await ask('recommender', '/wpa/web', 'thief')).status, 401);

    const metric = '/apis/external.metrics.k8s.io/v1beta1/namespaces/default/forescale_replicas?labelSelector=pool%3Dweb';
    const value = await ask('externalMetrics', metric, 'front-proxy-client');
    assert.deepEqual([value.status, /"value":"1"/.test(value.text)], [200, true], value.text);
    assert.equal((await ask('externalMetrics', metric, 'client')).status, 403);
    assert.equal((await ask('externalMetrics', metric)).status, 401);
    assert.equal((await ask('externalMetrics', '/readyz')).status, 200);

    const isActive = (who: string | undefined): Promise<ServiceError | null> => {
      const { cert, key } = who === undefined ? {} : identityOf(who);
      const pair = cert === undefined || key === undefined ? [] : [Buffer.from(key), Buffer.from(cert)];
      const client = new Client(`localhost:${ports.keda}`, credentials.createSsl(Buffer.from(pem('ca.crt')), ...pair));
      return new Promise((resolve) => {
        // An empty message: the pool is missing in it, which is told only to those who are let in.
        const deadline = new Date().getTime() + 10_000;
        const raw = (bytes: Buffer): Buffer => bytes;
        client.makeUnaryRequest('/externalscaler.ExternalScaler/IsActive', raw, raw, Buffer.alloc(0), { deadline }, (error) => {
          client.close();
          resolve(error);
        });
      });
    };
    assert.equal((await isActive('client'))?.code, status.INVALID_ARGUMENT);
    for (const who of [undefined, 'thief']) assert.notEqual((await isActive(who))?.code, status.INVALID_ARGUMENT);
    up.child.kill('SIGTERM');
    assert.equal((await up.exited).code, 0, up.errors.join('\n'));
  },
);

test('serve: external metrics without TLS, and callers from two places, are refused by the check', async (t) => {
  const certificates = makeCertificates([]);
  t.after(() => certificates.remove());
  const check = async (serve: object): Promise<string> => {
    const pools = { web: { capacity: { requestsPerSecond: 10 } } };
    writeFileSync(certificates.file('check.yaml'), JSON.stringify({ serve, pools }));
    return (await cli(['check', certificates.file('check.yaml')])).err;
  };
  assert.match(await check({ externalMetrics: {} }), /serve\.externalMetrics: wanted `serve\.tls` beside it/);
  const tls = { certFile: 'a', keyFile: 'b' };
  assert.match(await check({ externalMetrics: { callers: { caFile: 'c' }, context: 'd' }, tls }), /serve\.externalMetrics\.callers.*both/);
});
