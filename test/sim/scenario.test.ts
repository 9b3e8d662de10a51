import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../src/problems.ts';
import { createRandom } from '../../src/adapters/system/random.ts';
import { parseDuration } from '../../src/config/duration.ts';
import { compileScenario } from '../../sim/scenario/compile.ts';
import { judge, type JudgedRun } from '../../sim/scenario/expect.ts';
import { loadScenario, parseScenario } from '../../sim/scenario/load.ts';
import type { Scenario } from '../../sim/scenario/schema.ts';
import { scoreOf } from '../../sim/score.ts';
import type { TimelineRow } from '../../sim/timeline.ts';

const GOOD = `name: good
description: A test.
duration: 1h
plant: { replicaCapacity: 10 }
workload:
  - constant: { rate: 100 }
expect:
  hpa: { violationMinutesMax: 5 }
`;

function problemsOf(text: string): readonly string[] {
  try {
    parseScenario(text, 'good.yaml');
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error.message.split('\n');
  }
  return [];
}

test('scenario: durations are numbers with units', () => {
  assert.equal(parseDuration('1d6h'), 108_000_000);
  assert.equal(parseDuration('1.5h'), 5_400_000);
  assert.equal(parseDuration('90s'), 90_000);
  assert.equal(parseDuration('250ms'), 250);
  for (const wrong of ['', '5', '5 m', 'm', '-5m', '5x']) assert.equal(parseDuration(wrong), undefined, wrong);
});

test('scenario: every problem is listed with its line, wanted and found', () => {
  const text = GOOD.replace('duration: 1h', 'duration: soon')
    .replace('replicaCapacity: 10', 'replicaCapacity: 0, spare: 1')
    .replace(
      'constant: { rate: 100 }',
      'diurnal: { mean: 1, amplitude: 3 }\n  - wave: {}\n  - constant: { rate: x }\n    noise: { relative: 0.1 }',
    )
    .replace('violationMinutesMax: 5', 'violationMinutes: 5')
    .concat('colour: red\n');
  const problems = problemsOf(text);
  const expected = [
    'good.yaml:3:1 duration: wanted a duration like 90s, 5m or 1d6h, found "soon"',
    'good.yaml:4:10 plant.replicaCapacity: wanted a number > 0',
    'good.yaml:4:30 plant.spare: wanted one of replicaCapacity',
    'good.yaml:6:25 workload[0].diurnal.amplitude: wanted a number >= 0 and <= 1, found 3',
    'good.yaml:7:5 workload[1].wave: wanted one of constant',
    'good.yaml:8:17 workload[2].constant.rate: wanted a number',
    'good.yaml:8:5 workload[2]: wanted exactly one shape, found constant, noise',
    'good.yaml:11:10 expect.hpa.violationMinutes: wanted one of violationMinutesMax',
    'good.yaml:12:1 colour: wanted one of name',
  ];
  for (const start of expected)
    assert.ok(
      problems.some((problem) => problem.startsWith(start)),
      `${start}\nis not in\n${problems.join('\n')}`,
    );
});

test('scenario: what is well formed but makes no sense is refused with its line', () => {
  assert.deepEqual(problemsOf(GOOD), []);
  assert.match(
    problemsOf(GOOD.replace('name: good', 'name: other')).join(),
    /good.yaml:1:\d+ name: wanted the file's name, good, found other/,
  );
  assert.match(problemsOf(GOOD.replace('1h', '90s')).join(), /good.yaml:3:\d+ duration: wanted whole minutes/);
  assert.match(problemsOf(GOOD.replace('10 }', '10, min: 5, max: 2 }')).join(), /good.yaml:4:\d+ plant.max: wanted at least min/);
  assert.match(problemsOf(GOOD.replace('10 }', '10, leadTime: { p50: 2m, p95: 1m } }')).join(), /good.yaml:4:\d+ plant.leadTime.p95/);
  const late = GOOD.replace('violationMinutesMax: 5', 'noViolationBetween: [{ from: 2h, to: 3h }]');
  assert.match(problemsOf(late).join(), /good.yaml:8:\d+ expect.hpa.noViolationBetween\[0\]: wanted from before to, within 1h/);
});

