import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PoolSettings } from '../../src/actors/pool-settings.ts';
import { callProblems } from '../../src/actors/call-graph.ts';
import { pseBehavior } from '../../src/actors/pse.ts';
import { actionBehavior } from '../../src/actors/scaling-action.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { explain, replay } from '../../src/planning/explain.ts';
import { joinCallers } from '../../src/planning/upstream.ts';
import type { Decision } from '../../src/protocol/plan.ts';
import { callTarget, fakeTarget, MINUTE_MS, pool, report, rulesFor, START_MS, type FakeTarget } from './fixtures.ts';
import { createStage, listener, type Stage } from './stage.ts';

/** edge calls api, twice per request; api calls store. */
const CHAIN = [
  pool({ pool: 'edge', calls: [{ pool: 'api', perRequest: 2 }] }),
  pool({ pool: 'api', calls: [{ pool: 'store', perRequest: 0.5 }] }),
  pool({ pool: 'store' }),
];

function open(pools: readonly PoolSettings[]): { readonly stage: Stage; readonly targets: Readonly<Record<string, FakeTarget>> } {
  const targets = Object.fromEntries(pools.map((one) => [one.pool, fakeTarget(10)]));
  const rules = rulesFor(...pools);
  const stage = createStage(
    [pseBehavior(rules), actionBehavior(rules), listener('pla')],
    (effect, _address, nowMs) => {
      const { pool: name } = effect.args as { readonly pool: string };
      return callTarget(targets[name] ?? assert.fail(name), effect, nowMs);
    },
    START_MS,
  );
  return { stage, targets };
}

function tell(stage: Stage, name: string, current: number, peak: number): void {
  stage.tell(`pse:${name}`, 'state-report', report(stage.nowMs() - MINUTE_MS, current, peak, { pool: name }));
}

const decisionsOf = (stage: Stage, name: string): Decision[] =>
  stage.published
    .filter((one) => one.name === 'decision')
    .map(({ data }) => data as Decision)
    .filter(({ plan }) => plan.pool === name);

test('call graph: what is forecast upstream raises every pool downstream at the same moment, before its requests arrive', () => {
  const { stage, targets } = open(CHAIN);
  // Their own forecasts see nothing coming.
  tell(stage, 'store', 900, 950);
  tell(stage, 'api', 900, 950);
  tell(stage, 'edge', 900, 1_200);
  const requested = (): number[] => CHAIN.map((one) => targets[one.pool]?.requested ?? 0);
  assert.deepEqual(requested(), [12, 24, 12]);
  const times = CHAIN.map((one) => targets[one.pool]?.writtenMs);
  assert.equal(new Set(times).size, 1, 'they are ready together');
  const last = decisionsOf(stage, 'store').at(-1) ?? assert.fail();
  assert.match(explain(last), /upstream: from 10 to 12, because api may ask for \d+ requests\/s within 5 min/);
  for (const name of ['edge', 'api', 'store'])
    for (const decision of decisionsOf(stage, name)) assert.ok(replay(JSON.parse(JSON.stringify(decision))).same);
  assert.deepEqual(stage.unhandled, []);
});

test('call graph: it only raises, survives a restart, and a caller that went silent is forgotten', () => {
  const { stage, targets } = open(CHAIN);
  tell(stage, 'api', 900, 950);
  tell(stage, 'edge', 100, 120);
  assert.equal(targets['api']?.requested, 10);
  tell(stage, 'edge', 900, 1_200);
  stage.restart();
  assert.equal(targets['api']?.requested, 24);
  for (let i = 0; i < 15; i += 1) {
    stage.pass(MINUTE_MS);
    tell(stage, 'api', 900, 950);
  }
  assert.equal(targets['api']?.requested, 10);
});

test('call graph: a pool that is bound by CPU is raised by the growth of its requests', () => {
  const [edge, api] = CHAIN;
  const bound = pool({ pool: 'api', planner: { replicaCapacity: { cpuMillicores: 1_000 } } });
  assert.ok(edge !== undefined && api !== undefined);
  const { stage, targets } = open([edge, bound]);
  const told = report(stage.nowMs() - MINUTE_MS, 1_200, 1_250, { pool: 'api' });
  const [requests] = told.resources;
  assert.ok(requests !== undefined);
  const cpu = { ...requests, resource: 'cpu' as const, unit: 'millicores', current: 9_000, forecasts: [] };
  stage.tell('pse:api', 'state-report', { ...told, resources: [requests, cpu], ready: false });
  tell(stage, 'edge', 600, 1_200);
  // 1,200 requests/s take 9,000 millicores; 2,400 are coming.
  assert.equal(targets['api']?.requested, 18);
});

test('call graph: several callers are joined without adding their quantiles up', () => {
  const levels = [0.5, 0.99];
  const caller = (median: number, high: number) => [{ horizonMs: 300_000, quantiles: [median, high] }];
  assert.deepEqual(joinCallers([caller(100, 130), caller(200, 240)], levels), [{ horizonMs: 300_000, quantiles: [300, 350] }]);
  assert.deepEqual(joinCallers([caller(100, 130)], levels), caller(100, 130));
});

test('call graph: circles, unknown pools and amounts that cannot be are refused', () => {
  const told = (calls: Readonly<Record<string, readonly string[]>>): string[] =>
    callProblems(
      Object.entries(calls).map(([name, called]) => ({ pool: name, calls: called.map((one) => ({ pool: one, perRequest: 1 })) })),
    ).map(({ problem }) => problem);
  assert.deepEqual(told({ a: ['b', 'c'], b: ['c'], c: [] }), []);
  assert.deepEqual(told({ a: ['b'], b: ['c'], c: ['a'] }).length, 3);
  assert.deepEqual(told({ a: ['a'] }), ['a and a call each other in a circle']);
  assert.deepEqual(told({ a: ['z'] }), ['there is no pool z']);
  const parsed = parseConfig(
    'pools:\n  a: { capacity: { requestsPerSecond: 1 }, calls: [{ pool: b }] }\n  b: { capacity: { requestsPerSecond: 1 }, calls: [{ pool: a }] }\n',
    'f.yaml',
  );
  assert.ok(!parsed.ok);
  assert.match(parsed.error.message, /pools\.a\.calls\[0\].*circle/);
});
