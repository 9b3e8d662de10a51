import { targetError } from '../../ports/target.ts';
import type { Failed } from '../http/target-failure.ts';
import { describeRight, missingRights, type Right } from './access.ts';
import type { KubernetesClient } from './client.ts';
import type { Lever } from './lever.ts';
import { decideMode, type ModeDecision } from './mode.ts';
import { describeWorkload, findResource, hpaResource, objectPath, type Resource } from './resource.ts';
import { findHpa, foreignManagerOf } from './rivals.ts';
import type { KubernetesPoolSettings } from './settings.ts';

/** What was found out about a workload before anything is written. */
export interface Preparation extends ModeDecision {
  readonly resource: Resource;
  /** undefined: nothing is written. */
  readonly lever: Lever | undefined;
  /** Pods may be resized in place. */
  readonly mayResize: boolean;
  /** Rights that we could use and lack, for people. */
  readonly missing: readonly string[];
}

export type Prepared = { readonly ok: true; readonly value: Preparation } | Failed;

/** Looks at the workload, at who else scales it, and at what we may do. */
export async function prepare(client: KubernetesClient, settings: KubernetesPoolSettings): Promise<Prepared> {
  const found = await findResource(client, settings);
  if (!found.ok) return found;
  const resource = found.value;
  const read = await client.send({ method: 'GET', path: objectPath(resource, settings.name), intent: 'read' });
  if (!read.ok) return read;
  const hpa = await findHpa(client, settings);
  // Where HPAs may not be listed, a floor cannot be had either; that one is there cannot be ruled out.
  const isBlind = !hpa.ok && hpa.error.code === 'forbidden';
  if (!hpa.ok && !isBlind) return hpa;
  const decided =
    isBlind && settings.mode !== 'direct' ? BLIND : decideMode(settings.mode, hpa.ok ? hpa.value : undefined, foreignManagerOf(read.value));
  const hpaName = hpa.ok ? hpa.value?.name : undefined;
  const rights = await missingRights(client, rightsFor(decided.mode, settings, resource, hpaName));
  if (!rights.ok) return rights;
  return choose(decided, settings, resource, hpaName, rights.value);
}

const BLIND: ModeDecision = { mode: 'advise', reason: 'HPAs may not be listed, so one that scales it cannot be ruled out' };

function rightsFor(
  mode: ModeDecision['mode'],
  { namespace, name, sizing }: KubernetesPoolSettings,
  { group, plural }: Resource,
  hpa?: string,
): readonly Right[] {
  const workload = { group, resource: plural, namespace };
  const look = ['get', 'list', 'watch'].map((verb) => ({ verb, ...workload }));
  const pods = [{ verb: 'list', group: '', resource: 'pods', namespace }];
  if (mode === 'advise') return [...look, ...pods];
  if (mode === 'floor' && hpa !== undefined) {
    const hpas = { group: 'autoscaling', resource: 'horizontalpodautoscalers', namespace };
    return [...look, ...pods, ...['get', 'list', 'watch'].map((verb) => ({ verb, ...hpas })), { verb: 'patch', ...hpas, name: hpa }];
  }
  const scale = { ...workload, subresource: 'scale', name };
  const resize = sizing?.by === 'pods' ? [{ verb: 'patch', group: '', resource: 'pods', subresource: 'resize', namespace }] : [];
  return [...look, ...pods, { verb: 'patch', ...workload, name }, { verb: 'get', ...scale }, { verb: 'patch', ...scale }, ...resize];
}

function choose(
  decided: ModeDecision,
  settings: KubernetesPoolSettings,
  resource: Resource,
  hpa: string | undefined,
  missing: readonly Right[],
): Prepared {
  const lacks = (verb: string, of: string, subresource?: string): boolean =>
    missing.some((right) => right.verb === verb && right.resource === of && right.subresource === subresource);
  const common = { ...decided, resource, missing: missing.map(describeRight), mayResize: !lacks('patch', 'pods', 'resize') };
  if (decided.mode === 'advise') return { ok: true, value: { ...common, lever: undefined } };
  if (decided.mode === 'floor') {
    const { collection, plural } = hpaResource(settings.namespace);
    if (lacks('patch', plural)) return lacking('patch', `${plural} in ${settings.namespace}`);
    const path = `${collection}/${encodeURIComponent(hpa ?? '')}`;
    return { ok: true, value: { ...common, lever: { kind: 'floor', path, field: 'minReplicas', generation: 'with-write' } } };
  }
  const path = objectPath(resource, settings.name);
  if (resource.isBuiltIn && !lacks('patch', resource.plural))
    return { ok: true, value: { ...common, lever: { kind: 'object', path, field: 'replicas', generation: 'with-write' } } };
  if (lacks('patch', resource.plural, 'scale')) return lacking('patch', `${describeWorkload(settings)} or its scale`);
  return { ok: true, value: { ...common, lever: { kind: 'scale', path: `${path}/scale`, field: 'replicas', generation: 'in-process' } } };
}

function lacking(verb: string, what: string): Failed {
  return targetError('forbidden', `the credentials may not ${verb} ${what}`);
}
