/** What is deployed, before the real API server: it takes every document, knows every field, and keeps none. */
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { renderChart, values } from '../deploy/helm.ts';
import { manifestFile } from './aggregation.ts';
import type { ControlPlane } from './control-plane.ts';
import { post } from './world.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Where nothing is yet. */
const NAMESPACE = 'deploys';
const OF_THE_CLUSTER = ['ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition', 'APIService'];
const folder = fileURLToPath(new URL('../../deploy/kubernetes', import.meta.url));

function plainManifests(): Manifest[] {
  const texts = readdirSync(folder).map((file) => manifestFile(file).replaceAll('NAMESPACE', NAMESPACE).replaceAll('CA_BUNDLE', ''));
  return texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Manifest));
}

function pathOf({ apiVersion, kind }: Manifest, namespace: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = `${kind.toLowerCase()}s`.replace(/ys$/, 'ies');
  return OF_THE_CLUSTER.includes(kind) ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
}

export function deploysOnRealServer(plane: () => ControlPlane): void {
  let made: Promise<unknown> | undefined;
  const make = (): Promise<unknown> =>
    (made ??= post(plane(), '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }));
  for (const [name, manifests] of [
    ['the plain manifests', plainManifests],
    ['the chart', () => renderChart({}, NAMESPACE) as Manifest[]],
    [
      'the chart with external metrics',
      () => renderChart({ externalMetrics: { ...(values['externalMetrics'] as object), enabled: true } }, NAMESPACE) as Manifest[],
    ],
    ['the chart with custom resources', () => renderChart({ predictiveScalers: { enabled: true } }, NAMESPACE) as Manifest[]],
  ] as const)
    test(`deploy: a real API server takes ${name}, every field`, async () => {
      await make();
      for (const manifest of manifests()) {
        const { namespace = NAMESPACE } = (manifest as unknown as { readonly metadata: { readonly namespace?: string } }).metadata;
        await post(plane(), `${pathOf(manifest, namespace)}?dryRun=All&fieldValidation=Strict`, manifest);
      }
    });
}
