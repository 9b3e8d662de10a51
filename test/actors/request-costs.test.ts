/** Costs by type through the actors: learned by a total's analyzer, planned with by its engine, forgotten on reset. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forgetLearned, createAnalyzer, observe, type Analyzer } from '../../src/actors/analyzer.ts';
import { freezeAnalyzer, thawAnalyzer } from '../../src/actors/frozen-analyzer.ts';
import { createEngine } from '../../src/actors/engine.ts';
import { takeReport } from '../../src/actors/engine-intake.ts';
import { poolRules } from '../../src/actors/pool-rules.ts';
import { forEngine, stateReport } from '../../src/actors/report.ts';
import type { CostUse } from '../../src/planning/cost-mix.ts';
import type { Load, Observation } from '../../src/protocol/observation.ts';
import { MINUTE_MS, pool, report, START_MS } from './fixtures.ts';

const settings = (costs?: CostUse) => pool(costs === undefined ? {} : { costs });
const noNetwork = () => ['no networks here'];

function analyzer(costs?: CostUse): Analyzer {
  return createAnalyzer('pla:web', poolRules(settings(costs), false), null);
}

/** A producer whose searches cost ten pages, and of which there are more at times. */
function told(minute: number, producer: string, given: Partial<Observation> = {}): Observation {
  const searches = 300 + 250 * Math.sin(minute / 23);
  const load = (requests: number, cost: number) => ({ requests, cpuSeconds: requests * cost, memoryBytes: 0, networkBytes: 0 });
  const byType = { page: load(1_000, 0), search: load(searches, 0) };
  const cpuSeconds = 1_000 * 0.004 + searches * 0.04;
  return {
    pool: 'web',
    producer,
    intervalStartMs: START_MS + minute * MINUTE_MS,
    intervalMs: MINUTE_MS,
    load: { requests: 1_000 + searches, cpuSeconds, memoryBytes: 0, networkBytes: 0 },
    byType,
    bySource: { distinct: 0, top: [] },
    ...given,
  };
}

function feed(to: Analyzer, from: number, until: number, producers = ['a', 'b']): void {
  for (let minute = from; minute < until; minute += 1) {
    for (const producer of producers) observe(to, told(minute, producer), 1, START_MS + (minute + 1) * MINUTE_MS + 1_000);
  }
}

function searchCost(of: Analyzer): number | undefined {
  return stateReport(of, 'predicting').costs?.types.find(({ type }) => type === 'search')?.cpuSeconds;
}

test('costs: without the option nothing is kept and nothing is told', () => {
  const one = analyzer();
  feed(one, 0, 20);
  assert.equal(one.learning, null);
  assert.equal(stateReport(one, 'predicting').costs, undefined);
  assert.ok(!('learning' in freezeAnalyzer(one)));
});

test('costs: learned from warm producers, told, and used only where that is wanted', () => {
  const learns = analyzer('learn');
  const uses = analyzer('use');
  feed(learns, 0, 240);
  feed(uses, 0, 240);
  const cost = searchCost(learns) ?? 0;
  assert.ok(Math.abs(cost - 0.04) < 0.006, `${cost}`);
  assert.equal(stateReport(learns, 'predicting').costs?.weighting, undefined);
  const weighting = forEngine(stateReport(uses, 'predicting')).costs?.weighting;
  assert.ok(weighting !== undefined && weighting.ahead.length === 3, JSON.stringify(weighting));
});

test('costs: replicas that have just started, and one that started anew under its name, teach nothing', () => {
  const one = analyzer('learn');
  feed(one, 0, 120);
  const before = searchCost(one) ?? 0;
  for (let minute = 120; minute < 124; minute += 1) {
    const surge = { load: { ...told(minute, 'x').load, cpuSeconds: 1_000 } };
    const nowMs = START_MS + (minute + 1) * MINUTE_MS + 1_000;
    observe(one, told(minute, 'new', surge), 1, nowMs);
    observe(one, told(minute, 'a', surge), 2, nowMs);
    observe(one, told(minute, 'b'), 1, nowMs);
  }
  assert.ok(Math.abs((searchCost(one) ?? 0) - before) < 0.05 * before);
});

