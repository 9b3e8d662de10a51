import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import { staticCredentials } from '../../../src/adapters/kubernetes/credentials.ts';
import { createKubernetesTarget, type KubernetesTarget } from '../../../src/adapters/kubernetes/target.ts';
import { readyReplicasOf } from '../../../src/adapters/kubernetes/workload.ts';
import { createRandom } from '../../../src/adapters/system/random.ts';
import type { Log } from '../../../src/ports/log.ts';
import type { TargetState } from '../../../src/ports/target.ts';
import { READ_ONLY, RECOMMENDED, SCALE_ONLY } from '../../../sim/kubernetes/access-rules.ts';
import type { ApiServer } from '../../../sim/kubernetes/api-server.ts';
import { moveReplicas } from '../../../sim/kubernetes/managed-fields.ts';
import { KINDS, type KubeObject } from '../../../sim/kubernetes/objects.ts';
import { withReplicas } from '../../../sim/kubernetes/verbs.ts';
import { runAction } from '../../contracts/target/action-run.ts';
import { turn } from '../manual-clock.ts';
import { createDeployment, createHpa, NAMESPACE, poolSettings, testCluster, wanted, type TestCluster } from './support.ts';

const kindOf = (name: string) => KINDS.find(({ kind }) => kind === name) ?? assert.fail(`no kind ${name}`);
const DEPLOYMENT = kindOf('Deployment');
const HPA = kindOf('HorizontalPodAutoscaler');

async function withCluster(act: (cluster: TestCluster) => Promise<void>): Promise<void> {
  const cluster = await testCluster();
  try {
    await act(cluster);
  } finally {
    await cluster.close();
  }
}

async function stateOf(target: KubernetesTarget): Promise<TargetState> {
  const state = await target.get('web');
  return state.ok ? state.value : assert.fail(`${state.error.code}: ${state.error.message}`);
}

const webOf = (server: ApiServer): KubeObject => server.store.get(DEPLOYMENT, NAMESPACE, 'web') ?? assert.fail('no Deployment');
const hpaOf = (server: ApiServer): KubeObject => server.store.get(HPA, NAMESPACE, 'web-hpa') ?? assert.fail('no HPA');

function act({ clock }: TestCluster, target: KubernetesTarget, from: number, to: number, generation = 2) {
  return runAction({ target: () => target, pool: 'web', from, to, generation, advance: (ms) => clock.advance(ms) });
}

test('kubernetes: a Deployment that nobody else scales is scaled itself, with the generation beside the count', async () => {
  await withCluster(async (cluster) => {
    createDeployment(cluster.server);
    const target = cluster.target();
    const { feedback } = await act(cluster, target, 1, 3);
    assert.equal(feedback.outcome, 'succeeded', feedback.reason);
    assert.equal(target.mode, 'direct');
    assert.equal(target.capabilities.generation, 'with-write');
    assert.equal(webOf(cluster.server).metadata.annotations?.['forescale.io/generation'], '2');
    assert.deepEqual(
      webOf(cluster.server).metadata.managedFields?.map(({ manager }) => manager),
      ['forescale'],
    );
    assert.ok(
      feedback.leadTimesMs.every((ms) => ms >= 30_000 && ms <= 34_000),
      JSON.stringify(feedback.leadTimesMs),
    );
  });
});

test('kubernetes: beside an HPA only its floor is raised, and handed back down to where it was', async () => {
  await withCluster(async (cluster) => {
    createDeployment(cluster.server);
    createHpa(cluster.server);
    const target = cluster.target();
    const { feedback } = await act(cluster, target, 1, 4);
    assert.equal(feedback.outcome, 'succeeded', feedback.reason);
    assert.equal(target.mode, 'floor');
    assert.equal(hpaOf(cluster.server).spec['minReplicas'], 4);
    assert.equal(webOf(cluster.server).spec['replicas'], 4, 'the HPA followed');
    const [owner] = webOf(cluster.server).metadata.managedFields ?? [];
    assert.equal(owner?.manager, 'kube-controller-manager', 'we never wrote the count');
    const state = await stateOf(target);
    assert.deepEqual([state.minReplicas, state.maxReplicas, state.requestedReplicas, state.readyReplicas], [1, 6, 4, 4]);
    wanted.set('hpa', 6);
    await cluster.clock.advance(60_000);
    assert.equal(webOf(cluster.server).spec['replicas'], 6, 'the HPA stays reactive above the floor');
    assert.equal(
      (await stateOf(target)).readyReplicas,
      4,
      'what it runs above was not asked for: more ready than asked for is not planned with',
    );
    wanted.delete('hpa');
    const below = await target.scale({ pool: 'web', replicas: 0, expectedReplicas: 4, generation: 9 });
    assert.equal(below.ok ? 'ok' : below.error.code, 'invalid');
  });
});

