import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryPeak, observeMemory, startMemoryPeak } from '../../src/actors/memory-peak.ts';
import { createAnalyzer, observe } from '../../src/actors/analyzer.ts';
import { freezeAnalyzer, thawAnalyzer } from '../../src/actors/frozen-analyzer.ts';
import { decide } from '../../src/actors/engine-decide.ts';
import { takeControl, takeReport, takeTarget } from '../../src/actors/engine-intake.ts';
import { createEngine } from '../../src/actors/engine.ts';
import { poolRules } from '../../src/actors/pool-rules.ts';
import { stateReport } from '../../src/actors/report.ts';
import { VERTICAL_DEFAULTS } from '../../src/planning/vertical-rules.ts';
import { MINUTE_MS, pool, report, START_MS } from './fixtures.ts';
import { observation } from './observations.ts';

const HOUR_MS = 3_600_000;
const vertical = {
  ...VERTICAL_DEFAULTS,
  size: { cpuMillicores: 1_000, memoryBytes: 2e9 },
  sizes: [{ cpuMillicores: 2_000, memoryBytes: 4e9 }],
  prices: { core: 1, memoryGB: 0.1, replica: 5 },
};
const rules = poolRules(pool({ planner: { vertical } }), false);

test('memory: the largest of the trailing day, whatever the order in which it is told', () => {
  const peak = startMemoryPeak();
  assert.equal(memoryPeak(peak), null);
  observeMemory(peak, 5e8, START_MS);
  observeMemory(peak, 9e8, START_MS + 2 * HOUR_MS);
  observeMemory(peak, 7e8, START_MS + HOUR_MS);
  for (const wrong of [Number.NaN, -1, 0, Number.POSITIVE_INFINITY]) observeMemory(peak, wrong, START_MS + 2 * HOUR_MS);
  assert.equal(memoryPeak(peak), 9e8);
  observeMemory(peak, 6e8, START_MS + 25 * HOUR_MS);
  assert.equal(memoryPeak(peak), 9e8);
  observeMemory(peak, 6e8, START_MS + 27 * HOUR_MS);
  assert.equal(memoryPeak(peak), 6e8);
  observeMemory(peak, 9e9, START_MS);
  assert.equal(memoryPeak(peak), 6e8, 'older than a day');
  observeMemory(peak, 1e8, START_MS + 1_000 * HOUR_MS);
  assert.equal(memoryPeak(peak), 1e8);
});

test('memory: measured by the total where sizes are weighed, survives a snapshot', () => {
  const analyzer = createAnalyzer('pla:web', rules, null);
  for (const [producer, memoryBytes] of [
    ['a', 8e8],
    ['b', 1.2e9],
  ] as const) {
    const told = observation(rules.settings, producer, START_MS, 50, { process: { cpuSeconds: 1, memoryBytes } });
    observe(analyzer, told, 1, START_MS + MINUTE_MS + 1_000);
  }
  assert.equal(stateReport(analyzer, 'collecting').peakMemoryBytes, 1.2e9);
  const again = thawAnalyzer(structuredClone(freezeAnalyzer(analyzer)), rules, () => ['none']);
  assert.equal(stateReport(again, 'collecting').peakMemoryBytes, 1.2e9);
});

test('sizes: an engine advises one after an hour of plans that come to it, and begins anew on reset', () => {
  const engine = createEngine(rules, START_MS);
  const advisedAt = (minute: number): boolean => {
    const nowMs = START_MS + (minute + 1) * MINUTE_MS;
    takeTarget(engine, { pool: 'web', requestedReplicas: 4, readyReplicas: 4, generation: 0, observedAtMs: nowMs }, nowMs);
    takeReport(engine, report(START_MS + minute * MINUTE_MS, 350, 380, { peakMemoryBytes: 1e9 }), nowMs);
    const made = decide(engine, nowMs).find((effect) => 'topic' in effect && effect.topic === 'plans');
    assert.ok(made !== undefined && 'data' in made);
    return (made.data as { readonly sizing?: { readonly advised: boolean } }).sizing?.advised === true;
  };
  for (let minute = 0; minute < 60; minute += 1) assert.equal(advisedAt(minute), false, `${minute}`);
  assert.equal(advisedAt(60), true);
  takeControl(engine, { pool: 'web', command: 'reset', by: 'x', reason: 'y' }, START_MS + 61 * MINUTE_MS);
  assert.equal(advisedAt(61), false);
});
