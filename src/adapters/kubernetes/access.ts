import type { Failed } from '../http/target-failure.ts';
import type { KubernetesClient } from './client.ts';
import { at } from './json.ts';

/** One right, in the words of RBAC. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace: string;
  readonly name?: string;
}

export function describeRight({ verb, group, resource, subresource, namespace }: Right): string {
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  return `${verb} ${group === '' ? what : `${what}.${group}`} in ${namespace}`;
}

/** Asks the server which of the rights we lack. */
export async function missingRights(
  client: KubernetesClient,
  rights: readonly Right[],
): Promise<{ readonly ok: true; readonly value: readonly Right[] } | Failed> {
  const missing: Right[] = [];
  for (const right of rights) {
    const { verb, group, resource, subresource, namespace, name } = right;
    const resourceAttributes = {
      verb,
      group,
      resource,
      namespace,
      ...(subresource === undefined ? {} : { subresource }),
      ...(name === undefined ? {} : { name }),
    };
    const review = await client.send({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
      intent: 'read',
    });
    if (!review.ok) return review;
    if (at(review.value, 'status', 'allowed') !== true) missing.push(right);
  }
  return { ok: true, value: missing };
}
