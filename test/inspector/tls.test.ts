/** HTTPS and mutual TLS, with certificates that openssl made. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Agent, request } from 'undici';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { createInspector } from '../../src/inspector/inspector.ts';
import { silentLog } from '../../src/ports/log.ts';
import { InputError } from '../../src/problems.ts';
import { cli, killStarted, runCli } from '../cli/process.ts';
import { inspected, type Inspected } from './fixtures.ts';
import { until } from '../until.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-inspector-tls-'));
const file = (name: string): string => join(folder, name);
const pem = (name: string): string => readFileSync(file(name), 'utf8');
const skip = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed';
const TOKEN = 'a-token-of-enough-characters';
let node: Inspected;

function openssl(...args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

/** A certificate for loopback and its key, signed by `authority`. */
function sign(name: string, authority: string): void {
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
  const by = ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`, '-CAcreateserial', '-extfile', 'names'];
  openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.crt`);
}

before(async () => {
  node = await inspected();
  if (skip !== false) return;
  writeFileSync(file('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost');
  for (const authority of ['ca', 'stranger'])
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      `${authority}.key`,
      '-out',
      `${authority}.crt`,
      '-subj',
      `/CN=${authority}`,
    );
  sign('server', 'ca');
  sign('client', 'ca');
  sign('thief', 'stranger');
});
after(async () => {
  killStarted();
  await node.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Asked {
  readonly status: number;
  readonly text: string;
  readonly cookie: string;
}

async function ask(url: string, path: string, who?: string, body?: unknown): Promise<Asked> {
  const dispatcher = new Agent({
    connect: { ca: pem('ca.crt'), ...(who === undefined ? {} : { cert: pem(`${who}.crt`), key: pem(`${who}.key`) }) },
  });
  const post =
    body === undefined ? {} : { method: 'POST' as const, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const answer = await request(`${url}${path}`, { dispatcher, ...post });
  const asked = { status: answer.statusCode, text: await answer.body.text(), cookie: String(answer.headers['set-cookie'] ?? '') };
  await dispatcher.close();
  return asked;
}

function base() {
  return { source: node.source, clock: createSystemClock(), log: silentLog, version: '1', port: 0 };
}

test('inspector TLS: page and API come over HTTPS with the certificate checked, the cookie over nothing else', { skip }, async () => {
  const inspector = createInspector({ ...base(), token: TOKEN, tls: { cert: pem('server.crt'), key: pem('server.key') } });
  const url = await inspector.start();
  try {
    assert.match(url, /^https:/);
    assert.equal((await ask(url, '/healthz')).status, 200);
    assert.equal((await ask(url, '/api/v1/pools')).status, 401);
    const { status, cookie } = await ask(url, '/api/v1/session', undefined, { token: TOKEN });
    assert.equal(status, 200);
    assert.match(cookie, /; Secure;/);
    await assert.rejects(fetch(`${url}/healthz`), 'an authority that nobody trusts');
    await assert.rejects(fetch(`${url.replace('https', 'http')}/healthz`), 'plain HTTP is not answered');
  } finally {
    await inspector.stop();
  }
});

test('inspector TLS: with an authority for clients a certificate of it is the way in, and probes need none', { skip }, async () => {
  const tls = { cert: pem('server.crt'), key: pem('server.key'), clientCa: pem('ca.crt') };
  // Open to the network without a token: the certificate stands for it.
  const inspector = createInspector({ ...base(), host: '0.0.0.0', tls });
  const url = (await inspector.start()).replace('0.0.0.0', '127.0.0.1');
  try {
    for (const path of ['/', '/api/v1/pools', '/api/v1/events', '/metrics', '/nothing']) {
      for (const who of [undefined, 'thief']) {
        const refused = await ask(url, path, who);
        assert.equal(refused.status, 401, path);
        assert.match(refused.text, /certificate-needed/);
      }
    }
    assert.equal((await ask(url, '/healthz')).status, 200);
    assert.equal((await ask(url, '/api/v1/pools', 'client')).status, 200);
  } finally {
    await inspector.stop();
  }
});

test('inspector TLS: what is no certificate, and a key of another one, is told before anything listens', { skip }, () => {
  const cert = pem('server.crt');
  for (const tls of [
    { cert: 'none', key: pem('server.key') },
    { cert, key: pem('client.key') },
    { cert, key: pem('server.key'), clientCa: pem('client.crt') },
    { cert, key: pem('server.key'), clientCa: '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----' },
  ])
    assert.throws(() => createInspector({ ...base(), tls }), InputError);
});

test('inspector TLS: `up` serves it from the config, and `inspect` asks with the certificates it is given', { skip }, async () => {
  const tls = { certFile: file('server.crt'), keyFile: file('server.key'), clientCaFile: file('ca.crt') };
  const pools = { web: { capacity: { requestsPerSecond: 10 }, replicas: { min: 1, max: 2 } } };
  const write = (name: string, inspector: object): string => {
    writeFileSync(file(name), JSON.stringify({ inspector, pools }));
    return file(name);
  };
  const missing = await cli(['up', '--config', write('missing.yaml', { tls: { ...tls, keyFile: file('none') } })]);
  assert.equal(missing.code, 2);
  assert.match(missing.err, /inspector\.tls\.keyFile.*nothing there/s);

  const up = runCli(['up', '--json', '--config', write('config.yaml', { listen: '127.0.0.1:0', tls })]);
  await until(() => up.lines.some((line) => line.includes('"started"')), up.errors.join('\n'), 30_000);
  const { inspector: page } = JSON.parse(up.lines.find((line) => line.includes('"started"')) ?? '{}') as { inspector: string };
  assert.match(page, /^https:/);
  const certificates = {
    FORESCALE_INSPECTOR_CA: file('ca.crt'),
    FORESCALE_INSPECTOR_CERT: file('client.crt'),
    FORESCALE_INSPECTOR_KEY: file('client.key'),
  };
  const asked = runCli(['inspect', page], certificates);
  assert.equal((await asked.exited).code, 0, asked.errors.join('\n'));
  const stranger = runCli(['inspect', page], { FORESCALE_INSPECTOR_CA: file('ca.crt') });
  assert.equal((await stranger.exited).code, 2);
  assert.match(stranger.errors.join('\n'), /client certificate is needed/);
  up.child.kill('SIGTERM');
  assert.equal((await up.exited).code, 0, up.errors.join('\n'));
});
