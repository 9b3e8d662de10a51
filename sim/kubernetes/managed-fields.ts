import { replicasOf, type KubeObject, type ManagedFields } from './objects.ts';

const COUNT = { 'f:spec': { 'f:replicas': {} } } as const;

function holdsCount({ fieldsV1 }: ManagedFields): boolean {
  const spec = fieldsV1['f:spec'];
  return typeof spec === 'object' && spec !== null && 'f:replicas' in spec;
}

/** Entries of managedFields that hold the count. */
export function replicasOwners(object: KubeObject): readonly ManagedFields[] {
  return (object.metadata.managedFields ?? []).filter(holdsCount);
}

/** Who else holds the count. */
export function replicasConflict(object: KubeObject, manager: string): ManagedFields | undefined {
  return replicasOwners(object).find((entry) => entry.manager !== manager);
}

/** The object with its count owned by who changed it; unchanged when nobody changed it. */
export function moveReplicas(
  before: KubeObject | undefined,
  after: KubeObject,
  manager: string,
  operation: ManagedFields['operation'],
  subresource: string | undefined,
  isForced = false,
): KubeObject {
  if (!('replicas' in after.spec)) return after;
  if (before !== undefined && !isForced && replicasOf(before) === replicasOf(after)) return after;
  const others = (after.metadata.managedFields ?? []).filter((entry) => !holdsCount(entry));
  const entry = { manager, operation, ...(subresource === undefined ? {} : { subresource }), fieldsV1: COUNT };
  return { ...after, metadata: { ...after.metadata, managedFields: [...others, entry] } };
}
