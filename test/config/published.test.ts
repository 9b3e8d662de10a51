import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { DEMO_CONFIG } from '../../src/demo/config.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { configSchema, configurationPage } from '../../src/config/published.ts';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/configuration.md', root), 'utf8');

function compileSchema() {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  return ajv.compile(JSON.parse(readFileSync(new URL('schemas/config.schema.json', root), 'utf8')) as object);
}

test('config schema: the committed file and page are what the source says (npm run generate)', () => {
  assert.deepEqual(
    JSON.parse(readFileSync(new URL('schemas/config.schema.json', root), 'utf8')),
    JSON.parse(JSON.stringify(configSchema())),
  );
  assert.equal(page, configurationPage());
});

test('config schema: an independent validator takes the built-in config and refuses what we refuse', () => {
  const validate = compileSchema();
  assert.ok(validate(parse(DEMO_CONFIG)), JSON.stringify(validate.errors));
  for (const text of [
    '{}',
    'pools: { a: { capacity: {} } }',
    'pools: { "a b": { capacity: { cpuMillicores: 1 } } }',
    'pools: { a: { capacity: { cpuMillicores: 1 }, interval: soon } }',
    'pools: { a: { capacity: { cpuMillicores: 1 }, colour: red } }',
    'pools: { a: { capacity: { memoryBytes: 0 } } }',
  ]) {
    assert.ok(!validate(parse(text)), text);
    assert.ok(!parseConfig(text, 'f').ok, text);
  }
});

test('config page: every option is there, with a meaning and a default', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  assert.ok(rows.length > 40, String(rows.length));
  for (const row of rows) {
    const [, option, takes, fallback, meaning] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
    for (const cell of [option, takes, fallback, meaning]) assert.ok((cell ?? '').length > 0, row);
    assert.notEqual(takes, 'a value', row);
  }
});

test('config page: its example is a config', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const parsed = parseConfig(example, 'docs/configuration.md');
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
});

test('config schema: the defaults that it tells are the ones that are applied', () => {
  const explicit = parseConfig(
    `
node: { name: node-1, logLevel: info }
pools:
  a:
    capacity: { requestsPerSecond: 1 }
    replicas: { min: 1, max: 100 }
    interval: 1m
    horizons: [5m, 10m, 15m]
    objective: 0.01
    review: 1m
    leadTime: { p50: 2m, p95: 3m }
    reactive: { window: 5m, headroom: 1.2 }
    confidenceMin: 0.5
    staleAfter: 3m
    scaleUp: { stabilizationWindow: 0s, policies: [] }
    scaleDown: { stabilizationWindow: 5m, policies: [] }
    producerTimeout: 3m
    lateAfter: 30s
    trainEvery: 1h
    confirmEvery: 2s
    deadlineFactor: 4
    observe: 2m
    attemptsMax: 6
    target:
      kind: local
      env: {}
      listenPort: 0
      portRange: { from: 21000, to: 21999 }
      healthPath: /healthz
      startTimeout: 1m
      drain: 10s
      slowStart: 0s
      wait: 5s
      demo: { work: 40ms, startup: 8s }
`,
    'f',
  );
  const implicit = parseConfig('pools: { a: { capacity: { requestsPerSecond: 1 } } }', 'f');
  assert.ok(explicit.ok && implicit.ok);
  assert.deepEqual(explicit.settings, implicit.settings);
  for (const told of [
    '`1m`',
    '`[5m, 10m, 15m]`',
    '`0.01`',
    '`{p50: 2m, p95: 3m}`',
    '`{from: 21000, to: 21999}`',
    '3 intervals',
    '2 reviews',
  ])
    assert.ok(page.includes(`| ${told} |`), told);
});
