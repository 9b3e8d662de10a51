import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { crdText } from '../../../src/config/crd.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { judge, type Judges } from '../../../src/cli/up/scalers/judge.ts';
import { isUrgent, statusOf } from '../../../src/cli/up/scalers/scaler-status.ts';
import type { ScalerObject } from '../../../src/cli/up/scalers/scaler-object.ts';
import { sampleMessage } from '../../protocol/samples.ts';

const NOW_MS = Date.UTC(2026, 0, 2);

function scaler(name: string, spec: object = {}, createdAt = '2026-01-01T00:00:00Z'): ScalerObject {
  const target = { kind: 'kubernetes', workload: `Deployment/${name}` };
  const base = { capacity: { requestsPerSecond: 1 }, replicas: { min: 2, max: 9 }, target };
  return { name, namespace: 'shop', generation: 1, createdAt, spec: { ...base, ...spec }, status: {} };
}

function judges(config: object): Judges {
  return {
    cluster: {},
    compose: (added) => parseConfig(JSON.stringify({ predictiveScalers: {}, pools: {}, ...config }), 'f', added),
    problemOf: () => Promise.resolve(undefined),
  };
}

const reasons = async (scalers: readonly ScalerObject[], config: object = {}): Promise<unknown> => {
  const { verdicts, settings } = await judge(scalers, judges(config));
  return [settings.pools.map(({ pool }) => pool), Object.fromEntries([...verdicts].map(([name, { reason }]) => [name, reason]))];
};

test('predictive scalers: they become pools in their own namespace, with the rules and the budget of all', async () => {
  const { settings, verdicts } = await judge([scaler('web')], judges({ budget: { replicas: 10 } }));
  assert.deepEqual([...verdicts.values()], [{ isAccepted: true, reason: 'Valid', message: '' }]);
  const [pool] = settings.pools;
  assert.ok(pool?.target.kind === 'kubernetes');
  assert.deepEqual([pool.pool, pool.target.namespace, pool.autonomy?.level, settings.root.replicasMax], ['web', 'shop', 'shadow', 10]);
});

test('predictive scalers: nobody gets programs, files or other namespaces by one', async () => {
  for (const target of [
    { kind: 'command', command: ['rm', '-rf', '/'] },
    { kind: 'kubernetes', workload: 'Deployment/web', namespace: 'kube-system' },
    { kind: 'kubernetes', workload: 'Deployment/web', kubeconfig: '/root/.kube/config' },
  ])
    assert.deepEqual(await reasons([scaler('web', { target })]), [[], { web: 'InvalidSpec' }]);
  const sources = [{ accessLog: { file: '/etc/shadow' } }];
  assert.deepEqual(await reasons([scaler('web', { sources })]), [[], { web: 'InvalidSpec' }]);
  assert.deepEqual(await reasons([{ ...scaler('web'), spec: undefined }]), [[], { web: 'InvalidSpec' }]);
});

test('predictive scalers: who does not fit among the others yields, the oldest stay; calls may go both ways in time', async () => {
  const target = { kind: 'kubernetes', workload: 'Deployment/own' };
  const own = { own: { capacity: { requestsPerSecond: 1 }, replicas: { min: 2, max: 3 }, target } };
  assert.deepEqual(await reasons([scaler('own')], { pools: own }), [['own'], { own: 'NameTaken' }]);
  const young = scaler('a', {}, '2026-01-03T00:00:00Z');
  const budget = { replicas: 5 };
  assert.deepEqual(await reasons([young, scaler('b'), scaler('c')], { budget }), [['b', 'c'], { a: 'DoesNotFit', b: 'Valid', c: 'Valid' }]);
  const { verdicts } = await judge([young, scaler('b'), scaler('c')], judges({ budget }));
  assert.match(verdicts.get('a')?.message ?? '', /budget\.replicas: wanted at least 6, the sum of the pools’ minima, found 5/);
  // `a` calls `b`, which comes later; `c` calls nobody that there is.
  const calls = [scaler('a', { calls: [{ pool: 'b' }] }), scaler('b', {}, '2026-01-03T00:00:00Z'), scaler('c', { calls: [{ pool: 'd' }] })];
  assert.deepEqual(await reasons(calls), [['b', 'a'], { a: 'Valid', b: 'Valid', c: 'DoesNotFit' }]);
});

