import { at, isObject, listAt, textAt, type JsonObject } from '../json.ts';
import { cpuQuantity, memoryQuantity, parseQuantity } from '../size/quantity.ts';
import type { ContainerSize } from '../size/container-size.ts';

/** Room on nodes that is kept for replicas to come. */
export interface HeadroomSettings {
  /** Of the count that is asked for, 0 to 1; 0: none is kept, and what was is taken away. */
  readonly share: number;
  /** Replicas, at least and at most. */
  readonly min: number;
  readonly max: number;
  /** Name of a PriorityClass below that of the workload, so that its pods take the room. */
  readonly priorityClass: string;
  readonly image: string;
}

/** Says that a Deployment is ours: `<kind>.<name>` of the workload that it keeps room for. */
export const HEADROOM_LABEL = 'forescale.io/headroom-of';
/** Of Kubernetes. */
const NAME_MAX = 63;

/** Placeholders beside so many replicas. */
export function placeholdersFor({ share, min, max }: HeadroomSettings, replicas: number): number {
  return share === 0 ? 0 : Math.min(max, Math.max(min, Math.ceil(share * replicas)));
}

export function placeholderName(workload: string): string {
  return `${workload.slice(0, NAME_MAX - '-headroom'.length)}-headroom`;
}

export function headroomLabel(kind: string, name: string): string {
  return `${kind}.${name}`.slice(0, NAME_MAX).replace(/[^A-Za-z0-9]+$/, '');
}

/**
 * A Deployment of pods that do nothing and request what one pod of the workload does, where it may run. It goes with the
 * workload. undefined if that requests nothing, so that there is nothing to keep.
 */
export function placeholderOf(
  workload: JsonObject,
  settings: HeadroomSettings,
  replicas: number,
  size: ContainerSize | undefined,
): JsonObject | undefined {
  const kind = textAt(workload, 'kind') ?? '';
  const name = textAt(workload, 'metadata', 'name') ?? '';
  const podSpec = at(workload, 'spec', 'template', 'spec');
  const requests = requestsOf(podSpec, size);
  if (Object.keys(requests).length === 0) return undefined;
  const labels = { [HEADROOM_LABEL]: headroomLabel(kind, name) };
  const nodeAffinity = at(podSpec, 'affinity', 'nodeAffinity');
  const owner = {
    apiVersion: textAt(workload, 'apiVersion'),
    kind,
    name,
    uid: textAt(workload, 'metadata', 'uid'),
    blockOwnerDeletion: false,
    controller: false,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: placeholderName(name), labels, ownerReferences: [owner] },
    spec: {
      replicas: placeholdersFor(settings, replicas),
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
