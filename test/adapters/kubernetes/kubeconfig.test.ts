import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inClusterConnection, isInCluster } from '../../../src/adapters/kubernetes/connection.ts';
import { readKubeconfig } from '../../../src/adapters/kubernetes/kubeconfig.ts';
import { InputError } from '../../../src/problems.ts';
import { createManualClock } from '../manual-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-kubeconfig-'));
after(() => rmSync(folder, { recursive: true }));
const pki = (name: string): string => readFileSync(new URL(`pki/${name}`, import.meta.url), 'utf8');
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const clock = createManualClock();

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function config(user: string, more = ''): string {
  return write(
    'config',
    `apiVersion: v1
kind: Config
current-context: first
clusters:
- { name: c, cluster: { server: 'https://127.0.0.1:6443', certificate-authority-data: ${base64(pki('ca.crt'))} } }
- { name: far, cluster: { server: 'https://far.example/k8s/clusters/x', tls-server-name: api } }
contexts:
- { name: first, context: { cluster: c, user: u } }
- { name: second, context: { cluster: far, user: u, namespace: shop } }
users:
- { name: u, user: ${user} }
${more}`,
  );
}

const problemsOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return assert.fail('it was taken');
};

test('kubeconfig: token, certificate authority and namespace of the current context', async () => {
  const connection = readKubeconfig({ file: config('{ token: abc }') }, clock);
  assert.equal(connection.server.href, 'https://127.0.0.1:6443/');
  assert.equal(connection.namespace, 'default');
  assert.match(connection.ca ?? '', /BEGIN CERTIFICATE/);
  assert.deepEqual(await connection.credentials.current(), { token: 'abc' });
});

test('kubeconfig: another context by name', () => {
  const connection = readKubeconfig({ file: config('{ token: abc }'), context: 'second' }, clock);
  assert.deepEqual(
    [connection.server.pathname, connection.namespace, connection.serverName, connection.isUnverified],
    ['/k8s/clusters/x', 'shop', 'api', false],
  );
});

test('kubeconfig: a client certificate, from files beside it', async () => {
  write('client.crt', pki('client.crt'));
  write('client.key', pki('client.key'));
  const { credentials } = readKubeconfig({ file: config('{ client-certificate: client.crt, client-key: client.key }') }, clock);
  assert.deepEqual(Object.keys(await credentials.current()), ['clientCertificate', 'clientKey']);
});

test('kubeconfig: a token file is read again after a minute, and at once after a refusal', async () => {
  const token = write('token', 'one\n');
  const { credentials } = readKubeconfig({ file: config(`{ tokenFile: ${token} }`) }, clock);
  assert.deepEqual(await credentials.current(), { token: 'one' });
  writeFileSync(token, 'two');
  assert.deepEqual(await credentials.current(), { token: 'one' });
  credentials.refused();
  assert.deepEqual(await credentials.current(), { token: 'two' });
  writeFileSync(token, 'three');
  await clock.advance(60_000);
  assert.deepEqual(await credentials.current(), { token: 'three' });
});

test('kubeconfig: a program gives credentials until they run out or are refused', async () => {
  write('count', '0');
  const plugin = write(
    'plugin.mjs',
    `#!${process.execPath}
import { readFileSync, writeFileSync } from 'node:fs';
const count = Number(readFileSync('count', 'utf8')) + 1;
writeFileSync('count', String(count));
const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
const token = [process.env.WHO, count, info.spec.cluster.server].join(' ');
const expirationTimestamp = new Date(${clock.nowMs()} + 600000).toISOString();
console.log(JSON.stringify({ apiVersion: info.apiVersion, kind: 'ExecCredential', status: { token, expirationTimestamp } }));
`,
  );
  chmodSync(plugin, 0o755);
  const exec = `{ apiVersion: client.authentication.k8s.io/v1, command: ./plugin.mjs, provideClusterInfo: true, env: [{ name: WHO, value: me }] }`;
  const { credentials } = readKubeconfig({ file: config(`{ exec: ${exec} }`) }, clock);
  const both = await Promise.all([credentials.current(), credentials.current()]);
  const first = { token: 'me 1 https://127.0.0.1:6443/' };
  assert.deepEqual(both, [first, first], 'it is run once for all who ask');
  credentials.refused();
  assert.deepEqual(await credentials.current(), { token: 'me 2 https://127.0.0.1:6443/' });
  await clock.advance(541_000);
  assert.deepEqual(await credentials.current(), { token: 'me 3 https://127.0.0.1:6443/' });
});

