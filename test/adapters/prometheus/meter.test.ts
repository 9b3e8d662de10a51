import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { METRICS, metricsPage, type Metric } from '../../../src/adapters/prometheus/catalogue.ts';
import { createPrometheusMeter, SERIES_MAX } from '../../../src/adapters/prometheus/meter.ts';

const root = new URL('../../../', import.meta.url);
const metrics: readonly Metric[] = [
  { name: 'a_total', type: 'counter', help: 'Back\\slash\nand line.', labels: ['code', 'pool'] },
  { name: 'level', type: 'gauge', help: 'A level.', labels: [] },
  { name: 'took_seconds', type: 'histogram', help: 'Time.', labels: ['pool'], buckets: [0.1, 1] },
  { name: 'never_total', type: 'counter', help: 'Never counted.', labels: [] },
  { name: 'forescale_metrics_dropped_total', type: 'counter', help: 'Dropped.', labels: ['metric'] },
];

test('prometheus: tells counters, gauges and histograms as the format has them', () => {
  const meter = createPrometheusMeter(metrics);
  meter.count('a_total', { pool: 'web', code: 'odd "\\\n' });
  meter.count('a_total', { code: 'odd "\\\n', pool: 'web' }, 2.5);
  meter.gauge('level', 4);
  meter.gauge('level', Number.NEGATIVE_INFINITY);
  for (const value of [0.05, 0.1, 0.5, 7]) meter.observe('took_seconds', value, { pool: 'web' });
  assert.equal(
    meter.text(),
    `# HELP a_total Back\\\\slash\\nand line.
# TYPE a_total counter
a_total{code="odd \\"\\\\\\n",pool="web"} 3.5
# HELP level A level.
# TYPE level gauge
level -Inf
# HELP took_seconds Time.
# TYPE took_seconds histogram
took_seconds_bucket{pool="web",le="0.1"} 2
took_seconds_bucket{pool="web",le="1"} 3
took_seconds_bucket{pool="web",le="+Inf"} 4
took_seconds_sum{pool="web"} 7.65
took_seconds_count{pool="web"} 4
`,
  );
});

test('prometheus: a flood of label values is bounded and counted', () => {
  const meter = createPrometheusMeter(metrics);
  for (let i = 0; i < SERIES_MAX + 70; i += 1) meter.count('a_total', { code: `c${i}`, pool: 'web' });
  meter.count('a_total', { code: 'c0', pool: 'web' });
  const text = meter.text();
  assert.equal(text.match(/^a_total\{/gm)?.length, SERIES_MAX);
  assert.match(text, /a_total\{code="c0",pool="web"\} 2\n/);
  assert.match(text, /forescale_metrics_dropped_total\{metric="a_total"\} 70\n/);
});

test('prometheus: what is not known, of another type or no number is left out and never throws', () => {
  const meter = createPrometheusMeter(metrics);
  meter.count('unknown_total');
  meter.gauge('a_total', 1);
  meter.count('never_total', {}, -1);
  meter.count('never_total', {}, Number.NaN);
  meter.observe('took_seconds', Number.NaN);
  assert.equal(
    meter.text(),
    '# HELP forescale_metrics_dropped_total Dropped.\n# TYPE forescale_metrics_dropped_total counter\n' +
      'forescale_metrics_dropped_total{metric="unknown_total"} 1\nforescale_metrics_dropped_total{metric="a_total"} 1\n',
  );
});

test('metrics: every one that the code measures is in the catalogue, with its type, and none is there in vain', () => {
  const types = { count: 'counter', gauge: 'gauge', observe: 'histogram' } as const;
  const used = new Map<string, string>();
  for (const file of readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))) {
    const source = readFileSync(new URL(`src/${file}`, root), 'utf8');
    for (const [, method = '', name = ''] of source.matchAll(/\b(count|gauge|observe)\(\s*'(forescale_[a-z_]+)'/g))
      used.set(name, types[method as keyof typeof types]);
  }
  used.set('forescale_metrics_dropped_total', 'counter');
  const told = METRICS.map(({ name, type }) => `${name} ${type}`);
  assert.deepEqual(Array.from(used, ([name, type]) => `${name} ${type}`).toSorted(), told.toSorted());
});

test('metrics: names and units follow the conventions of Prometheus', () => {
  for (const { name, type, help, labels, buckets = [] } of METRICS) {
    assert.match(name, /^forescale_[a-z]+(_[a-z]+)*$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    if (type === 'histogram') assert.ok(name.endsWith('_seconds') && buckets.length > 5, name);
    assert.match(help, /^[A-Z].*\.$/);
    for (const label of labels) assert.match(label, /^[a-z]+$/);
    assert.deepEqual(
      [...buckets],
      [...buckets].toSorted((a, b) => a - b),
    );
  }
  assert.equal(new Set(METRICS.map(({ name }) => name)).size, METRICS.length);
});

test('metrics page: is what the source says (npm run generate)', () => {
  assert.equal(readFileSync(new URL('docs/metrics.md', root), 'utf8'), metricsPage());
});
