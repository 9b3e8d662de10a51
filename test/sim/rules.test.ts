/** Baseline policies driven by hand, interval by interval, against what their one-line definitions say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemList } from '../../src/problems.ts';
import { plantFor, type Plant } from '../../sim/plant.ts';
import { goalOf } from '../../sim/policies/predictive.ts';
import { choosePolicies } from '../../sim/policies/registry.ts';
import { runPolicy, type PolicyRun } from '../../sim/run.ts';
import { scoreOf } from '../../sim/score.ts';
import { seriesWorkload } from '../../sim/workloads/series.ts';

const MINUTE = 60_000;

async function run(label: string, values: readonly number[], given: Partial<Plant> = {}): Promise<PolicyRun> {
  const problems = new ProblemList();
  const [chosen] = choosePolicies([label], 'test', problems);
  problems.throwIfAny();
  assert.ok(chosen !== undefined);
  const workload = seriesWorkload({ name: 'web', startMs: 0, intervalMs: MINUTE, values }, 10);
  const plant = plantFor(workload.demand, { replicaCapacity: 10, leadTime: { p50Ms: MINUTE, p95Ms: MINUTE }, ...given });
  return runPolicy({ workload, plant, faults: [], policy: chosen.policy, start: chosen.start, label, seed: 1 });
}

const counts = ({ rows }: PolicyRun, name: 'ready' | 'requested' | 'required'): number[] => rows.map((row) => row[name]);

test('perfect: ready, requested and required are the same in every interval', async () => {
  const result = await run('perfect', [5, 35, 100, 0, 12]);
  assert.deepEqual(counts(result, 'required'), [1, 4, 10, 0, 2]);
  assert.deepEqual(counts(result, 'ready'), [1, 4, 10, 1, 2]);
  assert.deepEqual(counts(result, 'requested'), [1, 4, 10, 1, 2]);
});

test('static: the peak of the first half, or the knob', async () => {
  assert.deepEqual(counts(await run('static', [5, 35, 5, 5, 90, 5]), 'requested'), [1, 4, 4, 4, 4, 4]);
  assert.deepEqual(counts(await run('static:7', [5, 5, 5], { maxReplicas: 10 }), 'requested'), [1, 7, 7]);
});

test('reactive: the largest demand of the last minutes times the headroom', async () => {
  const result = await run('reactive:3x1.5', [20, 40, 10, 10, 10, 10, 10]);
  // Decided at the end of an interval: 30, then 60 while the 40 is within three minutes, then 15.
  assert.deepEqual(counts(result, 'requested'), [2, 3, 6, 6, 6, 2, 2]);
  // Ready one lead time later: nothing is ready that was not asked for a minute before.
  assert.deepEqual(counts(result, 'ready'), [2, 2, 3, 6, 6, 2, 2]);
});

test('reactive: what was not measured is neither zero nor news', async () => {
  const result = await run('reactive:2x1', [40, Number.NaN, Number.NaN, Number.NaN, 40]);
  assert.deepEqual(counts(result, 'requested'), [4, 4, 4, 4, 4]);
  assert.deepEqual(counts(result, 'required'), [4, 4, 4, 4, 4], 'the load goes on while the meter does not');
});

test('policies: bounds of the plant hold for every one of them', async () => {
  for (const label of ['hpa', 'static:50', 'reactive:1x10', 'perfect']) {
    const requested = counts(
      await run(label, [10, 500, 500, 500, 0, 0, 0, 0, 0, 0, 0, 0], { minReplicas: 2, maxReplicas: 9 }),
      'requested',
    );
    assert.ok(Math.min(...requested) >= 2 && Math.max(...requested) <= 9, `${label}: ${requested.join(' ')}`);
  }
});

test('policies: a label that is none is named with what would have been right', () => {
  const problems = new ProblemList();
  choosePolicies(['hpa:2', 'nonsense', 'static:x', 'perfect:1', 'hpa', 'hpa', '../hpa', 'reactive:5'], '--policy', problems);
  assert.equal(problems.count, 7);
  assert.throws(() => problems.throwIfAny(), /--policy: wanted a target utilisation from 0.01 to 1 after hpa, found "hpa:2"/);
});

test('predictive: a price of a short minute takes the place of the objective, of the plant or after the name', async () => {
  const problems = new ProblemList();
  choosePolicies(
    ['predictive:price=100', 'predictive:price=0', 'predictive:price=', 'predictive:price=x', 'predictive:2'],
    '--policy',
    problems,
  );
  assert.equal(problems.count, 4);
  assert.throws(() => problems.throwIfAny(), /wanted an objective from 0\.0001 to 0\.5, or price=N with N above 0, and band=UPxDOWN/);
  // Two days, the second steered: calm, with a jump now and then that nobody foresees.
  const values = Array.from({ length: 2 * 1_440 }, (_, minute) => 100 + ((minute * 7_919) % 97) / 10 + (minute % 47 === 0 ? 90 : 0));
  const cost = async (label: string, given: Partial<Plant> = {}): Promise<number> => {
    const requested = counts(await run(label, values, given), 'requested').slice(1_500);
    return requested.reduce((sum, count) => sum + count, 0);
  };
  const [cheap, dear] = [await cost('predictive:price=1'), await cost('predictive:price=100000')];
  assert.ok(cheap < dear, `${cheap} and ${dear}`);
  assert.equal(await cost('predictive', { shortMinutePrice: 1 }), cheap);
});

test('predictive: a dead band may stand beside the goal, or alone, and nothing twice', async () => {
  assert.deepEqual(goalOf('0.02+band=0.04x0.02'), { objective: 0.02, shortMinutePrice: undefined, deadBand: { up: 0.04, down: 0.02 } });
  assert.deepEqual(goalOf('band=0x1'), { deadBand: { up: 0, down: 1 } });
  assert.deepEqual(goalOf('band=0.1x0+price=5'), { deadBand: { up: 0.1, down: 0 }, shortMinutePrice: 5 });
  for (const broken of ['band=', 'band=1', 'band=1x2', 'band=1x0x0', 'band=0x0+band=0x0', '0.1+price=3', '0.1+', '0.1+0.2+band=0x0']) {
    assert.equal(goalOf(broken), undefined, broken);
  }
  const values = Array.from({ length: 1_800 }, (_, minute) => 200 + 100 * Math.sin(minute / 40) + ((minute * 7_919) % 97) / 4);
  const changes = async (label: string): Promise<number> => {
    const requested = counts(await run(label, values), 'requested').slice(1_500);
    return requested.filter((count, i) => i > 0 && count !== requested[i - 1]).length;
  };
  const [restless, calm] = [await changes('predictive:price=100+band=0x0'), await changes('predictive:price=100+band=0.2x0.2')];
  assert.ok(restless > calm, `${restless} and ${calm}`);
});

test('score: elasticity, reversals and cost of a run that can be counted by hand', () => {
  const row = (startMs: number, required: number, ready: number, requested: number) => ({
    startMs,
    demand: required * 10,
    required,
    ready,
    requested,
    utilisation: 0.5,
    queue: 0,
    dropped: 0,
    latencyP95Seconds: 0.1,
  });
  const rows = [row(0, 2, 2, 2), row(1, 4, 2, 4), row(2, 4, 4, 4), row(3, 2, 4, 3), row(4, 0, 3, 4)];
  const score = scoreOf(rows, MINUTE, 1);
  assert.equal(score.violationMinutes, 1);
  assert.equal(score.violationShare, 0.2);
  assert.equal(score.costReplicaMinutes, 17);
  assert.equal(score.perfectCostReplicaMinutes, 13);
  assert.equal(score.elasticity.thetaUnder, (100 * (2 / 4)) / 5);
  assert.equal(score.elasticity.thetaOver, (100 * (2 / 2 + 3 / 1)) / 5);
  assert.equal(score.elasticity.tauUnder, 20);
  assert.equal(score.elasticity.tauOver, 40);
  // Steps: (+2, 0) differs, (0, +2) differs, (-2, 0) differs, (-2, -1) agrees.
  assert.equal(score.elasticity.instability, 75);
  // Requested 2 4 4 3 4: up, down, up.
  assert.equal(Math.round(score.reversalsPerDay * score.days), 2);
  assert.equal(Math.round(score.changesPerDay * score.days), 3);
});