test('kubeconfig: a program that fails or prints something else says so, without what it printed', async () => {
  const run = async (source: string): Promise<string> => {
    chmodSync(write('bad.mjs', `#!${process.execPath}\n${source}\n`), 0o755);
    const exec = '{ apiVersion: client.authentication.k8s.io/v1, command: ./bad.mjs }';
    const { credentials } = readKubeconfig({ file: config(`{ exec: ${exec} }`) }, clock);
    return credentials.current().then(
      () => 'taken',
      (error: Error) => error.message,
    );
  };
  assert.match(await run('process.exit(3)'), /ended with 3/);
  assert.match(await run('console.log("hunter2")'), /printed no ExecCredential/);
  assert.match(await run('console.log(JSON.stringify({ kind: "ExecCredential", apiVersion: "v9" }))'), /printed v9/);
});

test('kubeconfig: everything that is wrong is told, and no secret', () => {
  const cases: readonly (readonly [make: () => string, problem: RegExp])[] = [
    [() => config('{}'), /user: wanted a token, a tokenFile, a client certificate or exec, found nothing/],
    [
      () => config(`{ client-certificate-data: ${base64(pki('client.crt'))} }`),
      /wanted a client certificate and its key, found one of them/,
    ],
    [() => config('{ token: [hunter2 }'), /wanted YAML/],
    [() => write('empty', ''), /wanted a current-context/],
    [() => join(folder, 'nowhere'), /wanted a file that can be read, found ENOENT/],
    [() => config('{ exec: { apiVersion: v1, command: x } }'), /exec.apiVersion: wanted one of client.authentication/],
    [
      () => write('plain', 'current-context: a\ncontexts: [{ name: a, context: { cluster: b, user: c } }]'),
      /a cluster that is there, found b/,
    ],
  ];
  for (const [make, problem] of cases) {
    const message = problemsOf(() => readKubeconfig({ file: make() }, clock));
    assert.match(message, problem);
    assert.doesNotMatch(message, /hunter2/);
  }
  assert.match(
    problemsOf(() => readKubeconfig({ file: config('{ token: t }'), context: 'third' }, clock)),
    /a context of first, second, found third/,
  );
});

test('kubeconfig: of several files, the first that names a thing wins', async () => {
  const first = write('one', 'current-context: mine\ncontexts: [{ name: mine, context: { cluster: c, user: u } }]\n');
  const second = config('{ token: from-second }');
  const before = process.env['KUBECONFIG'];
  process.env['KUBECONFIG'] = `${first}:${second}`;
  try {
    const { credentials, server } = readKubeconfig({}, clock);
    assert.equal(server.port, '6443');
    assert.deepEqual(await credentials.current(), { token: 'from-second' });
  } finally {
    if (before === undefined) delete process.env['KUBECONFIG'];
    else process.env['KUBECONFIG'] = before;
  }
});

test('in-cluster: the service account of a pod', async () => {
  for (const [name, text] of Object.entries({ token: 'pod', 'ca.crt': pki('ca.crt'), namespace: 'shop\n' })) write(name, text);
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
  assert.ok(isInCluster(env));
  const connection = inClusterConnection(clock, env, folder);
  assert.equal(connection.server.href, 'https://[fd00::1]/');
  assert.equal(connection.namespace, 'shop');
  assert.deepEqual(await connection.credentials.current(), { token: 'pod' });
  assert.match(
    problemsOf(() => inClusterConnection(clock, {}, folder)),
    /wanted to run in a pod, found nothing/,
  );
});
