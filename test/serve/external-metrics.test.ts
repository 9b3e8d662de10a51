/** external.metrics.k8s.io as the API server asks it: over real HTTPS, with its certificate. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { spawn } from 'node:child_process';
import { after, before, test, type TestContext } from 'node:test';
import { Agent, request } from 'undici';
import { InputError } from '../../src/problems.ts';
import { createKubernetesClient } from '../../src/adapters/kubernetes/client.ts';
import { staticCredentials } from '../../src/adapters/kubernetes/credentials.ts';
import { AUTHENTICATION_PATH, RequestHeaderReader } from '../../src/adapters/kubernetes/request-header.ts';
import { silentLog } from '../../src/ports/log.ts';
import type { Aggregators, AggregatorSource } from '../../src/serve/external-metrics/callers.ts';
import { ApiServer } from '../../sim/kubernetes/api-server.ts';
import { createManualClock } from '../adapters/manual-clock.ts';
import { makeCertificates, noOpenssl, type Certificates } from './certificates.ts';
import { FRESH_MS, serveWorld, type ServeWorld } from './world.ts';

const skip = noOpenssl;
const ROOT = '/apis/external.metrics.k8s.io/v1beta1';
const PROXY = 'front-proxy-client';
let certificates: Certificates;
let world: ServeWorld;

before(() => {
  if (skip === false) certificates = makeCertificates([PROXY, 'somebody']);
});
after(() => certificates?.remove());

const fixed = (current: Aggregators | undefined): AggregatorSource => ({ current, onChange: () => () => {} });
const trusted = (): Aggregators => ({ ca: certificates.pem('ca.crt'), names: [PROXY] });

async function serving(t: TestContext, aggregators: AggregatorSource = fixed(trusted())): Promise<ServeWorld> {
  const tls = { cert: certificates.pem('server.crt'), key: certificates.pem('server.key') };
  const address = { host: '127.0.0.1', port: 0 };
  const made = await serveWorld({ recommender: undefined, keda: undefined, tls, externalMetrics: { ...address, aggregators } });
  t.after(() => made.stop());
  return made;
}

interface Asked {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function ask(path: string, who: string | undefined = PROXY, method: 'GET' | 'DELETE' = 'GET'): Promise<Asked> {
  const identity = who === undefined ? {} : { cert: certificates.pem(`${who}.crt`), key: certificates.pem(`${who}.key`) };
  const dispatcher = new Agent({ connect: { ca: certificates.pem('ca.crt'), ...identity } });
  const headers = { accept: 'application/vnd.kubernetes.protobuf, */*', 'x-remote-user': 'system:serviceaccount:kube-system:hpa' };
  const answer = await request(`https://127.0.0.1:${world.ports.externalMetrics}${path}`, { dispatcher, method, headers });
  const text = await answer.body.text();
  await dispatcher.close();
  return { status: answer.statusCode, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text } };
}

const valuesOf = ({ body }: Asked): unknown =>
  (body['items'] as { metricLabels: { pool: string }; value: string }[]).map(({ metricLabels: { pool }, value }) => [pool, value]);

test('external metrics: what there is to be found, as discovery asks for it', { skip }, async (t) => {
  world = await serving(t);
  const groups = (await ask('/apis')).body['groups'] as { name: string }[];
  assert.deepEqual(
    groups.map(({ name }) => name),
    ['external.metrics.k8s.io'],
  );
  const group = (await ask('/apis/external.metrics.k8s.io')).body;
  assert.deepEqual(group['preferredVersion'], { groupVersion: 'external.metrics.k8s.io/v1beta1', version: 'v1beta1' });
  const { body } = await ask(ROOT);
  assert.equal(body['kind'], 'APIResourceList');
  assert.deepEqual((body['resources'] as object[])[0], {
    name: 'forescale_replicas',
    singularName: '',
    namespaced: true,
    kind: 'ExternalMetricValueList',
    verbs: ['get'],
  });
  for (const path of ['/openapi/v2', '/openapi/v3', '/', `${ROOT}/namespaces`, `${ROOT}/nodes/a/forescale_replicas`]) {
    const { status, body: refused } = await ask(path);
    assert.deepEqual([status, refused['kind'], refused['reason'], refused['code']], [404, 'Status', 'NotFound', 404], path);
  }
});

