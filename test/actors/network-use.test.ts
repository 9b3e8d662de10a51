/** What a network does to the forecasts of an analyzer: as much as it earns, visibly, and the same after any restart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plaBehavior } from '../../src/actors/pla.ts';
import { createInlineCompute } from '../../src/adapters/compute/inline-compute.ts';
import { createRandom } from '../../src/adapters/system/random.ts';
import { initialParameters } from '../../src/models/network/initial.ts';
import { packNetwork } from '../../src/models/network/packed.ts';
import { specOf } from '../../src/models/network/task.ts';
import { packValues } from '../../src/protocol/network.ts';
import type { StateReport } from '../../src/protocol/state-report.ts';
import { MINUTE_MS, pool, rulesFor, START_MS } from './fixtures.ts';
import { observation } from './observations.ts';
import { createStage, listener, type Stage } from './stage.ts';

const TOTAL = 'pla:web';
const SHAPE = { cell: 'gru', units: 8, steps: 16, windowsMax: 4_000, epochsMax: 12 } as const;
const settings = pool({ network: SHAPE });
const task = { intervalMs: settings.intervalMs, horizonsMs: settings.horizonsMs };
const compute = createInlineCompute();
const hash = (digit: string): string => digit.repeat(64);

function analyzerStage(given = settings): Stage {
  const behaviors = [plaBehavior(rulesFor(given), compute.open), listener('pse'), listener('net')];
  const noTraining = { ok: true, value: { version: 1, ok: true, durationMs: 1, models: [] } } as const;
  // Networks are given by the test.
  return createStage(behaviors, ({ executor }) => (executor === 'compute.train' ? noTraining : undefined), START_MS);
}

function feed(stage: Stage, from: number, to: number, load: (i: number) => number, restartEvery = Infinity): void {
  for (let i = from; i < to; i += 1) {
    const startMs = stage.nowMs();
    stage.pass(MINUTE_MS);
    stage.tell(TOTAL, 'observation', observation(settings, 'p0', startMs, load(i)));
    if (i % restartEvery === restartEvery - 1) stage.restart();
  }
}

/** As the trainer and the store do: the news, then the network itself. */
function give(stage: Stage, digit: string, network: string): void {
  stage.tell(TOTAL, 'network-model', { network: hash(digit), version: 1, trainedAtMs: stage.nowMs(), loss: 0.1 });
  const effect = `network-${hash(digit).slice(0, 16)}`;
  stage.tell(TOTAL, 'effect-result', { effect, executor: 'network.load', ok: true, value: { hash: hash(digit), network } });
}

const reports = (stage: Stage): StateReport[] => stage.published.map(({ data }) => data as StateReport);
const lastReport = (stage: Stage): StateReport => reports(stage).at(-1) ?? assert.fail('no report');
const weightOf = ({ model }: StateReport): number =>
  Object.entries(model.weights).reduce((sum, [expert, weight]) => (expert.startsWith('network') ? sum + weight : sum), 0);

/** A hash of the number, 0 to 1. */
function noise(i: number): number {
  let mixed = Math.imul(i + 1, 0x9e3779b1) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca77) >>> 0;
  return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32;
}

/** The logistic map: looks like noise, but each value follows from the one before it by a rule that no other expert has. */
function chaos(length: number): Float64Array {
  let x = 0.37;
  return Float64Array.from({ length }, () => {
    x = 3.9 * x * (1 - x);
    return Math.round(1_000 * x) + 200;
  });
}

/** Knows nothing: as it is before it learns. */
function untrained(seed: number): string {
  const spec = specOf(task, SHAPE.cell, SHAPE.units, SHAPE.steps);
  return packNetwork({ task, spec, parameters: initialParameters(spec, createRandom(seed)) });
}

