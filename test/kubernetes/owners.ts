import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at } from '../../src/adapters/kubernetes/json.ts';
import { manifest } from '../contracts/kubernetes-api.ts';
import type { ControlPlane } from './control-plane.ts';
import { clock, createWorkload, DEPLOYMENTS, get, HPAS, must, post, removeWorkload, startTarget, watchUntil } from './world.ts';

/** Who else sets the count, as a real server tells it. */
export function ownersOnRealServer(plane: () => ControlPlane): void {
  const apply = (manager: string, name: string, replicas: number | undefined) =>
    must(
      plane().admin.send({
        method: 'PATCH',
        path: `${DEPLOYMENTS}/${name}?fieldManager=${manager}`,
        body: manifest(replicas, name),
        contentType: 'application/apply-patch+yaml',
        intent: 'write',
      }),
    );

  test('real kubernetes: a count that a GitOps tool applies is only advised; without it, it is ours, and a sync of the rest keeps it', async (t) => {
    t.after(() => removeWorkload(plane(), 'gitops-1'));
    await apply('argocd-controller', 'gitops-1', 2);
    const advised = startTarget(t, plane(), { name: 'gitops-1' });
    const refused = await advised.scale({ pool: 'web', replicas: 3, expectedReplicas: 2, generation: 2 });
    assert.deepEqual([refused.ok ? 'ok' : refused.error.code, advised.mode], ['advice-only', 'advise']);
    assert.match(refused.ok ? '' : refused.error.message, /argocd-controller/);

    await apply('argocd-controller', 'gitops-1', undefined);
    // Without an owner the default of the server holds.
    const from = Number(at(await get(plane(), `${DEPLOYMENTS}/gitops-1`), 'spec', 'replicas'));
    const ours = startTarget(t, plane(), { name: 'gitops-1' });
    const written = await ours.scale({ pool: 'web', replicas: 3, expectedReplicas: from, generation: 2 });
    assert.ok(written.ok, JSON.stringify(written));
    assert.equal(ours.mode, 'direct');
    await apply('argocd-controller', 'gitops-1', undefined);
    assert.equal(at(await get(plane(), `${DEPLOYMENTS}/gitops-1`), 'spec', 'replicas'), 3);
  });

  test('real kubernetes: beside an HPA the floor is ours and the HPA follows it; one that KEDA made is only advised', async (t) => {
    t.after(() => removeWorkload(plane(), 'floor-1'));
    await createWorkload(plane(), 'floor-1', true);
    const target = startTarget(t, plane(), { name: 'floor-1' });
    const raised = await target.scale({ pool: 'web', replicas: 3, expectedReplicas: 1, generation: 2 });
    assert.ok(raised.ok, JSON.stringify(raised));
    assert.equal(target.mode, 'floor');
    const count = async (): Promise<unknown> => at(await get(plane(), `${DEPLOYMENTS}/floor-1`), 'status', 'readyReplicas');
    await watchUntil(target, async () => (await count()) === 3, 'three ready pods by the HPA');

    const path = `${HPAS}/floor-1`;
    const { uid } = (await get(plane(), path))['metadata'] as { readonly uid: string };
    const owner = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'floor-1', uid, controller: true };
    const body = { metadata: { ownerReferences: [owner] } };
    await must(plane().admin.send({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json', intent: 'write' }));
    const later = startTarget(t, plane(), { name: 'floor-1' });
    const refused = await later.scale({ pool: 'web', replicas: 4, expectedReplicas: 3, generation: 4 });
    assert.deepEqual([refused.ok ? 'ok' : refused.error.code, later.mode], ['advice-only', 'advise']);
  });

  test('real kubernetes: a person whose count comes between is a conflict, and a workload that is gone is not found', async (t) => {
    await createWorkload(plane(), 'gone-1', false);
    const target = startTarget(t, plane(), { name: 'gone-1' });
    await target.get('web');
    const body = { spec: { replicas: 2 } };
    const path = `${DEPLOYMENTS}/gone-1`;
    await must(plane().admin.send({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json', intent: 'write' }));
    const late = await target.scale({ pool: 'web', replicas: 4, expectedReplicas: 1, generation: 2 });
    assert.equal(late.ok ? 'ok' : late.error.code, 'conflict');
    await removeWorkload(plane(), 'gone-1');
    await watchUntil(
      target,
      async () => {
        const read = await target.get('web');
        return !read.ok && read.error.code === 'not-found';
      },
      'not found',
    );
  });

  test('real kubernetes: a quota that is used up ends in its words', async (t) => {
    const quotas = '/api/v1/namespaces/default/resourcequotas';
    t.after(async () => {
      await plane().admin.send({ method: 'DELETE', path: `${quotas}/few`, intent: 'write' });
      await removeWorkload(plane(), 'quota-1');
    });
    const sinceMs = clock.monotonicMs();
    await post(plane(), quotas, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' }, spec: { hard: { pods: '1' } } });
    await createWorkload(plane(), 'quota-1', false);
    const target = startTarget(t, plane(), { name: 'quota-1' });
    assert.ok((await target.scale({ pool: 'web', replicas: 3, expectedReplicas: 1, generation: 2 })).ok);
    await watchUntil(
      target,
      async () => {
        const read = await target.get('web');
        return read.ok && /exceeded quota/.test(read.value.stuckReason ?? '');
      },
      `a quota in the reason (${clock.monotonicMs() - sinceMs} ms)`,
    );
  });
}
