import type { Kind } from './objects.ts';

/** Who may do what, in the words of RBAC: `*` stands for everything. */
export interface Rule {
  readonly verbs: readonly string[];
  /** Plurals, with their subresource: `deployments`, `deployments/scale`. */
  readonly resources: readonly string[];
}

export interface User {
  readonly name: string;
  readonly rules: readonly Rule[];
}

export const ALMIGHTY: readonly Rule[] = [{ verbs: ['*'], resources: ['*'] }];
const HPAS = 'horizontalpodautoscalers';
const LOOK: Rule = { verbs: ['get', 'list', 'watch'], resources: ['deployments', 'statefulsets', 'replicasets', 'pods', HPAS] };

/** What docs/targets.md tells people to grant: for the mode direct with the generation at the object, and for floors. */
export const RECOMMENDED: readonly Rule[] = [LOOK, { verbs: ['patch'], resources: ['deployments', 'statefulsets', 'replicasets', HPAS] }];
/** Only the scale subresource may be written. */
export const SCALE_ONLY: readonly Rule[] = [
  LOOK,
  { verbs: ['get', 'patch'], resources: ['deployments/scale', 'statefulsets/scale', 'widgets/scale'] },
];
export const READ_ONLY: readonly Rule[] = [LOOK];

export function isAllowed({ rules }: User, verb: string, { plural }: Pick<Kind, 'plural'>, subresource: string | undefined): boolean {
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`;
  return rules.some(({ verbs, resources }) => holds(verbs, verb) && holds(resources, resource));
}

function holds(list: readonly string[], wanted: string): boolean {
  return list.includes('*') || list.includes(wanted);
}
