import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFormula } from '../../src/config/parse-formula.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { replay } from '../../src/planning/explain.ts';
import type { Formula, FormulaMode } from '../../src/planning/formula.ts';
import { plan } from '../../src/planning/plan.ts';
import { inputs, report, requests, settings } from '../planning/inputs.ts';

function formula(text: string, mode: FormulaMode = 'instead'): Formula {
  const parsed = parseFormula(text);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.problem);
  return { name: 'mine', text, tree: parsed.tree, mode };
}

/** 900 requests/s now, 950 ahead, ten replicas ready; may shrink at once. */
function replicasBy(text: string, mode?: FormulaMode): ReturnType<typeof plan> {
  return plan(
    inputs(),
    settings({ formulas: [formula(text, mode)], scaleDown: { stabilizationWindowMs: 0, policies: [] }, breakEvenMs: 0 }),
  );
}

test('formula: signals are combined by and, max, and weights', () => {
  assert.equal(replicasBy('max(need_ahead, need_recent) + 2').plan.replicas, 13);
  assert.equal(replicasBy('now_requests > 800 and confidence >= 0.5 ? 15 : 3').plan.replicas, 15);
  assert.equal(replicasBy('(0.7 * now_requests + 0.3 * ahead_requests) / 50').plan.replicas, 19);
  assert.equal(replicasBy('not (ready < 5 or requested == 3) ? 2 ^ 4 : 1').plan.replicas, 16);
});

test('formula: it bounds from below, and from above only as far as the load of now allows', () => {
  assert.equal(replicasBy('14', 'atLeast').plan.replicas, 14);
  assert.equal(replicasBy('3', 'atLeast').plan.replicas, 10);
  const capped = replicasBy('4', 'atMost').plan;
  assert.equal(capped.replicas, 9);
  assert.deepEqual(
    capped.clamps.map(({ name }) => name),
    ['formula', 'reactive-floor'],
  );
});

test('formula: the decision says it and is replayed bit for bit', () => {
  const set = settings({ formulas: [formula('need_ahead * 1.5')] });
  const given = inputs();
  const { plan: made } = plan(given, set);
  assert.match(made.reason, /your rule mine \(need_ahead \* 1\.5\) asks for 15/);
  assert.ok(replay(JSON.parse(JSON.stringify({ plan: made, inputs: given, settings: set, action: null }))).same);
});

test('formula: dividing by zero, less than nothing and what is not known are held with the reason, never acted on', () => {
  for (const [text, reason] of [
    ['now_requests / (ready - 10)', /cannot be used.*Infinity/],
    ['(now_requests - 900) / (ready - 10)', /cannot be used.*NaN/],
    ['-5', /less than nothing/],
    ['now_cpu / 100', /no opinion: now_cpu is not known/],
  ] as const) {
    const { plan: made } = replicasBy(text);
    assert.equal(made.replicas, 10, text);
    assert.match(made.clamps[0]?.because ?? '', reason);
  }
});

test('formula: what could do more than count is refused', () => {
  for (const [text, problem] of [
    ['import("fs")', /function import is not known/],
    ['f(x) = x', /functions cannot be defined/],
    ['a = 1', /nothing can be assigned/],
    ['"ten"', /ten is no number/],
    ['ready > 3', /gives no number/],
    ['ready and 3', /gives no number/],
    ['3 + (ready > 3)', /gives no number/],
    ['ready.constructor', /cannot stand in a formula/],
    ['ready["constructor"]', /cannot stand in a formula/],
    ['[1, 2]', /array cannot stand/],
    ['1; 2', /block cannot stand/],
    ['constructor', /constructor is not known/],
    ['toString(3)', /function toString is not known/],
    ['evaluate("1")', /function evaluate is not known/],
    ['2 ready', /operator is missing/],
    ['max()', /does not take 0 operands/],
    ['reddy + 1', /reddy is not known; is it ready\?/],
    ['mux(1, 2)', /function mux is not known; is it max\?/],
    ['1 +', /Unexpected end/],
    [Array.from({ length: 60 }, () => '1').join(' + '), /more than 100 parts/],
    [`${'('.repeat(240)}1${')'.repeat(240)}+${'-'.repeat(19)}1`, undefined],
    [`${'-'.repeat(400)}1`, /more than 100 parts/],
  ] as const) {
    const parsed = parseFormula(text);
    if (problem === undefined) assert.ok(parsed.ok, text);
    else assert.match(parsed.ok ? 'it was accepted' : parsed.problem, problem, text);
  }
});

test('config: a formula is compiled, and a wrong one is refused where it stands', () => {
  const text = (rule: string): string => `
pools:
  shop:
    capacity: { requestsPerSecond: 25 }
    formulas:
      - { name: floor, replicas: "${rule}" }
`;
  const parsed = parseConfig(text('max(2, need_recent)'), 'f.yaml');
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.settings.pools[0]?.planner.formulas, [
    { name: 'floor', text: 'max(2, need_recent)', tree: ['max', 2, 'need_recent'], mode: 'atLeast' },
  ]);
  const refused = parseConfig(text('max(2, need_resent)'), 'f.yaml');
  assert.ok(!refused.ok);
  assert.match(refused.error.message, /f\.yaml:6:.*formulas\[0\]\.replicas.*is it need_recent\?/s);
});

test('plan: settings with a formula that somebody tampered with are held', () => {
  for (const tree of ['process', ['constructor', 1], ['max', ['max', ['>', 1, 2]]]] as const) {
    const { act, plan: made } = plan(
      inputs({ report: report([requests(900, [950, 950, 950])]) }),
      settings({ formulas: [{ name: 'mine', text: '?', tree, mode: 'instead' }] }),
    );
    assert.equal(act, false);
    assert.match(made.reason, /formula mine/);
  }
});
