/** Objects of the fake API server, and the kinds that it knows. */

export interface Metadata {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  generation: number;
  creationTimestamp: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  managedFields?: readonly ManagedFields[];
  deletionTimestamp?: string;
}

export interface ManagedFields {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: string;
  readonly fieldsV1: Readonly<Record<string, unknown>>;
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  spec: Record<string, unknown>;
  status: Record<string, unknown>;
}

export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly hasScale: boolean;
  /** Its status is written by a subresource of its own. */
  readonly hasStatus?: boolean;
  /** Made into pods by the controller. */
  readonly isWorkload: boolean;
}

const APPS = { group: 'apps', version: 'v1', hasScale: true, isWorkload: true };

/** `widgets.example.com` is a custom resource with a scale subresource, `gadgets` one without. */
export const KINDS: readonly Kind[] = [
  { ...APPS, plural: 'deployments', kind: 'Deployment' },
  { ...APPS, plural: 'statefulsets', kind: 'StatefulSet' },
  { ...APPS, plural: 'replicasets', kind: 'ReplicaSet' },
  { group: '', version: 'v1', plural: 'pods', kind: 'Pod', hasScale: false, isWorkload: false },
  {
    group: 'autoscaling',
    version: 'v2',
    plural: 'horizontalpodautoscalers',
    kind: 'HorizontalPodAutoscaler',
    hasScale: false,
    isWorkload: false,
  },
  { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', hasScale: true, isWorkload: true },
  {
    group: 'forescale.io',
    version: 'v1alpha1',
    plural: 'predictivescalers',
    kind: 'PredictiveScaler',
    hasScale: false,
    hasStatus: true,
    isWorkload: false,
  },
  {
    group: 'autoscaling.x-k8s.io',
    version: 'v1beta1',
    plural: 'capacitybuffers',
    kind: 'CapacityBuffer',
    hasScale: false,
    hasStatus: true,
    isWorkload: false,
  },
  { group: 'example.com', version: 'v1', plural: 'gadgets', kind: 'Gadget', hasScale: false, isWorkload: false },
];

/** As servers call a kind in messages: `deployments.apps`. */
export function qualifiedName({ group, plural }: Kind): string {
  return group === '' ? plural : `${plural}.${group}`;
}

export function replicasOf(object: KubeObject): number {
  const replicas = object.spec['replicas'];
  return typeof replicas === 'number' ? replicas : 1;
}

/** A target of a request: an object, a collection of a namespace, or a subresource. */
export interface ObjectPath {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

export function parseObjectPath(path: string): ObjectPath | undefined {
  const found =
    /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>[^/]+)\/namespaces\/(?<namespace>[^/]+)\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<sub>[^/]+))?$/.exec(
      path,
    );
  const { group = '', version, namespace, plural, name, sub } = found?.groups ?? {};
  const kind = KINDS.find((one) => one.group === group && one.version === version && one.plural === plural);
  if (kind === undefined || namespace === undefined) return undefined;
  return { kind, namespace, name: name === undefined ? undefined : decodeURIComponent(name), subresource: sub };
}
