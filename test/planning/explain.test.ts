import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain, replay } from '../../src/planning/explain.ts';
import type { PlanInputs } from '../../src/planning/inputs.ts';
import { plan } from '../../src/planning/plan.ts';
import type { Decision } from '../../src/protocol/plan.ts';
import { AT_MS, inputs, quantiles, report, requests, settings } from './inputs.ts';

function decision(given: PlanInputs): Decision {
  const set = settings({ maxReplicas: 12 });
  return JSON.parse(JSON.stringify({ plan: plan(given, set).plan, inputs: given, settings: set, action: 'act:web/7' }));
}

const peak = inputs({ report: report([requests(900, [1_340, 1_500, 1_600])]) });

test('explain: says what was proposed, what changed it, and who carries it out', () => {
  const text = explain(decision(peak));
  assert.match(text, /Scale web up from 10 to 12: never more than 12/);
  assert.match(text, /quantile \(won\): 14 replicas, because requests stay within 1340 requests\/s over 5 min with 99% confidence/);
  assert.match(text, /max-replicas: from 14 to 12/);
  assert.match(text, /measured on 40 replicas/);
  assert.match(text, /Carried out by act:web\/7\./);
});

test('replay: a record that was touched is found out, with the field', () => {
  const honest = decision(peak);
  assert.equal(replay(honest).same, true);
  const touched = replay({ ...honest, plan: { ...honest.plan, replicas: 11 } });
  assert.equal(touched.same, false);
  assert.deepEqual(touched.same ? [] : touched.differences, ['plan.replicas: recorded 11, replayed 12']);
});

test('replay: what is no record at all is said, not thrown', () => {
  for (const broken of [null, 3, {}, { ...peak, report: { levels: 3 } }, { ...peak, history: null }]) {
    assert.equal(replay({ ...decision(peak), inputs: broken }).same, false);
  }
  assert.equal(replay({ ...decision(peak), settings: { scaleUp: {} } }).same, false);
});

test('decision: at most 8 KB with four resources, three horizons and full histories', () => {
  const maxima = [300_000, 600_000, 900_000].map((horizonMs) => ({ horizonMs, quantiles: quantiles(1_234_560, 9_876_540) }));
  const resources = (['requests', 'cpu', 'memory', 'network'] as const).map((resource) => ({
    resource,
    current: 1_234_560,
    recentMax: 9_876_540,
    maxima,
  }));
  const recommendations = Array.from({ length: 24 }, (_, i) => ({ fromMs: AT_MS - i, toMs: AT_MS + i, least: 1_000, largest: 2_000 }));
  const changes = Array.from({ length: 32 }, (_, i) => ({ atMs: AT_MS - i, from: 1_000, to: 2_000 }));
  const capacity = { requestsPerSecond: 123.456, cpuMillicores: 1_000, memoryBytes: 2e9, networkBytesPerSecond: 1e6 };
  const large = inputs({
    report: report(resources),
    history: { recommendations, sinceMs: 0, changes },
    override: {
      replicas: 50,
      expiresAtMs: AT_MS + 1_000_000,
      by: 'cli/somebody',
      reason: 'a reason of a usual length, such as a product launch',
    },
  });
  const set = settings({ replicaCapacity: capacity });
  const made = plan(large, set).plan;
  const bytes = JSON.stringify({ plan: made, inputs: large, settings: set, action: 'act:web/123456' }).length;
  assert.ok(bytes <= 8_192, `${bytes} bytes`);
});