test(
  'external metrics: the count of a pool by its label, and the bounds beside it, in the namespace of its workload',
  { skip },
  async (t) => {
    world = await serving(t);
    await world.plan({ replicas: 7, lower: 6, upper: 9 });
    await world.plan({ replicas: 2, lower: 2, upper: 2 }, { pool: 'shop' });
    const of = (namespace: string, metric: string, selector = ''): Promise<Asked> =>
      ask(`${ROOT}/namespaces/${namespace}/${metric}${selector === '' ? '' : `?labelSelector=${encodeURIComponent(selector)}`}`);
    const { status, body } = await of('default', 'forescale_replicas', 'pool=web');
    assert.equal(status, 200);
    const timestamp = new Date(world.clock.nowMs() - 1_000).toISOString().replace('.000Z', 'Z');
    assert.deepEqual(body, {
      kind: 'ExternalMetricValueList',
      apiVersion: 'external.metrics.k8s.io/v1beta1',
      metadata: {},
      items: [{ metricName: 'forescale_replicas', metricLabels: { pool: 'web' }, timestamp, value: '7' }],
    });
    assert.deepEqual(valuesOf(await of('default', 'forescale_replicas_lower', 'pool in (web)')), [['web', '6']]);
    assert.deepEqual(valuesOf(await of('default', 'forescale_replicas_upper', 'pool!=shop')), [['web', '9']]);
    // `web` has no namespace of its own, `shop` is in `store`.
    assert.deepEqual(valuesOf(await of('store', 'forescale_replicas')), [
      ['web', '7'],
      ['shop', '2'],
    ]);
    assert.deepEqual(valuesOf(await of('default', 'forescale_replicas', 'pool=shop')), []);
    const unknown = await of('default', 'requests', 'pool=web');
    assert.equal(unknown.status, 404);
    assert.match(String(unknown.body['message']), /external metric requests not found; there are forescale_replicas,/);
    assert.equal((await of('default', 'forescale_replicas', 'pool=(')).status, 400);
    assert.equal((await of('default', 'constructor')).status, 404);
  },
);

test(
  'external metrics: without a plan, or with an old one among those that are added up, it is 503, never a number',
  { skip },
  async (t) => {
    world = await serving(t);
    const path = `${ROOT}/namespaces/store/forescale_replicas`;
    await world.plan({ replicas: 7, lower: 7, upper: 9 });
    const half = await ask(path);
    assert.deepEqual([half.status, half.body['reason']], [503, 'ServiceUnavailable']);
    assert.match(String(half.body['message']), /nothing has been planned for shop yet/);
    await world.plan({ replicas: 2, lower: 2, upper: 2 }, { pool: 'shop' });
    assert.equal((await ask(path)).status, 200);
    world.setAway(true);
    await world.clock.advance(FRESH_MS + 1_000);
    assert.equal((await ask(path)).status, 503);
  },
);

test('external metrics: only the certificate of the API server is answered, probes need none', { skip }, async (t) => {
  world = await serving(t);
  for (const [who, status, message] of [
    ['thief', 401, /a client certificate of the authority/],
    ['somebody', 403, /the certificate of somebody is none of those that may ask: front-proxy-client/],
  ] as const)
    for (const path of [ROOT, `${ROOT}/namespaces/default/forescale_replicas`, '/apis', '/nothing']) {
      const refused = await ask(path, who);
      assert.deepEqual([refused.status, refused.body['kind']], [status, 'Status'], path);
      assert.match(String(refused.body['message']), message);
    }
  const response = await request(`https://127.0.0.1:${world.ports.externalMetrics}${ROOT}`, {
    dispatcher: new Agent({ connect: { ca: certificates.pem('ca.crt') } }),
    headers: { 'x-remote-user': 'system:admin', 'x-remote-group': 'system:masters' },
  });
  assert.equal(response.statusCode, 401);
  await response.body.dump();
  for (const path of ['/healthz', '/livez', '/readyz']) assert.equal((await ask(path, 'thief')).status, 200);
  assert.equal((await ask(ROOT, PROXY, 'DELETE')).status, 405);
});

test('external metrics: it needs certificates of its own, and those have to fit', { skip }, async () => {
  const externalMetrics = { host: '0.0.0.0', port: 0, aggregators: fixed(trusted()) };
  const without = { recommender: undefined, keda: undefined, externalMetrics };
  for (const [place, tls] of [
    ['serve.externalMetrics', undefined],
    ['serve.tls', { cert: certificates.pem('server.crt'), key: certificates.pem('thief.key') }],
  ] as const)
    await assert.rejects(serveWorld({ ...without, tls }), (error) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.problems[0]?.place, place);
      return true;
    });
});

