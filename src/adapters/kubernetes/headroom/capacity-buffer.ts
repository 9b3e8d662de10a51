import { at, isObject, listAt, textAt, type JsonObject } from '../json.ts';
import type { KubernetesClient } from '../client.ts';
import { targetError } from '../../../ports/target.ts';
import { roomMetadata, type Room, type RoomOrder } from './room.ts';

const GROUP = 'autoscaling.x-k8s.io';

/**
 * A CapacityBuffer, for which the cluster's autoscaler (Cluster Autoscaler, GKE, Karpenter) keeps nodes: no pods of ours, no
 * PriorityClass. Of its versions only the fields are written that all of them have.
 */
export const CAPACITY_BUFFER: Room = { find: findBuffers, bodyOf: bufferOf, troubleOf };

async function findBuffers(client: KubernetesClient, namespace: string): ReturnType<Room['find']> {
  const group = await client.send({ method: 'GET', path: `/apis/${GROUP}`, intent: 'read' });
  if (!group.ok && group.error.code === 'not-found')
    return targetError('not-found', `the cluster has no CapacityBuffer (${GROUP}); without it room is kept by: pods`);
  if (!group.ok) return group;
  const apiVersion = textAt(group.value, 'preferredVersion', 'groupVersion');
  if (apiVersion === undefined) return targetError('broken-answer', `the group ${GROUP} tells no version`);
  return {
    ok: true,
    value: { apiVersion, collection: `/apis/${apiVersion}/namespaces/${encodeURIComponent(namespace)}/capacitybuffers` },
  };
}

function bufferOf({ apiVersion, workload, replicas }: RoomOrder): JsonObject {
  const [apiGroup] = (textAt(workload, 'apiVersion') ?? '').split('/', 1);
  const scalableRef = { apiGroup, kind: textAt(workload, 'kind'), name: textAt(workload, 'metadata', 'name') };
  return { apiVersion, kind: 'CapacityBuffer', metadata: roomMetadata(workload), spec: { scalableRef, replicas } };
}

/** Of conditions, which the autoscaler writes when it looked: undefined before that. */
function troubleOf(buffer: unknown): string | undefined {
  const refused = listAt(buffer, 'status', 'conditions').find(
    (condition) => at(condition, 'status') === 'False' && READY.has(textAt(condition, 'type') ?? ''),
  );
  return isObject(refused) ? (textAt(refused, 'message') ?? textAt(refused, 'reason')) : undefined;
}

const READY: ReadonlySet<string> = new Set(['ReadyForProvisioning', 'Provisioning']);