test('scenario: text that is no YAML, or nothing at all, is refused', () => {
  assert.match(problemsOf('a: [').join(), /good.yaml:\d+:\d+: wanted YAML/);
  assert.match(problemsOf('').join(), /good.yaml: wanted settings, found an empty file/);
  assert.match(problemsOf(GOOD + 'duration: 2h\n').join(), /good.yaml:9:\d+: wanted YAML, found Map keys must be unique/);
  assert.throws(() => loadScenario('/no/such/file.yaml'), InputError);
});

function scenario(workload: Scenario['workload'], rest: Partial<Scenario> = {}): Scenario {
  return { name: 'x', description: 'x', duration: '1d', plant: { replicaCapacity: 1 }, workload, expect: {}, ...rest };
}

const demandPerSecond = (given: Scenario, seed = 1): number[] =>
  Array.from(compileScenario(given, createRandom(seed)).workload.demand, (requests) => requests / 60);

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

test('shapes: each does what it says', () => {
  const base = { constant: { rate: 100 } };
  const around = (values: readonly number[], from: number, to: number, wanted: number): void => {
    const found = meanOf(values.slice(from, to));
    assert.ok(Math.abs(found - wanted) < 0.05 * Math.max(20, wanted), `${found} between minutes ${from} and ${to}, wanted ${wanted}`);
  };
  const diurnal = demandPerSecond(scenario([{ diurnal: { mean: 100, amplitude: 0.5, peakAt: '14h' } }]));
  around(diurnal, 0, 1440, 100);
  around(diurnal, 830, 850, 150);
  around(diurnal, 110, 130, 50);
  const ramp = demandPerSecond(scenario([base, { ramp: { at: '1h', lasts: '2h', by: 200 } }]));
  around(ramp, 0, 60, 100);
  around(ramp, 115, 125, 200);
  around(ramp, 200, 400, 300);
  const step = demandPerSecond(scenario([base, { step: { at: '1h', by: 50, lasts: '1h' } }]));
  around(step, 60, 120, 150);
  around(step, 120, 200, 100);
  const crowd = demandPerSecond(scenario([base, { flashCrowd: { at: '1h', by: 400, rise: '4m', halfLife: '10m' } }]));
  around(crowd, 0, 60, 100);
  around(crowd, 73, 75, 300);
  around(crowd, 180, 240, 100);
  const outage = demandPerSecond(scenario([base, { outage: { at: '2h', lasts: '10m', loses: 'load' } }]));
  around(outage, 120, 130, 0);
  around(outage, 130, 140, 100);
  const storm = demandPerSecond(scenario([base, { retryStorm: { at: '2h', outage: '5m', factor: 4, halfLife: '5m' } }]));
  around(storm, 120, 125, 0);
  around(storm, 125, 126, 100 + 300 * 2 ** -0.1);
  around(storm, 200, 300, 100);
  const sparse = demandPerSecond(scenario([{ sparse: { burstsPerDay: 12, rate: 50, lasts: '5m' } }], { duration: '10d' }));
  assert.ok(meanOf(sparse.map((rate) => Number(rate > 0))) < 0.06);
  assert.ok(Math.abs(meanOf(sparse) - (50 * 12 * 5) / 1440) < 1);
  const noise = demandPerSecond(scenario([base, { noise: { relative: 0.3, memory: '5m' } }], { duration: '10d' }));
  around(noise, 0, 14_400, 100);
  const deviation = Math.sqrt(meanOf(noise.map((rate) => (rate - 100) ** 2)));
  assert.ok(deviation > 25 && deviation < 37, `${deviation}`);
});

test('shapes: lost reports are silence, not zero, and neighbours and deployments leave the requests alone', () => {
  const base = { constant: { rate: 100 } };
  const silent = compileScenario(scenario([base, { outage: { at: '1h', lasts: '3m', loses: 'reports' } }]), createRandom(1)).workload;
  assert.deepEqual(Array.from(silent.told.subarray(59, 64)), [1, 0, 0, 0, 1]);
  assert.ok(silent.demand.slice(60, 63).every((requests) => requests > 5_000));
  const feed = silent.openFeed();
  const told = Array.from({ length: 64 }, (_, i) => feed.next(i).length);
  assert.deepEqual(told.slice(59), [1, 0, 0, 0, 1]);
  const busy = compileScenario(
    scenario([
      base,
      { noisyNeighbour: { at: '1h', lasts: '1h', capacityFactor: 0.5 } },
      { deploySurge: { at: '3h', lasts: '1h', cpuFactor: 3 } },
    ]),
    createRandom(1),
  ).workload;
  assert.equal(busy.capacityFactor?.[70], 0.5);
  assert.equal(busy.cpuFactor?.[70], 2);
  assert.equal(busy.capacityFactor?.[200], 1);
  assert.equal(busy.cpuFactor?.[200], 3);
});

