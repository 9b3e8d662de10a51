/** The examples of docs/plug-in.md fit together, and ask for what is served. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/parse.ts';

const page = readFileSync(new URL('../../docs/plug-in.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = '']) => yaml);
const kindOf = <T>(kind: string): T => parse(blocks.find((yaml) => yaml.includes(`kind: ${kind}\n`)) ?? '') as T;

test('docs/plug-in: the manifests ask the ports that the config opens for a pool that it has', () => {
  const config = parseConfig(blocks.find((yaml) => yaml.startsWith('pools:')) ?? '', 'plug-in.md');
  assert.ok(config.ok, config.ok ? '' : config.error.message);
  const { pools, serve } = config.settings;
  const [pool] = pools;
  assert.equal(pool?.autonomy?.level, 'shadow');
  assert.equal(pool?.target.kind === 'kubernetes' && pool.target.mode, 'advise');

  const wpa = kindOf<{ spec: { scaleTargetRef: { name: string }; minReplicas: number; recommender: { url: string } } }>(
    'WatermarkPodAutoscaler',
  ).spec;
  const url = new URL(wpa.recommender.url);
  assert.deepEqual([url.port, url.pathname], [String(serve.recommender?.port), `/wpa/${pool?.pool}`]);
  assert.ok(wpa.minReplicas >= 1);

  const metrics = parse(blocks.find((yaml) => yaml.startsWith('serve:')) ?? '') as { serve: object };
  const served = parseConfig(JSON.stringify({ pools: { web: { capacity: { requestsPerSecond: 1 } } }, ...metrics }), 'plug-in.md');
  assert.ok(served.ok);
  assert.equal(served.settings.serve.externalMetrics?.port, 4_274);
  interface Metric {
    readonly external?: { readonly metric: { name: string; selector: { matchLabels: { pool: string } } }; readonly target: object };
  }
  const [external] = kindOf<{ spec: { metrics: Metric[] } }>('HorizontalPodAutoscaler').spec.metrics;
  assert.deepEqual(external?.external?.metric, { name: 'forescale_replicas', selector: { matchLabels: { pool: pool?.pool } } });
  assert.deepEqual(external.external.target, { type: 'AverageValue', averageValue: '1' });

  const scaled = kindOf<{
    spec: { maxReplicaCount: number; triggers: readonly { type: string; metricType: string; metadata: Record<string, string> }[] };
  }>('ScaledObject').spec;
  const [trigger] = scaled.triggers;
  assert.deepEqual([trigger?.type, trigger?.metricType, trigger?.metadata['pool']], ['external-push', 'AverageValue', pool?.pool]);
  assert.match(trigger?.metadata['scalerAddress'] ?? '', new RegExp(`:${serve.keda?.port}$`));
  assert.equal(scaled.maxReplicaCount, pool?.planner.maxReplicas);
});