test('kubernetes: a floor that was there before us is never lowered', async () => {
  await withCluster(async (cluster) => {
    createDeployment(cluster.server);
    const hpa = createHpa(cluster.server);
    cluster.server.store.put(HPA, { ...hpa, spec: { ...hpa.spec, minReplicas: 3 } });
    const first = cluster.target();
    assert.equal((await act(cluster, first, 3, 5)).feedback.outcome, 'succeeded');
    const next = cluster.target();
    assert.equal((await stateOf(next)).minReplicas, 3, 'a new process knows it, too');
    const under = await next.scale({ pool: 'web', replicas: 2, expectedReplicas: 5, generation: 8 });
    assert.equal(under.ok ? 'ok' : under.error.code, 'invalid');
  });
});

const advised: readonly (readonly [string, (cluster: TestCluster) => void, RegExp])[] = [
  ['an HPA that KEDA made', ({ server }) => void createHpa(server, 'web', 'ScaledObject'), /belongs to ScaledObject web/],
  [
    'a GitOps tool that applies the count',
    ({ server }) => own(server, 'argocd', 'Apply', undefined),
    /belongs to argocd, which applies it/,
  ],
  ['another autoscaler', ({ server }) => own(server, 'other-scaler', 'Update', 'scale'), /belongs to other-scaler, which scales it/],
];

function own(server: ApiServer, manager: string, operation: 'Apply' | 'Update', subresource: string | undefined): void {
  server.store.put(DEPLOYMENT, moveReplicas(undefined, webOf(server), manager, operation, subresource));
}

for (const [name, prepare, reason] of advised) {
  test(`kubernetes: beside ${name} nothing is written`, async () => {
    await withCluster(async (cluster) => {
      createDeployment(cluster.server);
      prepare(cluster);
      const target = cluster.target();
      const before = webOf(cluster.server).metadata.resourceVersion;
      const { feedback } = await act(cluster, target, 1, 3);
      assert.equal(feedback.outcome, 'superseded');
      assert.match(feedback.reason, reason);
      assert.deepEqual([target.mode, target.capabilities.scale], ['advise', false]);
      assert.equal(webOf(cluster.server).metadata.resourceVersion, before);
      assert.ok(!cluster.server.requests.some(({ method }) => method === 'PATCH'));
    });
  });
}

test('kubernetes: a person who wants it direct beside a GitOps tool gets it; beside an HPA never', async () => {
  await withCluster(async (cluster) => {
    createDeployment(cluster.server);
    own(cluster.server, 'argocd', 'Apply', undefined);
    const target = cluster.target({ mode: 'direct' });
    assert.equal((await act(cluster, target, 1, 2)).feedback.outcome, 'succeeded');
    createHpa(cluster.server);
    assert.match((await act(cluster, cluster.target({ mode: 'direct' }), 2, 3, 4)).feedback.reason, /two would fight/);
  });
});

test('kubernetes: an HPA that comes later turns the counting of pods into a floor', async () => {
  await withCluster(async (cluster) => {
    createDeployment(cluster.server);
    const target = cluster.target();
    assert.equal((await act(cluster, target, 1, 2)).feedback.outcome, 'succeeded');
    createHpa(cluster.server);
    await cluster.clock.advance(61_000);
    const refused = await target.scale({ pool: 'web', replicas: 4, expectedReplicas: 2, generation: 4 });
    assert.equal(refused.ok ? 'ok' : refused.error.code, 'conflict', 'the plan was made from another count');
    assert.equal(target.mode, 'floor');
    assert.equal(webOf(cluster.server).spec['replicas'], 1, 'as the HPA wants it');
  });
});