test('shapes: producers share the load as told, and the same seed gives the same requests', () => {
  const given = scenario([{ constant: { rate: 100 } }], { producers: { count: 3, split: 'skewed' } });
  const feed = compileScenario(given, createRandom(7)).workload.openFeed();
  const sums = [0, 0, 0];
  for (let i = 0; i < 1440; i++) for (const [p, { load }] of feed.next(i).entries()) sums[p] = (sums[p] ?? 0) + load.requests;
  const total = sums.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs((sums[0] ?? 0) / total - 6 / 11) < 0.01);
  assert.ok(Math.abs((sums[2] ?? 0) / total - 2 / 11) < 0.01);
  assert.deepEqual(demandPerSecond(given, 7), demandPerSecond(given, 7));
  assert.notDeepEqual(demandPerSecond(given, 7), demandPerSecond(given, 8));
});

const rowsOf = (counts: readonly (readonly [required: number, ready: number, requested: number])[]): TimelineRow[] =>
  counts.map(([required, ready, requested], i) => ({
    startMs: i * 60_000,
    demand: required,
    required,
    ready,
    requested,
    utilisation: 0.5,
    queue: 0,
    dropped: 0,
    latencyP95Seconds: 0.1,
  }));

const judged = (label: string, counts: Parameters<typeof rowsOf>[0]): JudgedRun => {
  const rows = rowsOf(counts);
  return { label, rows, score: scoreOf(rows, 60_000, 1) };
};

test('expectations: each can hold and each can fail', () => {
  const own = judged('own', [
    [2, 2, 2],
    [3, 2, 4],
    [3, 4, 4],
    [2, 3, 3],
    [2, 3, 3],
  ]);
  const other = judged('other', [
    [2, 1, 2],
    [3, 2, 3],
    [3, 3, 3],
    [2, 3, 3],
    [2, 3, 3],
  ]);
  const span = (from: number, to: number) => ({ from: `${from}m`, to: `${to}m` });
  const cases: readonly (readonly [Scenario['expect'][string], Scenario['expect'][string]])[] = [
    [{ violationMinutesMax: 1 }, { violationMinutesMax: 0 }],
    [{ violationShareMax: 0.2 }, { violationShareMax: 0.1 }],
    [{ violationMinutesMaxRelativeTo: { other: 0.5 } }, { violationMinutesMaxRelativeTo: { other: 0.4 } }],
    [{ violationShareMaxAbove: { other: 0 } }, { violationShareMaxAbove: { missing: 1 } }],
    [{ costMaxRelativeTo: { other: 1.2 } }, { costMaxRelativeTo: { other: 1 } }],
    [{ neverScalesDownBetween: [span(0, 3)] }, { neverScalesDownBetween: [span(2, 5)] }],
    [{ neverScalesUpBetween: [span(1, 5)] }, { neverScalesUpBetween: [span(0, 2)] }],
    [{ readyAtLeast: [{ ...span(2, 5), replicas: 3 }] }, { readyAtLeast: [{ ...span(0, 5), replicas: 3 }] }],
    [{ requestedAtMost: [{ ...span(0, 5), replicas: 4 }] }, { requestedAtMost: [{ ...span(0, 2), replicas: 3 }] }],
    [{ noViolationBetween: [span(2, 5)] }, { noViolationBetween: [span(0, 2)] }],
    [{ reversalsPerDayMax: 300 }, { reversalsPerDayMax: 200 }],
    [{ droppedShareMax: 0 }, { costMaxRelativeTo: { missing: 9 } }],
  ];
  for (const [holds, fails] of cases) {
    const verdicts = (expect: Scenario['expect'][string]) => judge(scenario([], { expect: { own: expect } }), [own, other]);
    assert.deepEqual(
      verdicts(holds).map((verdict) => verdict.holds),
      [true],
      JSON.stringify(holds),
    );
    assert.deepEqual(
      verdicts(fails).map((verdict) => verdict.holds),
      [false],
      JSON.stringify(fails),
    );
  }
});
