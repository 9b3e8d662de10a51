/** A workload whose pods have sizes, and a kubelet that takes its time to change them. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { PodSizing } from '../../../src/adapters/kubernetes/size/container-size.ts';
import type { KubernetesTarget } from '../../../src/adapters/kubernetes/target.ts';
import { RECOMMENDED, type Rule } from '../../../sim/kubernetes/access-rules.ts';
import { runResizes, type KubeletOptions } from '../../../sim/kubernetes/kubelet.ts';
import { KINDS, type KubeObject } from '../../../sim/kubernetes/objects.ts';
import { containersOf } from '../../../sim/kubernetes/resize.ts';
import { turn } from '../manual-clock.ts';
import { testCluster, type TestCluster } from './support.ts';

export const MIB = 2 ** 20;
export const SIZING: PodSizing = { container: undefined, cores: 0.3, memoryBytes: 256 * MIB, by: 'pods' };
export const RULES: readonly Rule[] = [...RECOMMENDED, { verbs: ['patch'], resources: ['pods/resize'] }];
export const SMALL = { requests: { cpu: '200m', memory: '128Mi' }, limits: { cpu: '400m', memory: '128Mi' } };
export const kindOf = (name: string) => KINDS.find(({ kind }) => kind === name) ?? assert.fail(name);

export interface Sizes extends TestCluster {
  readonly kubelet: KubeletOptions;
  readonly pods: () => readonly KubeObject[];
  /** Requests to resize a pod so far. */
  readonly asked: () => number;
}

export async function sizes(t: TestContext, resources: object = SMALL, kind = 'Deployment', more: object = {}): Promise<Sizes> {
  const cluster = await testCluster();
  const { server, clock } = cluster;
  const kubelet: KubeletOptions = { store: server.store, clock, resizeMs: 1_000 };
  const stop = runResizes(kubelet);
  t.after(async () => {
    stop();
    await cluster.close();
  });
  const template = { spec: { containers: [{ name: 'c', resources }] } };
  const spec = { replicas: 2, selector: { matchLabels: { app: 'web' } }, template, ...more };
  server.create({ apiVersion: 'apps/v1', kind, metadata: { name: 'web' }, spec });
  return {
    ...cluster,
    kubelet,
    pods: () => server.store.all(kindOf('Pod')),
    asked: () => server.requests.filter(({ method, path }) => method === 'PATCH' && path.endsWith('/resize')).length,
  };
}

export function templateOf({ server }: TestCluster, kind = 'Deployment'): unknown {
  const { spec } = server.store.get(kindOf(kind), 'default', 'web') ?? assert.fail('it is gone');
  const template = spec['template'] as { readonly spec: Record<string, unknown> };
  return containersOf(template.spec)[0]?.resources;
}

/** Reads the target for as long, as the engine does, a look every five seconds. */
export async function watch({ clock }: TestCluster, target: KubernetesTarget, forMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < forMs; passedMs += 5_000) {
    await target.get('web');
    for (let turns = 0; turns < 5; turns += 1) await turn();
    await clock.advance(5_000);
  }
}
