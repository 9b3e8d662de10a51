/** Room on nodes for replicas to come, by the bundled API server. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { PLACEHOLDERS } from '../../../src/adapters/kubernetes/headroom/placeholder.ts';
import { HEADROOM_LABEL, roomFor, type HeadroomSettings } from '../../../src/adapters/kubernetes/headroom/room.ts';
import type { KubernetesTarget } from '../../../src/adapters/kubernetes/target.ts';
import { RECOMMENDED, type Rule } from '../../../sim/kubernetes/access-rules.ts';
import { KINDS, replicasOf, type KubeObject } from '../../../sim/kubernetes/objects.ts';
import { containersOf } from '../../../sim/kubernetes/resize.ts';
import { turn } from '../manual-clock.ts';
import { testCluster, type TestCluster } from './support.ts';

const HEADROOM: HeadroomSettings = {
  by: 'pods',
  share: 0.5,
  min: 1,
  max: 4,
  priorityClass: 'forescale-headroom',
  image: 'registry.k8s.io/pause:3.10',
};
const BUFFERED: HeadroomSettings = { ...HEADROOM, by: 'buffer' };
const RULES: readonly Rule[] = [
  ...RECOMMENDED,
  { verbs: ['create', 'delete'], resources: ['deployments'] },
  { verbs: ['get', 'create', 'patch', 'delete'], resources: ['capacitybuffers'] },
];
const DEPLOYMENT = KINDS.find(({ kind }) => kind === 'Deployment') ?? assert.fail();
const BUFFER = KINDS.find(({ kind }) => kind === 'CapacityBuffer') ?? assert.fail();
const POD_SPEC = {
  nodeSelector: { pool: 'web' },
  affinity: { nodeAffinity: { a: 1 }, podAntiAffinity: { b: 1 } },
  containers: [
    { name: 'c', resources: { requests: { cpu: '200m', memory: '128Mi' } } },
    { name: 'side', resources: { requests: { cpu: '50m' } } },
  ],
};

async function open(t: TestContext, podSpec: object = POD_SPEC): Promise<TestCluster> {
  const cluster = await testCluster();
  t.after(cluster.close);
  const spec = { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: { spec: podSpec } };
  cluster.server.create({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec });
  return cluster;
}

const placeholders = ({ server }: TestCluster): KubeObject | undefined => server.store.get(DEPLOYMENT, 'default', 'web-headroom');

/** Reads the target for as long, as the engine does, a look every five seconds. */
async function watch({ clock }: TestCluster, target: KubernetesTarget, forMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < forMs; passedMs += 5_000) {
    await target.get('web');
    for (let turns = 0; turns < 5; turns += 1) await turn();
    await clock.advance(5_000);
  }
}

test('headroom: placeholders follow the count, request what a pod does and go where it may go; then next to nothing is asked', async (t) => {
  const cluster = await open(t);
  const target = cluster.target({ headroom: HEADROOM }, RULES);
  await watch(cluster, target, 60_000);
  assert.equal(placeholders(cluster), undefined, 'not before it was started');
  target.start();
  await watch(cluster, target, 60_000);
  assert.deepEqual(target.headroom, { replicas: 1 });
  const made = placeholders(cluster) ?? assert.fail('none');
  assert.equal(made.metadata.labels?.[HEADROOM_LABEL], 'Deployment.web');
  assert.deepEqual(
    made.metadata.ownerReferences?.map(({ kind, name }) => [kind, name]),
    [['Deployment', 'web']],
  );
  const { spec } = made.spec['template'] as { readonly spec: Record<string, unknown> };
  assert.deepEqual(containersOf(spec)[0]?.resources, { requests: { cpu: '250m', memory: '134217728' } });
  assert.deepEqual(
    [spec['priorityClassName'], spec['nodeSelector'], spec['affinity']],
    ['forescale-headroom', { pool: 'web' }, { nodeAffinity: { a: 1 } }],
  );
  assert.ok((await target.scale({ pool: 'web', replicas: 6, expectedReplicas: 1, generation: 2 })).ok);
  await watch(cluster, target, 90_000);
  assert.equal(replicasOf(placeholders(cluster) ?? made), 3);
  const state = await target.get('web');
  assert.deepEqual(state.ok && [state.value.requestedReplicas, state.value.readyReplicas], [6, 6], 'they are no replicas of the pool');
  const before = cluster.server.requests.length;
  await watch(cluster, target, 600_000);
  assert.ok(cluster.server.requests.length - before <= 20, `${cluster.server.requests.length - before} requests in 10 minutes`);
});