test(
  'external metrics: whom to believe is read from the cluster, stands while that is away, and is taken anew when it changes',
  { skip },
  async (t) => {
    const clock = createManualClock();
    const api = new ApiServer({ clock, tokens: new Map([['token', { name: 'forescale', rules: [] }]]) });
    const url = await api.listen();
    const client = createKubernetesClient(
      { server: url, credentials: staticCredentials('a test', { token: 'token' }), namespace: 'default', isUnverified: false },
      clock,
    );
    let answer: { status: number; body: Record<string, unknown> } = { status: 403, body: { kind: 'Status', message: 'not allowed' } };
    api.interfere = ({ path }) => (path === AUTHENTICATION_PATH ? { when: 'before', with: answer } : undefined);
    const tell = (ca: string, names: readonly string[]): void => {
      const data = { 'requestheader-client-ca-file': ca, 'requestheader-allowed-names': JSON.stringify(names) };
      answer = { status: 200, body: { kind: 'ConfigMap', data } };
    };
    const warned: unknown[] = [];
    const reader = new RequestHeaderReader(client, clock, { ...silentLog, warn: (details) => void warned.push(details) });
    // What the reader does after its timer goes over a real connection.
    const look = async (ms: number): Promise<void> => {
      const before = api.requests.length;
      await clock.advance(ms);
      while (api.requests.length === before) await new Promise((resolve) => void setImmediate(resolve));
      for (let turns = 0; turns < 200; turns += 1) await new Promise((resolve) => void setImmediate(resolve));
    };
    try {
      world = await serving(t, reader);
      await reader.start();
      assert.equal((await ask(ROOT)).status, 503);
      assert.match(JSON.stringify(warned), /not allowed/);
      tell('no certificate', []);
      await look(5_000);
      assert.match(JSON.stringify(warned), /no certificate of an authority/);
      tell(certificates.pem('ca.crt'), [PROXY]);
      await look(5_000);
      assert.equal((await ask(ROOT)).status, 200);
      assert.equal((await ask(ROOT, 'somebody')).status, 403);
      answer = { status: 500, body: { kind: 'Status', message: 'out of order' } };
      await look(60_000);
      assert.equal((await ask(ROOT)).status, 200);
      tell(certificates.pem('stranger.crt'), []);
      await look(5_000);
      assert.equal((await ask(ROOT)).status, 401);
      assert.equal((await ask(ROOT, 'thief')).status, 200);
    } finally {
      reader.stop();
      await client.close();
      await api.close();
    }
  },
);

const noKubectl = spawnSync('kubectl', ['version', '--client']).status === 0 ? false : 'SKIPPED: kubectl is not installed';
test('external metrics: kubectl finds the metrics and reads one', { skip: skip === false ? noKubectl : skip }, async (t) => {
  world = await serving(t);
  await world.plan({ replicas: 7, lower: 6, upper: 9 });
  const kubectl = async (...args: string[]): Promise<string> => {
    const where = [`--server=https://localhost:${world.ports.externalMetrics}`, `--certificate-authority=${certificates.file('ca.crt')}`];
    const who = [`--client-certificate=${certificates.file(`${PROXY}.crt`)}`, `--client-key=${certificates.file(`${PROXY}.key`)}`];
    const child = spawn('kubectl', [...where, ...who, `--cache-dir=${certificates.folder}`, '--kubeconfig=/dev/null', ...args]);
    let text = '';
    child.stdout.on('data', (chunk) => void (text += String(chunk)));
    child.stderr.on('data', (chunk) => void (text += String(chunk)));
    const code = await new Promise((resolve) => void child.on('close', resolve));
    return `${String(code)} ${text}`;
  };
  assert.match(await kubectl('api-resources', '--api-group=external.metrics.k8s.io', '-o', 'name'), /^0 forescale_replicas\.external/);
  const raw = await kubectl('get', '--raw', `${ROOT}/namespaces/default/forescale_replicas?labelSelector=pool%3Dweb`);
  assert.match(raw, /^0 .*"value":"7"/);
  const missing = await kubectl('get', '--raw', `${ROOT}/namespaces/default/nothing`);
  assert.match(missing, /^1 .*\(NotFound\): external metric nothing not found/);
});
