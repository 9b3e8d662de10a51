import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInformer, type Informer } from '../../../src/adapters/kubernetes/informer.ts';
import { at } from '../../../src/adapters/kubernetes/json.ts';
import { pruneWorkload } from '../../../src/adapters/kubernetes/workload.ts';
import { createRandom } from '../../../src/adapters/system/random.ts';
import { silentLog } from '../../../src/ports/log.ts';
import { refusal } from '../../../sim/kubernetes/answers.ts';
import { KINDS } from '../../../sim/kubernetes/objects.ts';
import { withReplicas } from '../../../sim/kubernetes/verbs.ts';
import { turn } from '../manual-clock.ts';
import { createDeployment, NAMESPACE, testCluster, type TestCluster } from './support.ts';

const COLLECTION = '/apis/apps/v1/namespaces/default/deployments';
const DEPLOYMENT = KINDS.find(({ kind }) => kind === 'Deployment') ?? assert.fail('no kind');

async function withInformer(act: (informer: Informer, cluster: TestCluster) => Promise<void>): Promise<void> {
  const cluster = await testCluster();
  createDeployment(cluster.server, 'web', 2);
  createDeployment(cluster.server, 'other', 2);
  const { client } = cluster.connect();
  const options = {
    client,
    clock: cluster.clock,
    random: createRandom('informer'),
    log: silentLog,
    collection: COLLECTION,
    prune: pruneWorkload,
  };
  const informer = createInformer(options);
  informer.want('web');
  try {
    await act(informer, cluster);
  } finally {
    await informer.stop();
    await cluster.close();
  }
}

/** Looks until it is so; time of the cluster passes, a second a look. */
async function until({ clock }: TestCluster, isSo: () => boolean, what: string): Promise<void> {
  for (let look = 0; look < 300; look += 1) {
    if (isSo()) return;
    await clock.advance(1_000);
    await turn();
  }
  assert.fail(`${what} did not happen`);
}

const countOf = (informer: Informer): unknown => at(informer.get('web'), 'spec', 'replicas');
const scale = ({ server }: TestCluster, replicas: number): void => {
  const web = server.store.get(DEPLOYMENT, NAMESPACE, 'web');
  if (web !== undefined) server.store.put(DEPLOYMENT, withReplicas(web, replicas));
};

test('informer: changes are seen without a request, and only of wanted objects', async () => {
  await withInformer(async (informer, cluster) => {
    await until(cluster, () => countOf(informer) === 2, 'the list');
    const requests = cluster.server.requests.length;
    scale(cluster, 5);
    await until(cluster, () => countOf(informer) === 5, 'the change');
    assert.equal(informer.get('other'), 'missing');
    assert.equal(cluster.server.requests.length, requests);
    cluster.server.store.delete(DEPLOYMENT, NAMESPACE, 'web');
    await until(cluster, () => informer.get('web') === 'missing', 'the deletion');
  });
});

test('informer: a watch that is too old begins anew with a list', async () => {
  await withInformer(async (informer, cluster) => {
    await until(cluster, () => countOf(informer) === 2, 'the list');
    cluster.server.interfere = ({ isWatch }) => (isWatch ? { when: 'before', with: 'cut' } : undefined);
    cluster.server.endWatches();
    await turn(10);
    scale(cluster, 7);
    cluster.server.store.compact();
    const lists = (): number => cluster.server.requests.filter(({ path, isWatch }) => path === COLLECTION && !isWatch).length;
    const before = lists();
    cluster.server.interfere = () => undefined;
    await until(cluster, () => countOf(informer) === 7, 'the list after 410');
    assert.ok(lists() > before);
  });
});

test('informer: what was not heard of for long is not told as known', async () => {
  await withInformer(async (informer, cluster) => {
    await until(cluster, () => countOf(informer) === 2, 'the list');
    cluster.server.interfere = () => ({ when: 'before', with: refusal(503, 'ServiceUnavailable', 'down') });
    cluster.server.endWatches();
    await until(cluster, () => informer.get('web') === undefined, 'the doubt');
    scale(cluster, 4);
    cluster.server.interfere = () => undefined;
    await until(cluster, () => countOf(informer) === 4, 'the recovery');
  });
});

test('informer: what was written is not forgotten for something older', async () => {
  await withInformer(async (informer, cluster) => {
    await until(cluster, () => countOf(informer) === 2, 'the list');
    const web = cluster.server.store.get(DEPLOYMENT, NAMESPACE, 'web') ?? assert.fail();
    const next = { ...withReplicas(web, 9), metadata: { ...web.metadata, resourceVersion: '999999' } };
    informer.put({ ...next });
    cluster.server.store.put(DEPLOYMENT, { ...web, status: { ...web.status, note: 'an older change' } });
    await cluster.clock.advance(5_000);
    await turn(10);
    assert.equal(countOf(informer), 9);
    informer.doubt('web');
    assert.equal(informer.get('web'), undefined);
  });
});

test('informer: a whole collection is kept, a watch that is too old or a resync lists it anew, changes are told', async () => {
  const cluster = await testCluster();
  createDeployment(cluster.server, 'web', 2);
  const { client } = cluster.connect();
  let changes = 0;
  const informer = createInformer({
    client,
    clock: cluster.clock,
    random: createRandom('informer'),
    log: silentLog,
    collection: COLLECTION,
    prune: pruneWorkload,
    keepsAll: true,
    resyncMs: 120_000,
    onChange: () => void (changes += 1),
  });
  const names = (): unknown => informer.all()?.map((object) => at(object, 'metadata', 'name'));
  const is = (wanted: readonly string[]) => () => JSON.stringify(names()) === JSON.stringify(wanted);
  const lists = (): number => cluster.server.requests.filter(({ isWatch, path }) => !isWatch && path === COLLECTION).length;
  try {
    assert.equal(informer.all(), undefined);
    informer.start();
    await until(cluster, is(['web']), 'the list');
    const before = changes;
    createDeployment(cluster.server, 'other', 1);
    await until(cluster, is(['web', 'other']), 'a new object');
    assert.ok(changes > before);
    assert.equal(lists(), 1);
    // Nothing of what happened is kept any more when the watch is begun anew.
    cluster.server.endWatches();
    cluster.server.store.delete(DEPLOYMENT, NAMESPACE, 'web');
    cluster.server.store.compact();
    await until(cluster, is(['other']), 'what was missed');
    const listed = lists();
    await until(cluster, () => lists() > listed, 'a resync');
    // While the server is away, what was known stands.
    cluster.server.interfere = () => ({ when: 'before', with: 'cut' });
    cluster.server.endWatches();
    await cluster.clock.advance(600_000);
    assert.deepEqual(names(), ['other']);
  } finally {
    await informer.stop();
    await cluster.close();
  }
});