test('headroom: a share of 0 takes them away; a Deployment of that name that is not ours is let be', async (t) => {
  const cluster = await open(t);
  const target = cluster.target({ headroom: HEADROOM }, RULES);
  target.start();
  await watch(cluster, target, 40_000);
  assert.ok(placeholders(cluster) !== undefined);
  const none = cluster.target({ headroom: { ...HEADROOM, share: 0 } }, RULES);
  none.start();
  await watch(cluster, none, 40_000);
  assert.deepEqual([placeholders(cluster), none.headroom], [undefined, { replicas: 0 }]);

  cluster.server.create({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web-headroom' }, spec: { replicas: 7 } });
  const again = cluster.target({ headroom: HEADROOM }, RULES);
  again.start();
  await watch(cluster, again, 40_000);
  assert.match(again.headroom?.trouble ?? '', /web-headroom is there already, and not ours/);
  assert.equal(replicasOf(placeholders(cluster) ?? assert.fail('none')), 7);
});

test('headroom: missing rights, pods that request nothing, and the mode advise: nothing is written, and it is told', async (t) => {
  const poor = await open(t);
  const refused = poor.target({ headroom: HEADROOM }, [
    { verbs: ['get', 'list', 'watch'], resources: ['*'] },
    { verbs: ['patch'], resources: ['deployments/scale'] },
  ]);
  refused.start();
  await watch(poor, refused, 40_000);
  assert.match(refused.headroom?.trouble ?? '', /cannot patch resource "deployments"/);

  const bare = await open(t, { containers: [{ name: 'c' }] });
  const nothing = bare.target({ headroom: HEADROOM }, RULES);
  nothing.start();
  await watch(bare, nothing, 40_000);
  assert.match(nothing.headroom?.trouble ?? '', /request nothing/);

  const advised = bare.target({ headroom: HEADROOM, mode: 'advise' }, RULES);
  advised.start();
  await watch(bare, advised, 40_000);
  assert.deepEqual([advised.headroom, placeholders(bare)], [undefined, undefined]);
});

test('headroom: a CapacityBuffer in the place of placeholders follows the count, says what the autoscaler says of it, and goes with a share of 0', async (t) => {
  const cluster = await open(t);
  const target = cluster.target({ headroom: BUFFERED }, RULES);
  target.start();
  await watch(cluster, target, 40_000);
  const buffer = (): KubeObject | undefined => cluster.server.store.get(BUFFER, 'default', 'web-headroom');
  const made = buffer() ?? assert.fail('none');
  assert.deepEqual(made.spec, { scalableRef: { apiGroup: 'apps', kind: 'Deployment', name: 'web' }, replicas: 1 });
  assert.deepEqual([made.metadata.labels?.[HEADROOM_LABEL], made.metadata.ownerReferences?.[0]?.name], ['Deployment.web', 'web']);
  assert.equal(placeholders(cluster), undefined);
  assert.ok((await target.scale({ pool: 'web', replicas: 6, expectedReplicas: 1, generation: 2 })).ok);
  await watch(cluster, target, 90_000);
  assert.equal(buffer()?.spec['replicas'], 3);
  assert.deepEqual(target.headroom, { replicas: 3 });

  const message = 'the workload has no pod template';
  const conditions = [{ type: 'ReadyForProvisioning', status: 'False', reason: 'Error', message }];
  cluster.server.store.put(BUFFER, { ...(buffer() ?? assert.fail()), status: { conditions } });
  await watch(cluster, target, 360_000);
  assert.deepEqual(target.headroom, { replicas: 3, trouble: message });

  const none = cluster.target({ headroom: { ...BUFFERED, share: 0 } }, RULES);
  none.start();
  await watch(cluster, none, 40_000);
  assert.deepEqual([buffer(), none.headroom], [undefined, { replicas: 0 }]);
});

test('headroom: where the cluster knows no CapacityBuffer, nothing is written and it is told', async (t) => {
  const cluster = await open(t);
  cluster.server.hasBuffers = false;
  const target = cluster.target({ headroom: BUFFERED }, RULES);
  target.start();
  await watch(cluster, target, 40_000);
  assert.match(target.headroom?.trouble ?? '', /no CapacityBuffer \(autoscaling\.x-k8s\.io\)/);
  assert.equal(cluster.server.requests.filter(({ method }) => method === 'PATCH').length, 0);
});

test('headroom: between its bounds, and of the size that pods are to have', () => {
  assert.deepEqual(
    [0, 1, 3, 100].map((replicas) => roomFor(HEADROOM, replicas)),
    [1, 1, 2, 4],
  );
  const workload = { kind: 'Deployment', metadata: { name: 'web', uid: 'u' }, spec: { template: { spec: POD_SPEC } } };
  const size = { container: undefined, cores: 1, memoryBytes: undefined };
  const made = PLACEHOLDERS.bodyOf({ apiVersion: 'apps/v1', workload, settings: HEADROOM, replicas: 1, size });
  assert.match(JSON.stringify(made), /"requests":\{"cpu":"1050m","memory":"134217728"\}/);
});
