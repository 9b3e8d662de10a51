/** The chart gives what the plain manifests are, and what its values say. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { crdText } from '../../src/config/crd.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { chart, documentsOf, renderChart, values, type Document } from './helm.ts';

const byKind = (documents: readonly Document[]): ReadonlyMap<string, Document> =>
  new Map(documents.map((document) => [document.kind, document]));

/** What only the chart has: what Helm needs to bring a new config, and knobs that are empty by default. */
function withoutChartsOwn(document: Document): unknown {
  const text = JSON.stringify(document, (key, value: unknown) =>
    ['annotations', 'nodeSelector', 'tolerations', 'imagePullPolicy', 'data'].includes(key) ? undefined : value,
  );
  return JSON.parse(text.replace('"--new-config",', ''));
}

test('helm chart: with its own values it is the plain manifests', () => {
  const plain = byKind(documentsOf(readFileSync(new URL('../../deploy/kubernetes/forescale.yaml', import.meta.url), 'utf8')));
  const rendered = byKind(renderChart({}));
  assert.deepEqual([...rendered.keys()].toSorted(), [...plain.keys()].toSorted());
  for (const [kind, document] of rendered)
    assert.deepEqual(withoutChartsOwn(document), withoutChartsOwn(plain.get(kind) ?? document), kind);
  const configs = [plain, rendered].map((documents) => parseConfig(documents.get('ConfigMap')?.data?.['forescale.yaml'] ?? '', 'config'));
  assert.ok(configs.every(({ ok }) => ok));
  assert.deepEqual(configs[1], configs[0]);
});

test('helm chart: it may write the workloads that its values name, and no others; another config is another pod', () => {
  const config = { pools: { a: { capacity: { requestsPerSecond: 1 }, target: { kind: 'kubernetes', workload: 'Deployment/api' } } } };
  const rendered = byKind(renderChart({ workloads: ['api', 'shop'], config }));
  const { rules } = rendered.get('Role') as unknown as { rules: { resourceNames?: string[]; verbs: string[] }[] };
  for (const { resourceNames, verbs } of rules) if (verbs.includes('patch')) assert.deepEqual(resourceNames, ['api', 'shop']);
  const digest = (documents: ReadonlyMap<string, Document>): string =>
    /"forescale\/config":"(\w{64})"/.exec(JSON.stringify(documents.get('Deployment')))?.[1] ?? '';
  assert.notEqual(digest(rendered), digest(byKind(renderChart({}))));
});

test('helm chart: it may resize pods in place where that is asked for, and only there', () => {
  const mayResize = (given: object): boolean => {
    const role = renderChart({ ...given }).find(({ kind }) => kind === 'Role');
    return JSON.stringify(role).includes('{"apiGroups":[""],"resources":["pods/resize"],"verbs":["patch"]}');
  };
  assert.equal(mayResize({}), false);
  assert.equal(mayResize({ podResize: { enabled: true } }), true);
});

test('helm chart: with external metrics it has the plain manifests for them, and the Deployment their certificate', () => {
  const plain = documentsOf(readFileSync(new URL('../../deploy/kubernetes/external-metrics.yaml', import.meta.url), 'utf8'));
  const externalMetrics = { enabled: true, tlsSecretName: 'forescale-tls', caBundle: 'CA_BUNDLE', annotations: {} };
  const rendered = renderChart({ externalMetrics });
  const usual = new Set(renderChart({}).map((document) => JSON.stringify(document)));
  const added = rendered.filter((document) => !usual.has(JSON.stringify(document)) && document.kind !== 'Deployment');
  assert.deepEqual(added, plain);
  const deployment = JSON.stringify(rendered.find(({ kind }) => kind === 'Deployment'));
  assert.match(deployment, /"secretName":"forescale-tls"/);
  assert.match(deployment, /"mountPath":"\/etc\/forescale-tls"/);
  // What values.yaml tells to put into the config fits to what the Service leads to.
  const [, told = ''] = /needs, beside `pools`:\n((?:#.*\n)+)externalMetrics:/.exec(readFileSync(`${chart}values.yaml`, 'utf8')) ?? [];
  const config = parse(told.replaceAll(/^# {3}/gm, '')) as object;
  const parsed = parseConfig(JSON.stringify({ ...(values['config'] as object), ...config }), 'values.yaml');
  assert.ok(parsed.ok);
  assert.equal(parsed.settings.serve.externalMetrics?.port, 4_274);
});

test('helm chart: with predictive scalers it may read them, write their status, and nothing may be deleted; the manifest comes along', () => {
  const role = renderChart({ predictiveScalers: { enabled: true } }).find(({ kind }) => kind === 'Role') as unknown as {
    rules: { resources: string[]; verbs: string[] }[];
  };
  const verbsOf = (resource: string): unknown => role.rules.find(({ resources }) => resources.includes(resource))?.verbs;
  assert.deepEqual(verbsOf('predictivescalers'), ['get', 'list', 'watch']);
  assert.deepEqual(verbsOf('predictivescalers/status'), ['patch']);
  for (const { verbs } of role.rules) assert.ok(!verbs.some((verb) => ['delete', 'create', 'update', '*'].includes(verb)));
  for (const file of [`${chart}crds/predictivescalers.yaml`, `${chart}../../kubernetes/predictivescalers.yaml`])
    assert.equal(readFileSync(file, 'utf8'), crdText());
});

test('helm chart: its values are what their schema says, and wrong ones are refused', () => {
  const accepts = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(`${chart}values.schema.json`, 'utf8')) as object);
  assert.ok(accepts(values), JSON.stringify(accepts.errors));
  for (const wrong of [{ replicas: 0 }, { workloads: [] }, { replica: 2 }, { config: {} }, { externalMetrics: { on: true } }])
    assert.ok(!accepts({ ...values, ...wrong }), JSON.stringify(wrong));
});

const noHelm = spawnSync('helm', ['version']).status === 0 ? false : 'SKIPPED: helm is not installed';
test('helm chart: Helm renders what the test renders, and finds nothing to mend', { skip: noHelm }, (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-helm-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'values.yaml');
  for (const given of [
    {},
    { externalMetrics: { ...(values['externalMetrics'] as object), enabled: true } },
    { predictiveScalers: { enabled: true } },
    { podResize: { enabled: true } },
  ]) {
    writeFileSync(file, JSON.stringify(given));
    const helm = (...args: readonly string[]): string => {
      const { stdout, status, stderr } = spawnSync('helm', [...args, '-f', file, '--namespace', 'NAMESPACE'], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      return stdout;
    };
    helm('lint', '--strict', chart);
    // A helm built from source takes the cluster to be of an old version.
    const theirs = documentsOf(helm('template', 'forescale', chart, '--kube-version', '1.31.0'));
    const byName = (one: Document): string => `${one.kind} ${(one.metadata as { readonly name: string }).name}`;
    const sorted = (all: readonly Document[]): readonly Document[] => all.toSorted((a, b) => byName(a).localeCompare(byName(b)));
    assert.deepEqual(sorted(theirs), sorted(renderChart(given)), JSON.stringify(given));
  }
});