test('kubernetes: with the rights for the scale only, the promise is the weaker one, and said so', async () => {
  await withCluster(async (cluster) => {
    createDeployment(cluster.server);
    const target = cluster.target({}, SCALE_ONLY);
    const prepared = await target.prepare();
    assert.ok(prepared.ok);
    assert.deepEqual(prepared.value.missing, ['patch deployments.apps in default']);
    assert.equal(target.capabilities.generation, 'in-process');
    assert.equal((await act(cluster, target, 1, 2)).feedback.outcome, 'succeeded');
    assert.equal(webOf(cluster.server).metadata.annotations, undefined);
  });
});

test('kubernetes: without any right to write it is forbidden, and without a look at HPAs it only advises', async () => {
  await withCluster(async (cluster) => {
    createDeployment(cluster.server);
    const read = await cluster.target({}, READ_ONLY).get('web');
    assert.match(read.ok ? 'ok' : `${read.error.code} ${read.error.message}`, /^forbidden the credentials may not patch/);
    const blind = RECOMMENDED.map((rule) => ({ ...rule, resources: rule.resources.filter((name) => name !== HPA.plural) }));
    const target = cluster.target({}, blind);
    await stateOf(target);
    assert.equal(target.mode, 'advise');
  });
});

test('kubernetes: pods for which no node has room end the action with that reason, rolled back to what became ready', async () => {
  await withCluster(async (cluster) => {
    createDeployment(cluster.server);
    cluster.workloads.podsMax = 3;
    const { feedback } = await act(cluster, cluster.target(), 1, 5);
    assert.equal(feedback.outcome, 'rolled-back');
    assert.match(feedback.reason, /only 3 of 5 are ready, more will not come: 2 pods cannot be scheduled: 0\/2 nodes are available/);
    assert.equal(webOf(cluster.server).spec['replicas'], 3);
    assert.equal(webOf(cluster.server).metadata.annotations?.['forescale.io/generation'], '3');
  });
});

test('kubernetes: a quota that is used up ends the action with that reason', async () => {
  await withCluster(async (cluster) => {
    createDeployment(cluster.server);
    cluster.workloads.podsQuota = 2;
    const { feedback } = await act(cluster, cluster.target(), 1, 4);
    assert.equal(feedback.outcome, 'rolled-back');
    assert.match(feedback.reason, /more will not come: .*exceeded quota/);
  });
});

test('kubernetes: a workload that is deleted meanwhile ends the action', async () => {
  await withCluster(async (cluster) => {
    createDeployment(cluster.server);
    const target = cluster.target();
    let looks = 0;
    const { feedback } = await runAction({
      target: () => target,
      pool: 'web',
      from: 1,
      to: 3,
      generation: 2,
      async advance(ms) {
        if ((looks += 1) === 2) cluster.server.store.delete(DEPLOYMENT, NAMESPACE, 'web');
        await cluster.clock.advance(ms);
      },
    });
    assert.equal(feedback.outcome, 'failed');
    assert.match(feedback.reason, /^not-found: .*deployments.apps "web" not found/);
  });
});

test('kubernetes: an answer that says another count than was asked for is not believed', async () => {
  await withCluster(async (cluster) => {
    createDeployment(cluster.server);
    cluster.server.interfere = ({ method }) => {
      const lie = { ...webOf(cluster.server), spec: { replicas: 2 } };
      return method === 'PATCH' ? { when: 'after', with: { status: 200, body: lie } } : undefined;
    };
    const { feedback } = await act(cluster, cluster.target(), 1, 5);
    assert.equal(feedback.outcome, 'failed');
    assert.match(feedback.reason, /^contradictory: .* it took 5 and answered 2/);
  });
});

