import { conflict, failedTest, invalidField, notFound, refusal, type ApiAnswer } from './answers.ts';
import { moveReplicas, replicasConflict, replicasOwners } from './managed-fields.ts';
import type { ObjectStore } from './object-store.ts';
import { replicasOf, type KubeObject, type ObjectPath } from './objects.ts';
import { resized } from './resize.ts';
import { applyJsonPatch, applyMergePatch, PatchFailed } from './patches.ts';

export interface Change {
  readonly path: ObjectPath & { readonly name: string };
  readonly contentType: string;
  readonly body: unknown;
  readonly manager: string;
  readonly force: boolean;
  readonly dryRun: boolean;
}

/** GET of an object or of its scale. */
export function read(store: ObjectStore, { kind, namespace, name, subresource }: Change['path']): ApiAnswer {
  const object = store.get(kind, namespace, name);
  if (object === undefined) return notFound(kind, name);
  return { status: 200, body: subresource === 'scale' ? scaleOf(object) : { ...object } };
}

/** The scale of an object, `autoscaling/v1`. Its status counts pods that exist, not those that are ready. */
export function scaleOf(object: KubeObject): ApiAnswer['body'] {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const labels = selectorLabels(object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicasOf(object) === 0 ? {} : { replicas: replicasOf(object) },
    status: {
      replicas: typeof object.status['replicas'] === 'number' ? object.status['replicas'] : 0,
      selector: Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
    },
  };
}

export function selectorLabels(object: KubeObject): Readonly<Record<string, string>> {
  const selector = object.spec['selector'] as { readonly matchLabels?: Record<string, string> } | undefined;
  return selector?.matchLabels ?? {};
}

/** PUT and PATCH of an object or of its scale. */
export function change(store: ObjectStore, order: Change): ApiAnswer {
  const { kind, namespace, name, subresource } = order.path;
  const before = store.get(kind, namespace, name);
  if (before === undefined) return order.contentType.includes('apply-patch') ? apply(store, order, undefined) : notFound(kind, name);
  if (order.contentType.includes('apply-patch')) return apply(store, order, before);
  const view = subresource === 'scale' ? scaleOf(before) : before;
  const wanted = changed(view, order);
  return wanted.ok ? save(store, order, before, wanted.object) : wanted.answer;
}

type Changed = { readonly ok: true; readonly object: Partial<KubeObject> } | { readonly ok: false; readonly answer: ApiAnswer };

function changed(view: object, { contentType, body, path }: Change): Changed {
  const isMerge = contentType.includes('merge-patch');
  try {
    const object = contentType.includes('json-patch')
      ? applyJsonPatch(view, body)
      : isMerge
        ? applyMergePatch(view, body, contentType.includes('strategic'))
        : body;
    if (typeof object === 'object' && object !== null) return { ok: true, object };
    return { ok: false, answer: refusal(400, 'BadRequest', `no object was sent for ${path.name}`) };
  } catch (error) {
    if (error instanceof PatchFailed) return { ok: false, answer: failedTest() };
    throw error;
  }
}

function save(store: ObjectStore, order: Change, before: KubeObject, wanted: Partial<KubeObject>): ApiAnswer {
  const { kind, name, subresource } = order.path;
  const version = wanted.metadata?.resourceVersion;
  if (version !== undefined && version !== before.metadata.resourceVersion) return conflict(kind, name);
  if (subresource === 'resize') {
    const pod = resized(before, wanted);
    return 'refused' in pod ? pod.refused : { status: 200, body: { ...store.put(kind, pod) } };
  }
  const refused = kind.hasStatus === true ? undefined : refuse(order, wanted);
  if (refused !== undefined) return refused;
  const after = subresource === 'scale' ? withReplicas(before, Number(wanted.spec?.['replicas'] ?? 0)) : { ...before, ...wanted };
  // A status is written by controllers only, and by its subresource, which writes nothing else.
  const safe = subresource === 'status' ? { ...before, status: wanted.status ?? {} } : { ...after, status: before.status };
  const owned = moveReplicas(before, safe, order.manager, 'Update', subresource);
  const stored = order.dryRun ? owned : store.put(kind, owned);
  return { status: 200, body: subresource === 'scale' ? scaleOf(stored) : { ...stored } };
}

function refuse({ path: { kind, name, subresource } }: Change, wanted: Partial<KubeObject>): ApiAnswer | undefined {
  const what = subresource === 'scale' ? `Scale.autoscaling "${name}"` : `${kind.kind}.${kind.group} "${name}"`;
  for (const field of ['replicas', 'minReplicas'] as const) {
    const value = wanted.spec?.[field];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isInteger(value)) return invalidField(what, `spec.${field}`, value, 'must be an integer');
    const min = field === 'minReplicas' ? 1 : 0;
    if (value < min) return invalidField(what, `spec.${field}`, value, `must be greater than or equal to ${min}`);
  }
  const { minReplicas, maxReplicas } = (wanted.spec ?? {}) as { minReplicas?: number; maxReplicas?: number };
  if (minReplicas !== undefined && maxReplicas !== undefined && maxReplicas < minReplicas)
    return invalidField(what, 'spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`');
  return undefined;
}

export function withReplicas(object: KubeObject, replicas: number): KubeObject {
  return { ...object, spec: { ...object.spec, replicas } };
}

/** Server-side apply, as far as the count goes: it belongs to who applied it, and is not taken from somebody else unforced. */
function apply(store: ObjectStore, order: Change, before: KubeObject | undefined): ApiAnswer {
  const { kind, subresource } = order.path;
  if (order.manager === '') return invalidField('PatchOptions.meta.k8s.io ""', 'fieldManager', '', 'is required for apply patch');
  const applied = order.body as Partial<KubeObject>;
  const replicas = applied.spec?.['replicas'];
  if (before === undefined) {
    const made = { status: {}, ...applied, metadata: { ...FRESH, namespace: order.path.namespace, ...applied.metadata } } as KubeObject;
    return { status: 201, body: { ...store.put(kind, moveReplicas(undefined, made, order.manager, 'Apply', subresource)) } };
  }
  const rival = replicasConflict(before, order.manager);
  if (replicas !== undefined && replicas !== replicasOf(before) && rival !== undefined && !order.force) {
    const via = rival.subresource === undefined ? '' : ` with subresource "${rival.subresource}"`;
    const why = `Apply failed with 1 conflict: conflict with "${rival.manager}"${via} using ${before.apiVersion}: .spec.replicas`;
    return refusal(409, 'Conflict', why, { fields: ['.spec.replicas'] });
  }
  const merged = { ...before, spec: applyMergePatch(before.spec, applied.spec ?? {}, false) as KubeObject['spec'] };
  const next = replicas === undefined ? merged : withReplicas(merged, Number(replicas));
  const isOwner = replicas !== undefined || replicasOwners(before).some(({ manager }) => manager !== order.manager);
  const owned = isOwner && replicas === undefined ? next : moveReplicas(before, next, order.manager, 'Apply', subresource, true);
  const stored = store.put(kind, owned);
  return { status: 200, body: subresource === 'scale' ? scaleOf(stored) : { ...stored } };
}

const FRESH = { uid: '', resourceVersion: '', generation: 0, creationTimestamp: '2026-01-01T00:00:00Z' };
