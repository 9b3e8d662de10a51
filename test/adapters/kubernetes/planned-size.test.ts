/** Sizes that plans ask for: they come with a write, are kept at the workload and told, by the bundled API server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesTarget } from '../../../src/adapters/kubernetes/target.ts';
import type { TargetState } from '../../../src/ports/target.ts';
import { refusal } from '../../../sim/kubernetes/answers.ts';
import { RECOMMENDED, SCALE_ONLY } from '../../../sim/kubernetes/access-rules.ts';
import { containersOf } from '../../../sim/kubernetes/resize.ts';
import { runAction } from '../../contracts/target/action-run.ts';
import { kindOf, MIB, RULES, sizes, SIZING, SMALL, templateOf, watch, type Sizes } from './sized-cluster.ts';
import { createHpa } from './support.ts';

const CONFIGURED = { cpuMillicores: 300, memoryBytes: 256 * MIB };
const LARGER = { cpuMillicores: 600, memoryBytes: 512 * MIB };
const WRITE = { pool: 'web', replicas: 2, expectedReplicas: 2, generation: 2 };

async function stateOf(target: KubernetesTarget): Promise<TargetState> {
  const read = await target.get('web');
  return read.ok ? read.value : assert.fail(`${read.error.code}: ${read.error.message}`);
}

async function sized(target: KubernetesTarget): Promise<readonly unknown[]> {
  const { size, resizedReplicas } = await stateOf(target);
  return [size, resizedReplicas];
}

const requestsOf = ({ pods }: Sizes): unknown[] => pods().map(({ spec }) => containersOf(spec)[0]?.resources?.requests?.['cpu']);

/** From the size of the config to a larger one, by the real scaling action; as time passes at the cluster, so do looks. */
async function resize(cluster: Sizes, target: () => KubernetesTarget, generation = 2, crashes?: () => Promise<void>) {
  const change = { from: CONFIGURED, to: LARGER };
  const advance = (ms: number): Promise<void> => cluster.clock.advance(ms);
  const order = { target, pool: 'web', from: 2, to: 2, generation, resize: change, advance };
  return runAction({ ...order, ...(crashes === undefined ? {} : { crashes }) });
}

/** Two pods that have the size of the config. */
async function settled(cluster: Sizes, target: KubernetesTarget): Promise<void> {
  target.start();
  await watch(cluster, target, 70_000);
  assert.deepEqual(await sized(target), [CONFIGURED, 2]);
}

test('planned sizes: one comes with a write, its pods get it in place, it stands after a restart and with later counts, and until the config says another', async (t) => {
  const cluster = await sizes(t);
  const target = cluster.target({ sizing: SIZING }, RULES);
  await settled(cluster, target);
  const uids = cluster.pods().map(({ metadata }) => metadata.uid);
  const written = await target.scale({ ...WRITE, size: LARGER });
  assert.deepEqual(written.ok && [written.value.size, written.value.resizedReplicas, written.value.readyReplicas], [LARGER, 0, 2]);
  await watch(cluster, target, 15_000);
  assert.deepEqual(await sized(target), [LARGER, 2], 'it is looked at more often while an action waits');
  assert.deepEqual([requestsOf(cluster), templateOf(cluster)], [['600m', '600m'], SMALL]);
  assert.deepEqual(
    cluster.pods().map(({ metadata }) => metadata.uid),
    uids,
  );

  const again = cluster.target({ sizing: SIZING }, RULES);
  again.start();
  assert.deepEqual((await stateOf(again)).size, LARGER);
  assert.ok((await again.scale({ ...WRITE, replicas: 3, generation: 4 })).ok);
  await watch(cluster, again, 60_000);
  assert.deepEqual(await sized(again), [LARGER, 3]);
  const changed = cluster.target({ sizing: { ...SIZING, cores: 0.4 } }, RULES);
  assert.equal((await stateOf(changed)).size?.cpuMillicores, 400);
});

test('planned sizes: a stale write and a wrong count change no size', async (t) => {
  const cluster = await sizes(t);
  const target = cluster.target({ sizing: SIZING }, RULES);
  await settled(cluster, target);
  assert.ok((await target.scale({ ...WRITE, generation: 4 })).ok);
  for (const [change, code] of [
    [{ generation: 4 }, 'superseded'],
    [{ generation: 6, expectedReplicas: 3 }, 'conflict'],
  ] as const) {
    const refused = await target.scale({ ...WRITE, ...change, size: LARGER });
    assert.deepEqual(refused.ok ? 'taken' : [refused.error.code, refused.error.state?.size], [code, CONFIGURED]);
  }
});

