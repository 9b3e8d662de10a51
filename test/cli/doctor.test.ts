/** What the doctor says of a real Redis and of a real target behind HTTP that are well, and of such that are not. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testGroup } from '../adapters/aws/support.ts';
import { openBus } from '../adapters/redis/open.ts';
import { noServer, sharedServer, startServer } from '../adapters/redis/server.ts';
import { RECOMMENDED, type Rule } from '../../sim/kubernetes/access-rules.ts';
import { createDeployment, testCluster } from '../adapters/kubernetes/support.ts';
import { cli, runCli } from './process.ts';

const skip = noServer ?? false;

interface Said {
  readonly what: string;
  readonly state: string;
  readonly found: string;
  readonly mend?: string;
}

async function consult(...args: readonly string[]): Promise<{ readonly code: number | null; readonly said: readonly Said[] }> {
  const { code, out, err } = await cli(['doctor', '--json', ...args]);
  assert.equal(err, '');
  return { code, said: JSON.parse(out) as Said[] };
}

test('doctor: a Redis that is well is called so, and nothing of the rehearsal is left in it', { skip }, async (context) => {
  const url = `${(await sharedServer()).url}?prefix=doctor-well`;
  const { code, said } = await consult('--bus', url);
  assert.equal(code, 0, JSON.stringify(said));
  assert.deepEqual([...new Set(said.map(({ state }) => state))], ['well']);
  const bus = await openBus(url);
  context.after(() => bus.close());
  assert.deepEqual(await bus.link.connections.control.call('keys', ['doctor-well*']), []);
});

test('doctor: a Redis that forgets, and one that is not there, are ill, with what to do', { skip }, async (context) => {
  const server = await startServer({ isVolatile: true });
  context.after(() => server.dispose());
  const forgetful = await consult('--bus', server.url);
  assert.equal(forgetful.code, 1);
  assert.match(JSON.stringify(forgetful.said), /"Redis appendonly","state":"ill","found":"no","mend":"needs yes/);
  const allowed = await consult('--bus', `${server.url}?volatile=allow`);
  assert.equal(allowed.code, 0);
  assert.match(JSON.stringify(allowed.said), /"Redis appendonly","state":"doubtful"/);
  await server.kill();
  const gone = await consult('--bus', server.url);
  assert.deepEqual([gone.code, gone.said[0]?.state], [1, 'ill']);
});

test('doctor: what lies under the prefix and is not ours is named', { skip }, async (context) => {
  const server = await sharedServer();
  const url = `${server.url}?prefix=doctor-foreign`;
  const bus = await openBus(url);
  context.after(() => bus.close());
  await bus.link.connections.control.call('set', ['doctor-foreign:{s3}:in', 'x']);
  const { code, said } = await consult('--bus', url);
  assert.equal(code, 1);
  assert.match(JSON.stringify(said), /doctor-foreign:\{s3\}:in","state":"ill","found":"a string, written by somebody else/);
});

test('doctor: a user who may not run what a node runs is found out before a node starts', { skip }, async (context) => {
  const server = await startServer();
  const bus = await openBus(server.url);
  context.after(async () => {
    await bus.close();
    await server.dispose();
  });
  const { control } = bus.link.connections;
  await control.call('acl', ['setuser', 'poor', 'on', 'nopass', '~forescale:*', '+@all', '-xtrim']);
  const { code, said } = await consult('--bus', server.url.replace('redis://', 'redis://poor@'));
  assert.equal(code, 1);
  const ill = said.filter(({ state }) => state === 'ill');
  assert.deepEqual(
    ill.map(({ what, mend }) => [what, mend]),
    [['rights and scripts', 'give the user the rights that docs/redis.md lists']],
  );
});

test('doctor: a password is in nothing that it says', { skip }, async (context) => {
  const server = await startServer({ args: ['--requirepass', 'verysecret'] });
  context.after(() => server.dispose());
  for (const password of ['verysecret', 'notsosecret']) {
    const { out, err } = await cli(['doctor', '--bus', server.url.replace('redis://', `redis://:${password}@`)]);
    assert.ok(out.length > 0);
    assert.doesNotMatch(out + err, /secret/);
  }
});

const config = (server: string, folder: string, rights: string): string => {
  writeFileSync(join(folder, 'token'), rights);
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace: 'default' } }],
      clusters: [{ name: 'c', cluster: { server } }],
      users: [{ name: 'u', user: { token: rights } }],
    }),
  );
  const file = join(folder, 'forescale.json');
  const target = { kind: 'kubernetes', workload: 'Deployment/web', kubeconfig };
  const web = { capacity: { requestsPerSecond: 50 }, replicas: { min: 1, max: 9 }, target };
  writeFileSync(file, JSON.stringify({ pools: { web } }));
  return file;
};

test('doctor: a target is read, and the rights that lack are named', async (context) => {
  const poor: readonly Rule[] = RECOMMENDED.filter(({ verbs }) => !verbs.includes('patch'));
  const cluster = await testCluster([
    ['rich', RECOMMENDED],
    ['poor', poor],
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'forescale-doctor-'));
  context.after(async () => {
    await cluster.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const of = (user: string) => consult('--config', config(cluster.url.href, folder, `token-of-${user}`));
  assert.equal((await of('rich')).code, 1, 'there is no Deployment yet');
  createDeployment(cluster.server);
  const well = await of('rich');
  assert.equal(well.code, 0, JSON.stringify(well.said));
  assert.match(well.said[0]?.found ?? '', /1 replicas asked for/);
  const lacking = await of('poor');
  assert.match(JSON.stringify(lacking.said), /"state":"ill","found":"forbidden: [^"]*may not patch Deployment default\/web/);
});

test('doctor: an Auto Scaling group and an engine are read, and nothing is made there', async (context) => {
  const { server, group, close } = await testGroup();
  context.after(close);
  const folder = mkdtempSync(join(tmpdir(), 'forescale-doctor-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'forescale.yaml');
  const socket = join(folder, 'engine.sock');
  const asked: string[] = [];
  const engine = createServer((request, response) => {
    asked.push(request.method ?? '');
    response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
  });
  await new Promise<void>((resolve) => void engine.listen(socket, resolve));
  context.after(() => engine.close());
  const pool = (target: string): string => `{ capacity: { requestsPerSecond: 50 }, replicas: { min: 1, max: 4 }, target: ${target} }`;
  writeFileSync(
    file,
    `pools:
  web: ${pool(`{ kind: aws, group: web-asg, region: eu-west-1, endpoint: "${server.endpoint}" }`)}
  shop: ${pool(`{ kind: docker, image: "shop:1", engine: ${socket} }`)}
`,
  );
  const secrets = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'hush' };
  const run = runCli(['doctor', '--json', '--config', file], secrets);
  assert.equal((await run.exited).code, 0, run.errors.join('\n'));
  const said = JSON.parse(run.lines.join('\n')) as Said[];
  assert.deepEqual(
    said.filter(({ what }) => what.startsWith('target')).map(({ what, state, found }) => [what, state, found]),
    [
      ['target of pool web', 'well', '1 replicas asked for, 1 ready'],
      ['target of pool shop', 'well', '1 replicas asked for, 0 ready'],
    ],
  );
  assert.deepEqual(asked, ['GET']);
  assert.deepEqual(group.effects, []);
});
