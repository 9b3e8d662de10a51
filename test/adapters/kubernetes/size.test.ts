/** Pods that get another size, by the bundled API server and a kubelet that takes its time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podSizeOf, resizingOf, type PodSizing } from '../../../src/adapters/kubernetes/size/container-size.ts';
import { parseQuantity } from '../../../src/adapters/kubernetes/size/quantity.ts';
import type { KubeletOptions } from '../../../sim/kubernetes/kubelet.ts';
import { containersOf } from '../../../sim/kubernetes/resize.ts';
import { kindOf, MIB, RULES, sizes, SIZING, SMALL, templateOf, watch } from './sized-cluster.ts';

test('sizes: quantities of Kubernetes are read in their base unit', () => {
  for (const [text, wanted] of [
    ['500m', 0.5],
    ['1', 1],
    ['1.5', 1.5],
    ['128Mi', 128 * MIB],
    ['1G', 1e9],
    ['2e3', 2_000],
    [2, 2],
    ['1Q', undefined],
    ['', undefined],
    [null, undefined],
  ] as const)
    assert.equal(parseQuantity(text), wanted, String(text));
});

test('sizes: limits keep their ratio, so that the class of service stays; what cannot be is told', () => {
  const spec = (resources: object) => ({ containers: [{ name: 'side' }, { name: 'c', resources }] });
  const of = (resources: object, change: Partial<PodSizing> = {}) => resizingOf(spec(resources), { ...SIZING, container: 'c', ...change });
  assert.deepEqual(of(SMALL), {
    kind: 'change',
    container: 'c',
    index: 1,
    resources: { requests: { cpu: '300m', memory: '268435456' }, limits: { cpu: '600m', memory: '268435456' } },
  });
  assert.deepEqual(of({ requests: { cpu: '0.3', memory: '256Mi' } }), { kind: 'as-wanted' });
  const onlyCpu = of({ requests: { cpu: '1' } }, { memoryBytes: undefined });
  assert.deepEqual(onlyCpu.kind === 'change' && onlyCpu.resources, { requests: { cpu: '300m' }, limits: {} });
  const none = of({});
  assert.match(none.kind === 'impossible' ? none.why : '', /container c requests no cpu/);
  const missing = of(SMALL, { container: 'other' });
  assert.match(missing.kind === 'impossible' ? missing.why : '', /there is no container other/);
});

test('sizes: a pod has its size when its node says so, not when it was asked for', () => {
  const pod = (status: object) => ({ spec: { containers: [{ name: 'c' }] }, status });
  const told = { containerStatuses: [{ name: 'c', resources: { requests: { cpu: '300m', memory: '256Mi' } } }] };
  const condition = (type: string, reason: string) => ({ ...told, conditions: [{ type, status: 'True', reason, message: 'm' }] });
  assert.equal(podSizeOf(pod({}), SIZING).kind, 'resizing');
  assert.equal(podSizeOf(pod(told), SIZING).kind, 'sized');
  const untold = (ready: boolean) => podSizeOf(pod({ containerStatuses: [{ name: 'c', ready }] }), SIZING).kind;
  assert.deepEqual([untold(true), untold(false)], ['sized', 'resizing'], 'an older cluster tells no sizes: its pods run as they were made');
  assert.equal(podSizeOf(pod(condition('PodResizePending', 'Deferred')), SIZING).kind, 'deferred');
  assert.equal(podSizeOf(pod(condition('PodResizePending', 'Infeasible')), SIZING).kind, 'infeasible');
  assert.equal(podSizeOf(pod(condition('PodResizeInProgress', '')), SIZING).kind, 'resizing');
  assert.deepEqual(podSizeOf(pod(condition('PodResizeInProgress', 'Error')), SIZING), { kind: 'failed', message: 'm' });
});

test('sizes: pods are resized while they run, and new ones too; the template stays; then next to nothing is asked', async (t) => {
  const cluster = await sizes(t);
  const target = cluster.target({ sizing: SIZING }, RULES);
  assert.equal(target.capabilities.resize, true);
  await watch(cluster, target, 60_000);
  assert.equal(cluster.asked(), 0, 'not before it was started');
  target.start();
  await watch(cluster, target, 70_000);
  assert.deepEqual(target.sizes, { sized: 2, resizing: 0, deferred: 0, infeasible: 0, refused: 0 });
  for (const pod of cluster.pods())
    assert.deepEqual(containersOf(pod.spec)[0]?.resources, {
      requests: { cpu: '300m', memory: '268435456' },
      limits: { cpu: '600m', memory: '268435456' },
    });
  const read = await target.get('web');
  assert.ok(read.ok);
  assert.ok((await target.scale({ pool: 'web', replicas: 3, expectedReplicas: 2, generation: 2 })).ok);
  await watch(cluster, target, 120_000);
  assert.equal(target.sizes?.sized, 3);
  assert.equal(cluster.asked(), 3);
  assert.deepEqual(templateOf(cluster), SMALL);
  const before = cluster.server.requests.length;
  await watch(cluster, target, 300_000);
  assert.ok(cluster.server.requests.length - before <= 20, `${cluster.server.requests.length - before} requests in 5 minutes`);
});

test('sizes: once every pod has its size, the template follows where that replaces none, once; it is not touched where it would', async (t) => {
  const wanted = { requests: { cpu: '300m', memory: '268435456' }, limits: { cpu: '600m', memory: '268435456' } };
  const onDelete = { updateStrategy: { type: 'OnDelete' } };
  for (const [kind, more, template] of [
    ['StatefulSet', onDelete, wanted],
    ['StatefulSet', { updateStrategy: { type: 'RollingUpdate' } }, SMALL],
    ['ReplicaSet', {}, wanted],
  ] as const) {
    const cluster = await sizes(t, SMALL, kind, more);
    const target = cluster.target({ kind, sizing: SIZING }, RULES);
    target.start();
    await watch(cluster, target, 35_000);
    assert.deepEqual(templateOf(cluster, kind), SMALL, 'not before the nodes have told it');
    await watch(cluster, target, 60_000);
    assert.equal(target.sizes?.sized, 2);
    assert.deepEqual(templateOf(cluster, kind), template, JSON.stringify([kind, more]));
  }
  const cluster = await sizes(t, SMALL, 'StatefulSet', onDelete);
  const target = cluster.target({ kind: 'StatefulSet', sizing: SIZING }, RULES);
  target.start();
  cluster.kubelet.verdict = { reason: 'Deferred', message: 'no room now' };
  await watch(cluster, target, 100_000);
  assert.deepEqual(
    [target.sizes?.deferred, templateOf(cluster, 'StatefulSet')],
    [2, SMALL],
    'a size that no node took is none for new pods',
  );
});

test('sizes: no room on the node now, or ever, is told in its words; pods keep serving, and what becomes possible is seen', async (t) => {
  const cluster = await sizes(t);
  const target = cluster.target({ sizing: SIZING }, RULES);
  target.start();
  cluster.kubelet.verdict = { reason: 'Deferred', message: 'Node did not have enough resource: cpu' };
  await watch(cluster, target, 100_000);
  assert.deepEqual(target.sizes, {
    sized: 0,
    resizing: 0,
    deferred: 2,
    infeasible: 0,
    refused: 0,
    reason: 'Node did not have enough resource: cpu',
  });
  const state = await target.get('web');
  assert.deepEqual(state.ok && [state.value.readyReplicas, state.value.stuckReason], [2, undefined]);
  const again = async (verdict: KubeletOptions['verdict']): Promise<void> => {
    if (verdict === undefined) delete cluster.kubelet.verdict;
    else cluster.kubelet.verdict = verdict;
    for (const pod of cluster.pods())
      cluster.server.store.put(kindOf('Pod'), { ...pod, status: { ...pod.status, seen: verdict?.reason ?? 'none' } });
    await watch(cluster, target, 70_000);
  };
  await again({ reason: 'Infeasible', message: 'Node did not have enough capacity: cpu' });
  assert.deepEqual([target.sizes?.infeasible, target.sizes?.reason], [2, 'Node did not have enough capacity: cpu']);
  await again(undefined);
  assert.equal(target.sizes?.sized, 2);
  assert.equal(cluster.asked(), 2);
});

test('sizes: more than the node has is infeasible, whether the server says so or the node', async (t) => {
  const cluster = await sizes(t);
  const target = cluster.target({ sizing: { ...SIZING, cores: 500 } }, RULES);
  target.start();
  await watch(cluster, target, 300_000);
  assert.deepEqual([target.sizes?.infeasible, target.sizes?.refused, cluster.asked()], [2, 0, 2]);
  assert.match(target.sizes?.reason ?? '', /enough allocatable resources: cpu, requested: 500000, allocatable: 64000/);
});

test('sizes: an old cluster, missing rights and another class of service refuse; they are not asked again and again', async (t) => {
  const old = await sizes(t);
  old.server.hasResize = false;
  const target = old.target({ sizing: SIZING }, RULES);
  target.start();
  await watch(old, target, 200_000);
  assert.equal(target.sizes?.refused, 2);
  assert.match(target.sizes.reason ?? '', /this cluster cannot resize pods in place \(from 1\.33 on\)/);
  assert.equal(old.asked(), 2);

  const poor = await sizes(t);
  const refused = poor.target({ sizing: SIZING });
  refused.start();
  await watch(poor, refused, 100_000);
  assert.match(refused.sizes?.reason ?? '', /cannot patch resource "pods\/resize"/);

  const bare = await sizes(t, {});
  const impossible = bare.target({ sizing: SIZING }, RULES);
  impossible.start();
  await watch(bare, impossible, 100_000);
  assert.match(impossible.sizes?.reason ?? '', /requests no cpu/);
  assert.equal(bare.asked(), 0);
});

test('sizes: by rollout the template is written once; who puts it back keeps it, and the mode advise writes nothing', async (t) => {
  const cluster = await sizes(t);
  const advised = cluster.target({ sizing: { ...SIZING, by: 'rollout' }, mode: 'advise' }, RULES);
  advised.start();
  await watch(cluster, advised, 100_000);
  assert.deepEqual([templateOf(cluster), advised.sizes, advised.capabilities.resize], [SMALL, undefined, false]);

  const target = cluster.target({ sizing: { ...SIZING, by: 'rollout' } }, RULES);
  target.start();
  await watch(cluster, target, 100_000);
  assert.deepEqual(templateOf(cluster), { requests: { cpu: '300m', memory: '268435456' }, limits: { cpu: '600m', memory: '268435456' } });
  assert.equal(target.sizes?.refused, 0);
  const deployment = cluster.server.store.get(kindOf('Deployment'), 'default', 'web') ?? assert.fail('none');
  const template = { spec: { containers: [{ name: 'c', resources: SMALL }] } };
  cluster.server.store.put(kindOf('Deployment'), { ...deployment, spec: { ...deployment.spec, template } });
  await watch(cluster, target, 100_000);
  assert.deepEqual(templateOf(cluster), SMALL);
  assert.match(target.sizes?.reason ?? '', /somebody else put the size of the template back/);
  assert.equal(cluster.asked(), 0);
});
