import { invalidField, refusal, type ApiAnswer } from './answers.ts';
import type { KubeObject } from './objects.ts';
import { parseQuantity } from '../../src/adapters/kubernetes/size/quantity.ts';

interface Container {
  readonly name: string;
  readonly resources?: { readonly requests?: Record<string, string>; readonly limits?: Record<string, string> };
}

export function containersOf(spec: Record<string, unknown> | undefined): readonly Container[] {
  return (spec?.['containers'] as readonly Container[] | undefined) ?? [];
}

/** Of the one node: more than it has was seen to be refused before it is asked (1.36). */
const NODE_CORES = 64;

/** The subresource `resize` of a pod: CPU and memory of containers that are there, within the class of service; all else is dropped. */
export function resized(pod: KubeObject, wanted: Partial<KubeObject>): KubeObject | { readonly refused: ApiAnswer } {
  const what = `Pod "${pod.metadata.name}"`;
  const before = containersOf(pod.spec);
  const containers = before.map((container) => {
    const { resources = {} } = containersOf(wanted.spec).find(({ name }) => name === container.name) ?? container;
    return { ...container, resources };
  });
  for (const { name, resources } of containers) {
    for (const [resource, limit] of Object.entries(resources.limits ?? {}))
      if ((parseQuantity(resources.requests?.[resource]) ?? 0) > (parseQuantity(limit) ?? 0) * (1 + 1e-9))
        return {
          refused: invalidField(what, `spec.containers[${name}].resources.requests`, resource, 'must be less than or equal to the limit'),
        };
  }
  const cores = containers.reduce((sum, { resources }) => sum + (parseQuantity(resources.requests?.['cpu']) ?? 0), 0);
  if (cores > NODE_CORES) {
    const millicores = `cpu, requested: ${Math.round(cores * 1_000)}, allocatable: ${NODE_CORES * 1_000}`;
    const words = `pods "${pod.metadata.name}" is forbidden: node didn't have enough allocatable resources: ${millicores}`;
    return { refused: refusal(403, 'Forbidden', words) };
  }
  const isKept = before.every((container, i) => keysOf(container) === keysOf(containers[i] ?? container));
  if (!isKept || classOf(before) !== classOf(containers))
    return { refused: invalidField(what, 'spec', 'resources', 'Pod QOS Class may not change as a result of resizing') };
  return { ...pod, spec: { ...pod.spec, containers } };
}

function keysOf({ resources = {} }: Container): string {
  return JSON.stringify([Object.keys(resources.requests ?? {}).sort(), Object.keys(resources.limits ?? {}).sort()]);
}

function classOf(containers: readonly Container[]): string {
  const isGuaranteed = containers.every(({ resources: { requests = {}, limits = {} } = {} }) =>
    ['cpu', 'memory'].every(
      (key) => limits[key] !== undefined && parseQuantity(limits[key]) === parseQuantity(requests[key] ?? limits[key]),
    ),
  );
  return isGuaranteed ? 'Guaranteed' : 'other';
}
