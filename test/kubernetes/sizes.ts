import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, listAt } from '../../src/adapters/kubernetes/json.ts';
import type { PodSizing } from '../../src/adapters/kubernetes/size/container-size.ts';
import type { ControlPlane } from './control-plane.ts';
import { createWorkload, DEPLOYMENTS, get, removeWorkload, startTarget, watchUntil } from './world.ts';

const SIZING: PodSizing = { container: 'c', cores: 0.3, memoryBytes: 256 * 2 ** 20, by: 'pods' };
/** Of `manifest`. */
const BEFORE = { cpu: '100m', memory: '64Mi' };
const AFTER = { cpu: '300m', memory: '268435456' };

/** pods/resize and templates on a real server; its node is played. */
export function sizesOnRealServer(plane: () => ControlPlane): void {
  const podsOf = async (name: string): Promise<readonly unknown[]> =>
    listAt(await get(plane(), `/api/v1/namespaces/default/pods?labelSelector=app%3D${name}`), 'items').filter(
      (pod) => at(pod, 'metadata', 'deletionTimestamp') === undefined,
    );
  const requestsOf = (pod: unknown): unknown => at(pod, 'spec', 'containers', 0, 'resources', 'requests');
  const templateOf = async (name: string): Promise<unknown> =>
    at(await get(plane(), `${DEPLOYMENTS}/${name}`), 'spec', 'template', 'spec', 'containers', 0, 'resources', 'requests');

  test('real kubernetes: pods are resized in place, confirmed by their node; the template of a Deployment stays', async (t) => {
    t.after(() => removeWorkload(plane(), 'size-1'));
    await createWorkload(plane(), 'size-1', false);
    const target = startTarget(t, plane(), { name: 'size-1', sizing: SIZING });
    assert.ok((await target.scale({ pool: 'web', replicas: 2, expectedReplicas: 1, generation: 2 })).ok);
    await watchUntil(target, () => target.sizes?.sized === 2, 'two pods of the new size', 150_000);
    const pods = await podsOf('size-1');
    assert.deepEqual(pods.map(requestsOf), [AFTER, AFTER]);
    for (const pod of pods) assert.equal(at(pod, 'status', 'containerStatuses', 0, 'restartCount'), 0);
    assert.deepEqual(await templateOf('size-1'), BEFORE);
  });

  test('real kubernetes: a size that comes with a write is kept beside the count, and told when the nodes have it', async (t) => {
    t.after(() => removeWorkload(plane(), 'size-4'));
    await createWorkload(plane(), 'size-4', false);
    const target = startTarget(t, plane(), { name: 'size-4', sizing: SIZING });
    const size = { cpuMillicores: 450, memoryBytes: 2 ** 29 };
    const request = { pool: 'web', replicas: 2, expectedReplicas: 1, generation: 2 };
    assert.ok((await target.scale({ ...request, size })).ok);
    const isResized = async (): Promise<boolean> => {
      const read = await target.get('web');
      return read.ok && read.value.resizedReplicas === 2 && read.value.size?.cpuMillicores === 450;
    };
    await watchUntil(target, isResized, 'two pods of the size that was written', 150_000);
    const wanted = { cpu: '450m', memory: String(2 ** 29) };
    assert.deepEqual((await podsOf('size-4')).map(requestsOf), [wanted, wanted]);
    assert.deepEqual(await templateOf('size-4'), BEFORE);
    const late = await target.scale({ ...request, size: { ...size, cpuMillicores: 100 } });
    assert.equal(late.ok ? 'taken' : late.error.code, 'superseded');
  });

  test('real kubernetes: a size that fits on no node is told, the pod serves on', async (t) => {
    t.after(() => removeWorkload(plane(), 'size-2'));
    await createWorkload(plane(), 'size-2', false);
    const target = startTarget(t, plane(), { name: 'size-2', sizing: { ...SIZING, cores: 500 } });
    await watchUntil(target, () => target.sizes?.infeasible === 1, 'an infeasible pod');
    const read = await target.get('web');
    assert.equal(read.ok && read.value.readyReplicas, 1);
  });

  test('real kubernetes: by rollout the template is written once, and every pod comes anew with the size', async (t) => {
    t.after(() => removeWorkload(plane(), 'size-3'));
    await createWorkload(plane(), 'size-3', false);
    const target = startTarget(t, plane(), { name: 'size-3', sizing: { ...SIZING, by: 'rollout' } });
    await watchUntil(
      target,
      async () => {
        const pods = await podsOf('size-3');
        return pods.length === 1 && JSON.stringify(requestsOf(pods[0])) === JSON.stringify(AFTER);
      },
      'a pod of the new size',
    );
    assert.deepEqual(await templateOf('size-3'), AFTER);
  });
}
