import { at, isObject, listAt, textAt, type JsonObject } from '../json.ts';
import { cpuQuantity, memoryQuantity, parseQuantity } from '../size/quantity.ts';
import type { ContainerSize } from '../size/container-size.ts';
import { creationFailureOf } from '../workload.ts';
import { roomMetadata, type Room, type RoomOrder } from './room.ts';

/** A Deployment of pods that do nothing and request what one pod of the workload does, where it may run. */
export const PLACEHOLDERS: Room = {
  find(_client, namespace) {
    const collection = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments`;
    return Promise.resolve({ ok: true, value: { apiVersion: 'apps/v1', collection } });
  },
  bodyOf: placeholderOf,
  troubleOf: creationFailureOf,
};

function placeholderOf({ apiVersion, workload, settings, replicas, size }: RoomOrder): JsonObject | undefined {
  const podSpec = at(workload, 'spec', 'template', 'spec');
  const requests = requestsOf(podSpec, size);
  if (Object.keys(requests).length === 0) return undefined;
  const metadata = roomMetadata(workload);
  const { labels } = metadata;
  const nodeAffinity = at(podSpec, 'affinity', 'nodeAffinity');
  return {
    apiVersion,
    kind: 'Deployment',
    metadata,
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          priorityClassName: settings.priorityClass,
          // It holds nothing that has to end well.
          terminationGracePeriodSeconds: 0,
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, runAsUser: 65_535, seccompProfile: { type: 'RuntimeDefault' } },
          ...given('nodeSelector', at(podSpec, 'nodeSelector')),
          ...given('tolerations', at(podSpec, 'tolerations')),
          ...given('affinity', nodeAffinity === undefined ? undefined : { nodeAffinity }),
          containers: [
            {
              name: 'placeholder',
              image: settings.image,
              resources: { requests },
              securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
            },
          ],
        },
      },
    },
  };
}

/** What the containers of one pod request together, with the size that one of them is to have. */
function requestsOf(podSpec: unknown, size: ContainerSize | undefined): Record<string, string> {
  const containers = listAt(podSpec, 'containers');
  const sized = size?.container === undefined ? containers[0] : containers.find((one) => textAt(one, 'name') === size.container);
  const sum = (resource: string, wanted: number | undefined): number =>
    containers.reduce<number>((total, container) => {
      const asked = parseQuantity(at(container, 'resources', 'requests', resource)) ?? 0;
      return total + (container === sized && wanted !== undefined ? wanted : asked);
    }, 0);
  const cores = sum('cpu', size?.cores);
  const bytes = sum('memory', size?.memoryBytes);
  return { ...(cores > 0 ? { cpu: cpuQuantity(cores) } : {}), ...(bytes > 0 ? { memory: memoryQuantity(bytes) } : {}) };
}

function given(key: string, value: unknown): JsonObject {
  return isObject(value) || Array.isArray(value) ? { [key]: value } : {};
}
