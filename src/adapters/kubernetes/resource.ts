import { targetError } from '../../ports/target.ts';
import type { Failed } from '../http/target-failure.ts';
import type { KubernetesClient } from './client.ts';
import { listAt, textAt } from './json.ts';

/** What is scaled, as a person names it. */
export interface WorkloadReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Where objects of one kind live in one namespace. */
export interface Resource {
  readonly group: string;
  /** Name of the kind in paths and rules, e.g. `deployments`. */
  readonly plural: string;
  readonly kind: string;
  readonly collection: string;
  /** Its fields are those of the apps group: `spec.replicas`, `status.readyReplicas`, `spec.selector`. */
  readonly isBuiltIn: boolean;
}

const BUILT_IN: Readonly<Record<string, string>> = {
  'apps/v1/Deployment': 'deployments',
  'apps/v1/StatefulSet': 'statefulsets',
  'apps/v1/ReplicaSet': 'replicasets',
};

export function describeWorkload({ kind, namespace, name }: WorkloadReference): string {
  return `${kind} ${namespace}/${name}`;
}

export function objectPath({ collection }: Resource, name: string): string {
  return `${collection}/${encodeURIComponent(name)}`;
}

/** A custom resource is looked up at the server; it has to have a scale subresource. */
export async function findResource(
  client: KubernetesClient,
  reference: WorkloadReference,
): Promise<{ readonly ok: true; readonly value: Resource } | Failed> {
  const { apiVersion, kind, namespace } = reference;
  const builtIn = BUILT_IN[`${apiVersion}/${kind}`];
  if (builtIn !== undefined) return { ok: true, value: resourceOf(apiVersion, builtIn, kind, namespace, true) };
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const found = await client.send({ method: 'GET', path: root, intent: 'read' });
  if (!found.ok) return found;
  const resources = listAt(found.value, 'resources');
  const names = resources.filter((item) => textAt(item, 'kind') === kind).map((item) => textAt(item, 'name') ?? '');
  const plural = names.find((name) => !name.includes('/'));
  if (plural === undefined) return targetError('not-found', `the server has no ${kind} in ${apiVersion}`);
  const hasScale = resources.some((item) => textAt(item, 'name') === `${plural}/scale`);
  if (!hasScale) return targetError('invalid', `${kind} in ${apiVersion} has no scale subresource`);
  return { ok: true, value: resourceOf(apiVersion, plural, kind, namespace, false) };
}

export function hpaResource(namespace: string): Resource {
  return resourceOf('autoscaling/v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', namespace, true);
}

export function podResource(namespace: string): Resource {
  return resourceOf('v1', 'pods', 'Pod', namespace, true);
}

function resourceOf(apiVersion: string, plural: string, kind: string, namespace: string, isBuiltIn: boolean): Resource {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/', 2) : ['', apiVersion];
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return { group: group ?? '', plural, kind, collection: `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`, isBuiltIn };
}