test('costs: types that are told every third time, of all the time since, teach the same and weigh by the mix at hand', () => {
  const each = analyzer('use');
  const seldom = analyzer('use');
  for (let minute = 0; minute < 480; minute += 1) {
    const nowMs = START_MS + (minute + 1) * MINUTE_MS + 1_000;
    for (const producer of ['a', 'b']) {
      observe(each, told(minute, producer), 1, nowMs);
      observe(seldom, minute % 3 < 2 ? toldLater(minute, producer) : toldOfThree(minute, producer), 1, nowMs);
    }
  }
  assert.ok(Math.abs((searchCost(seldom) ?? 0) - 0.04) < 0.006, `${searchCost(seldom)}`);
  const [often, rarely] = [each, seldom].map((one) => stateReport(one, 'predicting').costs);
  assert.deepEqual([often?.types.map(({ type }) => type), rarely?.intervals], [['page', 'search'], 158]);
  assert.ok(Math.abs((often?.weighting?.now ?? 0) - (rarely?.weighting?.now ?? 9)) < 0.02, JSON.stringify([often, rarely]));
});

function toldLater(minute: number, producer: string): Observation {
  return told(minute, producer, { byType: {}, tables: { intervalMs: 0 } });
}

function toldOfThree(minute: number, producer: string): Observation {
  const three = [2, 1, 0].map((ago) => told(minute - ago, producer));
  const sumOf = (loads: readonly (Load | undefined)[]): Load => {
    const of = (key: keyof Load) => loads.reduce((sum, load) => sum + (load?.[key] ?? 0), 0);
    return { requests: of('requests'), cpuSeconds: of('cpuSeconds'), memoryBytes: 0, networkBytes: 0 };
  };
  const byType = { page: sumOf(three.map((one) => one.byType['page'])), search: sumOf(three.map((one) => one.byType['search'])) };
  return told(minute, producer, { byType, tables: { intervalMs: 3 * MINUTE_MS, load: sumOf(three.map(({ load }) => load)) } });
}

test('costs: they survive a snapshot, and are forgotten on reset', () => {
  const one = analyzer('use');
  feed(one, 0, 130);
  const again = thawAnalyzer(structuredClone(freezeAnalyzer(one)), one.rules, noNetwork);
  assert.deepEqual(stateReport(again, 'predicting').costs, stateReport(one, 'predicting').costs);
  feed(again, 130, 140);
  feed(one, 130, 140);
  assert.deepEqual(stateReport(again, 'predicting').costs, stateReport(one, 'predicting').costs);
  forgetLearned(one, START_MS);
  assert.equal(stateReport(one, 'predicting').costs?.intervals, 0);
  const off = thawAnalyzer(freezeAnalyzer(again), poolRules(settings(), false), noNetwork);
  assert.equal(off.learning, null);
});

test('costs: an engine plans with weighted requests, and its record says by how much', () => {
  const costs = { types: [], idleCores: 0, intervals: 200, skill: 0.6 };
  const weighting = { now: 1.5, ahead: [{ horizonMs: 5 * MINUTE_MS, factor: 2 }] };
  const counted = createEngine(poolRules(settings('use'), false), START_MS);
  takeReport(counted, report(START_MS, 200, 300, { costs }), START_MS + MINUTE_MS);
  const weighted = createEngine(poolRules(settings('use'), false), START_MS);
  takeReport(weighted, report(START_MS, 200, 300, { costs: { ...costs, weighting } }), START_MS + MINUTE_MS);
  const inputs = weighted.total?.report;
  const [plain] = counted.total?.report.resources ?? [];
  const [requests] = inputs?.resources ?? [];
  assert.equal(plain?.current, 200);
  assert.equal(requests?.current, 300);
  assert.equal(requests?.recentMax, 300);
  assert.equal(requests?.maxima[2]?.quantiles[5], (plain?.maxima[2]?.quantiles[5] ?? 0) * 2);
  assert.equal(inputs?.mix, 1.5);
  assert.equal(counted.total?.report.mix, undefined);
  assert.equal(weighted.total?.requestsPerSecond, 200, 'what upstream demand is compared with is counted');
});