test('network: one that does not earn its place in a pool is given none, visibly', () => {
  const stage = analyzerStage();
  give(stage, 'a', untrained(3));
  feed(stage, 0, 600, (i) => 500 + 100 * noise(i));
  const { model } = lastReport(stage);
  assert.equal(model.network, hash('a'));
  assert.ok('network' in model.weights, 'it is told that it competes');
  assert.ok(weightOf(lastReport(stage)) < 0.02, `weight ${weightOf(lastReport(stage))}`);
});

test('network: one that learned what no expert knows gets weight, and the forecast is better for it', async () => {
  const oneStep = pool({ network: SHAPE, horizonsMs: [MINUTE_MS] });
  const all = chaos(3_000);
  const series = [{ startMs: START_MS, values: packValues(all.subarray(0, 2_000)) }];
  const lesson = await compute.learn({ task: { ...task, horizonsMs: [MINUTE_MS] }, ...SHAPE, seed: 1, series, start: null });
  assert.ok(lesson.ok, JSON.stringify(lesson));
  const play = (network: string | undefined): StateReport => {
    const stage = analyzerStage(oneStep);
    if (network !== undefined) give(stage, 'a', network);
    feed(stage, 0, 900, (i) => all[2_000 + i] ?? 0);
    return lastReport(stage);
  };
  const [without, withNetwork] = [play(undefined), play(lesson.network)];
  assert.ok(weightOf(withNetwork) > 0.3, `weight ${weightOf(withNetwork)}`);
  const skillOf = ({ resources }: StateReport): number => resources[0]?.skill ?? Number.NaN;
  assert.ok(skillOf(withNetwork) > skillOf(without) + 0.05, `${skillOf(without)} without, ${skillOf(withNetwork)} with it`);
});

test('network: one after the other, and restarts at any moment, give the same reports to the last bit', () => {
  const play = (restartEvery: number): StateReport[] => {
    const stage = analyzerStage();
    const load = (i: number): number => 500 + 200 * Math.sin(i / 12) + 50 * noise(i);
    feed(stage, 0, 100, load, restartEvery);
    give(stage, 'a', untrained(1));
    feed(stage, 100, 200, load, restartEvery);
    give(stage, 'b', untrained(2));
    feed(stage, 200, 300, load, restartEvery);
    assert.deepEqual(stage.unhandled, []);
    return reports(stage);
  };
  const straight = play(Infinity);
  assert.deepEqual(play(7), straight);
  assert.deepEqual([...new Set(straight.map(({ model }) => model.network))], [undefined, hash('a'), hash('b')]);
  assert.equal(weightOf(straight[98] ?? assert.fail()), 0, 'before it comes it weighs nothing');
});

test('network: a pool that is given one later goes on from the values that it kept, and so does one that is rid of it', () => {
  const [without, withNetwork] = [plaBehavior(rulesFor(pool())), plaBehavior(rulesFor(settings), compute.open)];
  let { state } = without.start(TOTAL, START_MS);
  for (let i = 0; i < 200; i += 1) {
    const startMs = START_MS + i * MINUTE_MS;
    const data = observation(settings, 'p0', startMs, 500 + 200 * Math.sin(i / 12));
    const message = { name: 'observation', id: String(i), source: 'x', incarnation: 1, sequence: i + 1, timeMs: startMs, data } as const;
    ({ state } = without.step(state, message, startMs + MINUTE_MS + 1));
  }
  const given = withNetwork.thaw(structuredClone(without.freeze(state)), TOTAL);
  const rid = without.thaw(structuredClone(withNetwork.freeze(given)), TOTAL);
  const outlookOf = (behavior: typeof without, of: unknown) =>
    behavior.describe(of) as {
      readonly observedIntervals: number;
      readonly forecast: { readonly weights: Readonly<Record<string, number>> };
    };
  const before = outlookOf(without, state);
  const [during, after] = [outlookOf(withNetwork, given), outlookOf(without, rid)];
  assert.equal(during.forecast.weights['network'], 0);
  assert.deepEqual([during.observedIntervals, after.observedIntervals], [before.observedIntervals, before.observedIntervals]);
  // What it learnt of the same values is the same.
  assert.deepEqual(after.forecast.weights, before.forecast.weights);
});
