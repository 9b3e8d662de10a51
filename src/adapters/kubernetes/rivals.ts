/** Who else moves the count of a workload: found before we write, since optimistic concurrency does not protect us from them. */
import type { Failed } from '../http/target-failure.ts';
import { FIELD_MANAGER, type KubernetesClient } from './client.ts';
import { at, isObject, listAt, textAt, type JsonObject } from './json.ts';
import { hpaResource, type WorkloadReference } from './resource.ts';

export interface Hpa {
  readonly name: string;
  /** Kind and name of what made it, if something did: it will put the floor back. */
  readonly owner: string | undefined;
}

/** The HPA that scales a workload. undefined: none. */
export async function findHpa(
  client: KubernetesClient,
  { apiVersion, kind, name, namespace }: WorkloadReference,
): Promise<{ readonly ok: true; readonly value: Hpa | undefined } | Failed> {
  const group = groupOf(apiVersion);
  const listed = await client.send({ method: 'GET', path: hpaResource(namespace).collection, intent: 'read' });
  if (!listed.ok) return listed;
  const found = listAt(listed.value, 'items').find((item) => {
    const reference = at(item, 'spec', 'scaleTargetRef');
    return (
      textAt(reference, 'kind') === kind &&
      textAt(reference, 'name') === name &&
      groupOf(textAt(reference, 'apiVersion') ?? apiVersion) === group
    );
  });
  if (found === undefined) return { ok: true, value: undefined };
  const owner = listAt(found, 'metadata', 'ownerReferences')[0];
  return {
    ok: true,
    value: {
      name: textAt(found, 'metadata', 'name') ?? '',
      owner: owner === undefined ? undefined : `${textAt(owner, 'kind') ?? '?'} ${textAt(owner, 'name') ?? '?'}`,
    },
  };
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/', 1)[0] ?? '') : '';
}

/**
 * Another manager that keeps setting the count: one that applies it (server-side apply, as GitOps tools do), or a program
 * other than kubectl that writes it through the scale subresource. Who merely created the object with a count is none.
 */
export function foreignManagerOf(object: JsonObject): string | undefined {
  for (const entry of listAt(object, 'metadata', 'managedFields')) {
    const fields = at(entry, 'fieldsV1', 'f:spec');
    if (!isObject(fields) || !('f:replicas' in fields)) continue;
    const manager = textAt(entry, 'manager') ?? 'unknown';
    if (manager === FIELD_MANAGER) continue;
    if (textAt(entry, 'operation') === 'Apply') return `${manager}, which applies it`;
    if (textAt(entry, 'subresource') === 'scale' && !manager.startsWith('kubectl')) return `${manager}, which scales it`;
  }
  return undefined;
}