test('planned sizes: an action is done when all nodes have told the size, also when our node dies after each of the first effects', async (t) => {
  const cluster = await sizes(t);
  let target = cluster.target({ sizing: SIZING }, RULES);
  await settled(cluster, target);
  const before = cluster.asked();
  let deaths = 0;
  const dies = async (): Promise<void> => {
    // Who never lives long enough to look at a pod never sees that it has its size.
    if ((deaths += 1) > 4) return;
    target = cluster.target({ sizing: SIZING }, RULES);
    target.start();
  };
  const { feedback } = await resize(cluster, () => target, 2, dies);
  assert.equal(feedback.outcome, 'succeeded', feedback.reason);
  assert.deepEqual([requestsOf(cluster), cluster.asked() - before], [['600m', '600m'], 2]);
});

test('planned sizes: an answer that is lost is written once; one that is refused leaves the size as it was', async (t) => {
  for (const [fault, outcome, cpu] of [
    [{ when: 'after', with: 'cut' }, 'succeeded', '600m'],
    [{ when: 'before', with: 'cut' }, 'succeeded', '600m'],
    [{ when: 'before', with: refusal(403, 'Forbidden', 'not today') }, 'failed', '300m'],
  ] as const) {
    const cluster = await sizes(t);
    const target = cluster.target({ sizing: SIZING }, RULES);
    await settled(cluster, target);
    let hits = 0;
    const isWrite = (method: string, path: string): boolean => method === 'PATCH' && path.includes('/deployments/');
    cluster.server.interfere = ({ method, path }) => (isWrite(method, path) && (hits += 1) === 1 ? fault : undefined);
    const { feedback } = await resize(cluster, () => target);
    assert.equal(feedback.outcome, outcome, feedback.reason);
    assert.deepEqual(requestsOf(cluster), [cpu, cpu]);
    assert.equal(hits, fault.when === 'before' && fault.with === 'cut' ? 2 : 1);
  }
});

test('planned sizes: what no node can take goes back at once in the words of the node; what has no room now at the deadline', async (t) => {
  for (const [reason, says] of [
    ['Infeasible', /more will not come: Node did not have enough capacity: cpu/],
    ['Deferred', /by the deadline \(Node did not have enough capacity: cpu\)/],
  ] as const) {
    const cluster = await sizes(t);
    const target = cluster.target({ sizing: SIZING }, RULES);
    await settled(cluster, target);
    cluster.kubelet.verdict = { reason, message: 'Node did not have enough capacity: cpu' };
    const { feedback } = await resize(cluster, () => target);
    assert.equal(feedback.outcome, 'rolled-back');
    assert.match(feedback.reason, says);
    await watch(cluster, target, 60_000);
    assert.deepEqual(await sized(target), [CONFIGURED, 2]);
    assert.deepEqual([requestsOf(cluster), (await stateOf(target)).stuckReason], [['300m', '300m'], undefined]);
  }
});

test('planned sizes: a size that was refused says nothing of the next one, and nothing while replicas are missing', async (t) => {
  const cluster = await sizes(t);
  const target = cluster.target({ sizing: SIZING }, RULES);
  await settled(cluster, target);
  assert.ok((await target.scale({ ...WRITE, size: { ...LARGER, cpuMillicores: 500_000 } })).ok);
  await watch(cluster, target, 15_000);
  assert.match((await stateOf(target)).stuckReason ?? '', /requested: 500000, allocatable: 64000/);
  assert.ok((await target.scale({ ...WRITE, replicas: 3, generation: 4 })).ok);
  assert.equal((await stateOf(target)).stuckReason, undefined, 'an action for more of them is not ended by it');
  await watch(cluster, target, 60_000);
  assert.ok((await target.scale({ ...WRITE, replicas: 3, expectedReplicas: 3, generation: 6, size: LARGER })).ok);
  await watch(cluster, target, 15_000);
  assert.deepEqual(await sized(target), [LARGER, 3]);
});

