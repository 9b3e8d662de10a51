import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeadroomSettings } from '../../src/adapters/kubernetes/headroom/room.ts';
import { at } from '../../src/adapters/kubernetes/json.ts';
import type { ControlPlane } from './control-plane.ts';
import { createWorkload, DEPLOYMENTS, get, post, removeWorkload, startTarget, watchUntil } from './world.ts';

const HEADROOM: HeadroomSettings = { by: 'pods', share: 0.5, min: 1, max: 4, priorityClass: 'forescale-headroom', image: 'fake/pause:1' };
const BUFFERS = '/apis/autoscaling.x-k8s.io/v1beta1/namespaces/default/capacitybuffers';
const CLASSES = '/apis/scheduling.k8s.io/v1/priorityclasses';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** The fields of a CapacityBuffer that are written, as its definition has them; any other would be dropped or refused. */
const BUFFER_SPEC = {
  type: 'object',
  properties: {
    provisioningStrategy: { type: 'string', default: 'buffer.x-k8s.io/active-capacity' },
    scalableRef: {
      type: 'object',
      required: ['kind', 'name'],
      properties: { apiGroup: { type: 'string' }, kind: { type: 'string', minLength: 1 }, name: { type: 'string', minLength: 1 } },
    },
    replicas: { type: 'integer', format: 'int32', minimum: 0 },
    percentage: { type: 'integer', format: 'int32', minimum: 0 },
  },
};
const BUFFER_DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'capacitybuffers.autoscaling.x-k8s.io',
    annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/autoscaler/pull/8151' },
  },
  spec: {
    group: 'autoscaling.x-k8s.io',
    scope: 'Namespaced',
    names: { kind: 'CapacityBuffer', listKind: 'CapacityBufferList', plural: 'capacitybuffers', singular: 'capacitybuffer' },
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: BUFFER_SPEC, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
        subresources: { status: {} },
      },
    ],
  },
};

export function headroomOnRealServer(plane: () => ControlPlane): void {
  test('real kubernetes: placeholders run beside the workload, follow its count and go with it', async (t) => {
    t.after(() => removeWorkload(plane(), 'room-1'));
    const preempted = { value: -10, preemptionPolicy: 'Never', metadata: { name: HEADROOM.priorityClass } };
    await post(plane(), CLASSES, { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', ...preempted });
    await createWorkload(plane(), 'room-1', false);
    const target = startTarget(t, plane(), { name: 'room-1', headroom: HEADROOM });
    const ready = async (): Promise<unknown> => {
      const path = `${DEPLOYMENTS}/room-1-headroom`;
      const read = await plane().admin.send({ method: 'GET', path, intent: 'read' });
      return read.ok ? (at(read.value, 'status', 'readyReplicas') ?? 0) : read.error.code;
    };
    await watchUntil(target, async () => (await ready()) === 1, 'one placeholder');
    assert.ok((await target.scale({ pool: 'web', replicas: 4, expectedReplicas: 1, generation: 2 })).ok);
    await watchUntil(target, async () => (await ready()) === 2, 'two placeholders');
    const read = await target.get('web');
    assert.deepEqual(read.ok && [read.value.requestedReplicas, read.value.readyReplicas], [4, 4]);
    await removeWorkload(plane(), 'room-1');
    await watchUntil(target, async () => (await ready()) === 'not-found', 'placeholders that go with their workload');
  });

  test('real kubernetes: without the definition a CapacityBuffer is told to be missing; with it, it is written and follows the count', async (t) => {
    t.after(() => removeWorkload(plane(), 'room-2'));
    await createWorkload(plane(), 'room-2', false);
    const without = startTarget(t, plane(), { name: 'room-2', headroom: { ...HEADROOM, by: 'buffer' } });
    await watchUntil(without, () => /no CapacityBuffer/.test(without.headroom?.trouble ?? ''), 'a buffer that is missed');

    await post(plane(), DEFINITIONS, BUFFER_DEFINITION);
    t.after(() => plane().admin.send({ method: 'DELETE', path: `${DEFINITIONS}/${BUFFER_DEFINITION.metadata.name}`, intent: 'write' }));
    const target = startTarget(t, plane(), { name: 'room-2', headroom: { ...HEADROOM, by: 'buffer' } });
    await watchUntil(target, () => target.headroom?.replicas === 1 && target.headroom.trouble === undefined, 'a buffer');
    const buffer = await get(plane(), `${BUFFERS}/room-2-headroom`);
    assert.deepEqual(at(buffer, 'spec'), {
      provisioningStrategy: 'buffer.x-k8s.io/active-capacity',
      scalableRef: { apiGroup: 'apps', kind: 'Deployment', name: 'room-2' },
      replicas: 1,
    });
    assert.ok((await target.scale({ pool: 'web', replicas: 4, expectedReplicas: 1, generation: 2 })).ok);
    await watchUntil(target, () => target.headroom?.replicas === 2, 'a buffer of two');
    assert.equal(at(await get(plane(), `${BUFFERS}/room-2-headroom`), 'spec', 'replicas'), 2);
  });
}
