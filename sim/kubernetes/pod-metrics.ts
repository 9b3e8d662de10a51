/** The metrics API (`metrics.k8s.io/v1beta1`), as metrics-server answers it: only pods that were measured are there, and nothing is watched. */
import { isAllowed, type User } from './access-rules.ts';
import { forbidden, notFound, refusal, type ApiAnswer } from './answers.ts';
import type { ObjectStore } from './object-store.ts';
import { KINDS, type Kind, type KubeObject } from './objects.ts';

/** What a pod was measured to use, by container. */
export interface MeasuredPod {
  /** End of the window, epoch milliseconds; told in whole seconds. */
  readonly atMs: number;
  readonly windowMs: number;
  readonly containers: Readonly<Record<string, { readonly cores: number; readonly memoryBytes: number }>>;
}

/** By name of the pod; undefined: the cluster has no metrics-server. */
export type MeasuredPods = ReadonlyMap<string, MeasuredPod> | undefined;

const ROOT = '/apis/metrics.k8s.io/v1beta1';
const POD_METRICS: Kind = {
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  plural: 'pods',
  kind: 'PodMetrics',
  hasScale: false,
  isWorkload: false,
};

/** undefined: the path is not of this API. Rights are those on `pods.metrics.k8s.io`. */
export function answerPodMetrics(store: ObjectStore, measured: MeasuredPods, user: User, url: URL, method: string): ApiAnswer | undefined {
  if (url.pathname !== ROOT && !url.pathname.startsWith(`${ROOT}/`)) return undefined;
  if (measured === undefined) return refusal(404, 'NotFound', 'the server could not find the requested resource');
  if (url.pathname === ROOT) return { status: 200, body: DISCOVERY };
  const { namespace, name } = /\/namespaces\/(?<namespace>[^/]+)\/pods(?:\/(?<name>[^/]+))?$/.exec(url.pathname)?.groups ?? {};
  if (namespace === undefined) return refusal(404, 'NotFound', 'the server could not find the requested resource');
  if (method !== 'GET' || url.searchParams.has('watch'))
    return refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
  const verb = name === undefined ? 'list' : 'get';
  if (!isAllowed(user, verb, { plural: 'pods.metrics.k8s.io' }, undefined))
    return forbidden(POD_METRICS, name ?? '', user.name, verb, 'pods', namespace);
  const items = podsOf(store, namespace, url.searchParams.get('labelSelector') ?? '').flatMap((pod) => {
    const found = measured.get(pod.metadata.name);
    return found === undefined ? [] : [itemOf(pod, found)];
  });
  if (name === undefined)
    return { status: 200, body: { kind: 'PodMetricsList', apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items } };
  const item = items.find(({ metadata }) => metadata.name === name);
  if (item === undefined) return notFound({ ...POD_METRICS, plural: 'podmetrics' }, `${namespace}/${name}`);
  return { status: 200, body: { kind: 'PodMetrics', apiVersion: 'metrics.k8s.io/v1beta1', ...item } };
}

const DISCOVERY = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: 'metrics.k8s.io/v1beta1',
  resources: [
    { name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs: ['get', 'list'] },
    { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] },
  ],
};

function podsOf(store: ObjectStore, namespace: string, selector: string): readonly KubeObject[] {
  const kind = KINDS.find((one) => one.kind === 'Pod');
  if (kind === undefined) return [];
  const wanted = selector.split(',').filter((part) => part !== '');
  return store.list(kind, namespace).filter(({ metadata }) =>
    wanted.every((part) => {
      const [key = '', value = ''] = part.split('=');
      return metadata.labels?.[key] === value;
    }),
  );
}

function itemOf({ metadata: { name, namespace, labels } }: KubeObject, { atMs, windowMs, containers }: MeasuredPod) {
  const timestamp = `${new Date(atMs).toISOString().slice(0, 19)}Z`;
  return {
    metadata: { name, namespace, creationTimestamp: timestamp, labels: labels ?? {} },
    timestamp,
    window: `${windowMs / 1_000}s`,
    containers: Object.entries(containers).map(([container, { cores, memoryBytes }]) => ({
      name: container,
      usage: { cpu: cores === 0 ? '0' : `${Math.round(cores * 1e9)}n`, memory: `${Math.round(memoryBytes / 1_024)}Ki` },
    })),
  };
}