test('planned sizes: what was seen with the size before in mind says nothing of the new one', async (t) => {
  const cluster = await sizes(t);
  const target = cluster.target({ sizing: SIZING }, RULES);
  await settled(cluster, target);
  await cluster.clock.advance(35_000);
  cluster.server.interfere = ({ method, path }) =>
    method === 'GET' && path.includes('/pods') ? { when: 'before', with: 'hang' } : undefined;
  assert.deepEqual(await sized(target), [CONFIGURED, 2]);
  const written = await target.scale({ ...WRITE, size: LARGER });
  assert.deepEqual(written.ok && [written.value.size, written.value.resizedReplicas], [LARGER, 0]);
  cluster.server.interfere = () => undefined;
  await watch(cluster, target, 60_000);
  assert.deepEqual(await sized(target), [LARGER, 2]);
});

test('planned sizes: a pod that is not ready does not count, whatever its size', async (t) => {
  const cluster = await sizes(t);
  const target = cluster.target({ sizing: SIZING }, RULES);
  await settled(cluster, target);
  const pod = cluster.pods()[0] ?? assert.fail('no pod');
  cluster.server.store.put(kindOf('Pod'), { ...pod, status: { ...pod.status, conditions: [] } });
  await watch(cluster, target, 60_000);
  assert.deepEqual([target.sizes?.sized, (await stateOf(target)).resizedReplicas], [2, 1]);
});

test('planned sizes: a container that would restart for it is left as it is, and so is one of a cluster that cannot resize', async (t) => {
  const restarts = await sizes(t);
  const target = restarts.target({ sizing: SIZING }, RULES);
  await settled(restarts, target);
  for (const pod of restarts.pods()) {
    const containers = containersOf(pod.spec).map((one) => ({
      ...one,
      resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }],
    }));
    restarts.server.store.put(kindOf('Pod'), { ...pod, spec: { ...pod.spec, containers } });
  }
  const kept = await resize(restarts, () => target);
  assert.match(kept.feedback.reason, /container c would restart for it, by its resizePolicy/);
  assert.deepEqual([kept.feedback.outcome, requestsOf(restarts)], ['rolled-back', ['300m', '300m']]);

  const old = await sizes(t, { requests: { cpu: '300m', memory: '256Mi' } });
  old.server.hasResize = false;
  const unable = old.target({ sizing: SIZING }, RULES);
  await settled(old, unable);
  const { feedback } = await resize(old, () => unable);
  assert.match(feedback.reason, /this cluster cannot resize pods in place/);
  assert.deepEqual([feedback.outcome, await sized(unable)], ['rolled-back', [CONFIGURED, 0]]);
});

test('planned sizes: where none can be kept safe none is told, and a write that carries one is refused with the reason', async (t) => {
  const none = async (cluster: Sizes, target: KubernetesTarget, why: RegExp, replicas = 2): Promise<void> => {
    target.start();
    await watch(cluster, target, 70_000);
    const { size, resizedReplicas, requestedReplicas } = await stateOf(target);
    assert.deepEqual([size, resizedReplicas], [undefined, undefined], String(why));
    const refused = await target.scale({ ...WRITE, replicas, expectedReplicas: requestedReplicas, size: LARGER });
    assert.match(refused.ok ? 'taken' : `${refused.error.code} ${refused.error.message}`, why);
  };
  const beside = await sizes(t);
  createHpa(beside.server);
  await none(beside, beside.target({ sizing: SIZING }, RULES), /^invalid .* takes no size: an HPA goes by what pods request/);
  await none(beside, beside.target({ sizing: SIZING, mode: 'direct' }, RULES), /^advice-only .* two would fight/);
  const alone = await sizes(t);
  await none(alone, alone.target({}, RULES), /^invalid .* its config names none/);
  await none(alone, alone.target({ sizing: { ...SIZING, memoryBytes: undefined } }, RULES), /leaves cpus or memory as the template/);
  await none(alone, alone.target({ sizing: { ...SIZING, by: 'rollout' } }, RULES), /a rollout, which replaces every pod/);
  await none(alone, alone.target({ sizing: SIZING }, RECOMMENDED), /may not patch pods\/resize/);
  await none(alone, alone.target({ sizing: SIZING }, [...SCALE_ONLY, ...RULES.slice(-1)]), /only its scale may be written/);
  const many = await alone.target({ sizing: SIZING }, RULES).scale({ ...WRITE, replicas: 501, size: LARGER });
  assert.match(many.ok ? 'taken' : many.error.message, /of more than 500 pods/);
});
