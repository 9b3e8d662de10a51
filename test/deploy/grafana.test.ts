/** The dashboard against the metrics that a node tells. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { METRICS, type Metric } from '../../src/adapters/prometheus/catalogue.ts';

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const text = readFileSync(new URL('../../deploy/grafana/forescale.json', import.meta.url), 'utf8');
const { panels, templating } = JSON.parse(text) as { panels: Panel[]; templating: { list: { name: string; definition?: string }[] } };
const targets = panels.flatMap(({ title, targets: own = [] }) => own.map((target) => ({ title, ...target })));

function metricOf(name: string): Metric | undefined {
  return METRICS.find((one) => one.name === name || (one.type === 'histogram' && name === `${one.name}_bucket`));
}

test('grafana: every query asks for metrics that a node tells, as what they are', () => {
  for (const { title, expr } of targets) {
    const names = expr.match(/forescale_\w+/g) ?? [];
    assert.ok(names.length > 0, title);
    for (const name of names) {
      const metric = metricOf(name);
      assert.ok(metric !== undefined, `${title}: ${name}`);
      const isRate = new RegExp(`(rate|increase)\\(${name}`).test(expr);
      assert.equal(isRate, metric.type !== 'gauge', `${title}: ${name} is a ${metric.type}`);
      assert.equal(metric.type === 'histogram', expr.includes('histogram_quantile'), title);
    }
  }
});

test('grafana: selectors, sums and legends use labels that the metric has', () => {
  for (const { title, expr, legendFormat } of targets) {
    const [name = ''] = expr.match(/forescale_\w+/) ?? [];
    const known = ['le', 'instance', ...(metricOf(name)?.labels ?? [])];
    const selected = [...expr.matchAll(/(\w+)(?:=~|!=|=)"/g)].map(([, label]) => label);
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(', '));
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    for (const label of [...selected, ...grouped, ...shown]) assert.ok(known.includes(label ?? ''), `${title}: ${label}`);
    // What is summed away cannot be named.
    if (grouped.length > 0) for (const label of shown) assert.ok(grouped.includes(label ?? ''), `${title}: {{${label}}}`);
  }
});

test('grafana: every metric has its place, and no panel lies upon another', () => {
  const asked = `${targets.map(({ expr }) => expr).join(' ')} ${templating.list.map(({ definition = '' }) => definition).join(' ')}`;
  for (const { name } of METRICS) assert.match(asked, new RegExp(`\\b${name}(_bucket)?\\b`));
  const cells = new Set<string>();
  for (const { title, gridPos } of panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.ok(!cells.has(`${x} ${y}`), title);
        cells.add(`${x} ${y}`);
      }
  }
});