test('predictive scalers: the status tells decision and confidence; what says the same keeps its time', () => {
  const valid = { isAccepted: true, reason: 'Valid', message: '' };
  const plan = { ...sampleMessage('plan').data, pool: 'web', atMs: NOW_MS, advice: { replicas: 4, lower: 4, upper: 5 } };
  const fresh = statusOf(scaler('web'), valid, { plan, isFresh: true }, NOW_MS);
  const conditions = fresh['conditions'] as { type: string; status: string; lastTransitionTime: string }[];
  assert.deepEqual(
    conditions.map(({ type, status, lastTransitionTime }) => [type, status, lastTransitionTime]),
    [
      ['Accepted', 'True', '2026-01-02T00:00:00Z'],
      ['Planning', 'True', '2026-01-02T00:00:00Z'],
    ],
  );
  assert.deepEqual([fresh['adviceReplicas'], fresh['wantedReplicas']], [4, plan.replicas]);
  const later = statusOf({ ...scaler('web'), status: fresh }, valid, { plan: { ...plan, id: 'web/9' }, isFresh: true }, NOW_MS + 60_000);
  assert.deepEqual(later['conditions'], conditions);
  assert.ok(!isUrgent(fresh, later));
  const stale = statusOf({ ...scaler('web'), status: fresh }, valid, { plan, isFresh: false }, NOW_MS + 60_000);
  assert.deepEqual((stale['conditions'] as object[])[1], {
    ...conditions[1],
    status: 'False',
    reason: 'Stale',
    message: 'the last plan is too old to count',
    lastTransitionTime: '2026-01-02T00:01:00Z',
  });
  assert.ok(isUrgent(fresh, stale));
});

/** The rules for structural schemas, as the documentation of custom resources has them. */
function assertStructural(node: Record<string, unknown>, path: string): void {
  const isOpen = node['x-kubernetes-preserve-unknown-fields'] === true;
  assert.ok(typeof node['type'] === 'string' || isOpen, `${path} has a type`);
  for (const banned of ['anyOf', 'oneOf', '$ref', 'patternProperties', 'default', 'const', 'title', '$comment', 'additionalProperties'])
    assert.ok(!(banned in node), `${path} has no ${banned}`);
  assert.ok(node['type'] !== 'array' || 'items' in node, `${path} has items`);
  for (const [name, child] of Object.entries((node['properties'] ?? {}) as Record<string, Record<string, unknown>>))
    assertStructural(child, `${path}.${name}`);
  if ('items' in node) assertStructural(node['items'] as Record<string, unknown>, `${path}[]`);
}

test('predictive scalers: the manifest is a structural schema with every option of a pool and a status of its own', () => {
  const crd = parse(crdText()) as {
    spec: { versions: { subresources: object; schema: { openAPIV3Schema: { properties: Record<string, { properties: object }> } } }[] };
  };
  const [version] = crd.spec.versions;
  assert.deepEqual(version?.subresources, { status: {} });
  const { openAPIV3Schema } = version.schema;
  assertStructural(openAPIV3Schema, 'schema');
  const options = Object.keys(openAPIV3Schema.properties['spec']?.properties ?? {});
  for (const option of ['capacity', 'replicas', 'interval', 'autonomy', 'target', 'sources', 'events'])
    assert.ok(options.includes(option), option);
});

test('docs/predictive-scalers: its example is accepted, and its config can be used', async () => {
  const page = readFileSync(new URL('../../../docs/predictive-scalers.md', import.meta.url), 'utf8');
  const [resource, config, status] = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(
    ([, yaml = '']) => parse(yaml) as Record<string, object>,
  );
  const { verdicts } = await judge([{ ...scaler('web'), spec: resource?.['spec'] }], judges(config ?? {}));
  assert.deepEqual(verdicts.get('web'), { isAccepted: true, reason: 'Valid', message: '' });
  const { properties } = (
    parse(crdText()) as { spec: { versions: { schema: { openAPIV3Schema: { properties: { status: { properties: object } } } } }[] } }
  ).spec.versions[0]?.schema.openAPIV3Schema.properties.status ?? { properties: {} };
  for (const key of Object.keys(status?.['status'] ?? {})) assert.ok(key in properties, key);
});
