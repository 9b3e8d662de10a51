import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/parse.ts';

const good = `
pools:
  shop:
    interval: 1s
    horizons: [15s, 30s, 1m]
    capacity: { requestsPerSecond: 25 }
    replicas: { min: 1, max: 8 }
`;

function problemsOf(text: string): readonly string[] {
  const parsed = parseConfig(text, 'forescale.yaml');
  assert.ok(!parsed.ok, 'it was accepted');
  return parsed.error.problems.map(({ place, wanted, found }) => `${place} | ${wanted} | ${found}`);
}

test('config: what is not said gets the documented defaults', () => {
  const parsed = parseConfig(good, 'forescale.yaml');
  assert.ok(parsed.ok);
  const [pool] = parsed.settings.pools;
  assert.deepEqual(
    [pool?.pool, pool?.intervalMs, pool?.horizonsMs, pool?.lateAfterMs, pool?.trainEveryMs],
    ['shop', 1_000, [15_000, 30_000, 60_000], 500, 3_600_000],
  );
  assert.deepEqual(
    [pool?.planner.objective, pool?.planner.reviewMs, pool?.planner.staleAfterMs, pool?.planner.scaleDown.stabilizationWindowMs],
    [0.01, 1_000, 3_000, 300_000],
  );
  assert.equal(pool?.target.service.kind, 'demo');
  assert.equal(parsed.settings.root.replicasMax, Number.POSITIVE_INFINITY);
});

test('config: broken YAML names line and column', () => {
  assert.match(problemsOf('pools:\n  shop: [1, 2\n')[0] ?? '', /^forescale.yaml:\d+:\d+ \| YAML/);
});

test('config: all problems come at once, each at its line', () => {
  const said = problemsOf(`
pools:
  shop:
    intervall: 1s
    horizons: [0s, 90s, 30s]
    capacity: { requestsPerSecond: 0 }
    replicas: { min: -1, max: 2 }
    objective: 2
`);
  assert.equal(said.length, 4);
  assert.match(said.join('\n'), /forescale.yaml:4 pools.shop.intervall \| one of .*interval.* \| an unknown key/);
  assert.match(said.join('\n'), /forescale.yaml:6 pools.shop.capacity.requestsPerSecond/);
  assert.match(said.join('\n'), /forescale.yaml:7 pools.shop.replicas.min/);
  assert.match(said.join('\n'), /forescale.yaml:8 pools.shop.objective/);
});

test('config: contradictions are found', () => {
  const said = problemsOf(`
budget: { replicas: 3, priorities: { ghost: 1 } }
pools:
  shop:
    interval: 1m
    horizons: [0s, 90s]
    capacity: { cpuMillicores: 500 }
    replicas: { min: 5, max: 4 }
    leadTime: { p50: 3m, p95: 2m }
    target: { kind: local, command: [node, x.js], demo: {}, portRange: { from: 5000, to: 5001 } }
`).join('\n');
  assert.match(said, /budget.replicas \| at least 5, the sum/);
  assert.match(said, /budget.priorities.ghost/);
  assert.match(said, /horizons\[0\]/);
  assert.match(said, /horizons\[1\].*90s/);
  assert.match(said, /minReplicas \(5\) must not be above maxReplicas \(4\)/);
  assert.match(said, /p50Ms <= p95Ms/);
  assert.match(said, /portRange \| at least 4 ports/);
  assert.match(said, /either a command or the demo/);
});

for (const [what, text] of [
  ['an empty file', ''],
  ['no pools', 'pools: {}\n'],
  ['a list', '- a\n'],
  ['a text', 'hello\n'],
  ['no capacity', 'pools: { a: { interval: 1s } }\n'],
  ['an empty capacity', 'pools: { a: { capacity: {} } }\n'],
  ['a bad name', 'pools: { "a b": { capacity: { cpuMillicores: 1 } } }\n'],
] as const) {
  test(`config: ${what} is refused`, () => {
    assert.ok(problemsOf(text).length > 0);
  });
}