test('kubernetes: a scale that says another count than the workload itself is not believed', async () => {
  await withCluster(async (cluster) => {
    createDeployment(cluster.server);
    // As an admission webhook does that caps the count.
    cluster.server.store.subscribe(({ kind, object }) => {
      if (kind === DEPLOYMENT && object.spec['replicas'] === 5) cluster.server.store.put(kind, withReplicas(object, 2));
    });
    const { feedback } = await act(cluster, cluster.target({}, SCALE_ONLY), 1, 5);
    assert.equal(feedback.outcome, 'failed');
    assert.match(feedback.reason, /^contradictory: .* says 5, the workload itself 2/);
  });
});

test('kubernetes: a rollout’s surge does not count as ready', () => {
  assert.equal(readyReplicasOf({ spec: { replicas: 2 }, status: { replicas: 3, readyReplicas: 3 } }), 2);
  assert.equal(readyReplicasOf({ spec: { replicas: 2 }, status: {} }), 0);
  assert.equal(readyReplicasOf({ spec: { replicas: 2 }, status: { readyReplicas: -1 } }), 0, 'what cannot be true counts as none');
});

test('kubernetes: kinds that are unknown or have no scale are told', async () => {
  await withCluster(async (cluster) => {
    const codeOf = async (settings: Parameters<TestCluster['target']>[0]): Promise<string> => {
      const result = await cluster.target(settings).get('web');
      return result.ok ? 'ok' : `${result.error.code}: ${result.error.message}`;
    };
    assert.match(await codeOf({ apiVersion: 'example.com/v1', kind: 'Nothing' }), /^not-found: the server has no Nothing/);
    assert.match(await codeOf({ apiVersion: 'example.com/v1', kind: 'Gadget' }), /^invalid: Gadget in example.com\/v1 has no scale/);
    assert.match(await codeOf({ apiVersion: 'nowhere/v1', kind: 'Thing' }), /^not-found/);
    assert.match(await codeOf({}), /^not-found: .*deployments.apps "web" not found/);
  });
});

test('kubernetes: a thousand pools at rest are looked at without a request', async () => {
  await withCluster(async ({ server, clock, connect }) => {
    for (let i = 0; i < 1_000; i += 1) createDeployment(server, `web-${i}`, 1);
    await clock.advance(60_000);
    const cluster = connect();
    const targets = Array.from({ length: 1_000 }, (_, i) =>
      createKubernetesTarget(cluster, { ...poolSettings(), pool: `web-${i}`, name: `web-${i}` }),
    );
    const look = async (): Promise<void> => {
      for (const [i, target] of targets.entries()) {
        const state = await target.get(`web-${i}`);
        assert.equal(state.ok ? state.value.readyReplicas : state.error.message, 1);
      }
    };
    await look();
    await turn(20);
    const before = server.requests.length;
    const minutes = 10;
    for (let minute = 0; minute < minutes; minute += 1) {
      await clock.advance(60_000);
      await turn(20);
      await look();
    }
    const perPoolAndSecond = (server.requests.length - before) / (minutes * 60) / 1_000;
    assert.ok(perPoolAndSecond < 0.2, `${perPoolAndSecond} requests a second and pool`);
    assert.ok(server.requests.length - before < 20, `${server.requests.length - before} requests: the watch begun anew, nothing else`);
  });
});

test('kubernetes: no secret reaches a log, an answer or an error', async () => {
  const cluster = await testCluster();
  const said: string[] = [];
  const note = (fields: object, message: string): void => void said.push(JSON.stringify(fields) + message);
  const log: Log = { debug: note, info: note, warn: note, error: note, child: (fields) => (note(fields, ''), log) };
  const connection = {
    server: cluster.url,
    credentials: staticCredentials('a token', { token: 'hunter2' }),
    namespace: 'default',
    isUnverified: false,
  };
  const connected = createCluster({ connection, clock: cluster.clock, random: createRandom(1), log });
  try {
    createDeployment(cluster.server);
    const target = createKubernetesTarget(connected, poolSettings());
    for (const result of [await target.get('web'), await target.scale({ pool: 'web', replicas: 2, expectedReplicas: 1, generation: 1 })]) {
      assert.equal(result.ok, false);
      said.push(JSON.stringify(result));
    }
    assert.ok(said.length > 3);
    assert.doesNotMatch(said.join('\n'), /hunter2/);
  } finally {
    await connected.stop();
    await cluster.close();
  }
});
