/**
 * Defects that other autoscalers have, or had, each as a scenario with its assertion. docs/peers-defects.md says which, and
 * whose. Those that need a cloud are scenarios of the simulator (`sim/scenarios`).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plaBehavior } from '../../src/actors/pla.ts';
import { pseBehavior } from '../../src/actors/pse.ts';
import { actionBehavior } from '../../src/actors/scaling-action.ts';
import { createForecaster, type Forecaster } from '../../src/models/index.ts';
import { collectWindows } from '../../src/models/network/dataset.ts';
import { createScaleFreeModel } from '../../src/models/network/scale-free.ts';
import { plan } from '../../src/planning/plan.ts';
import type { Decision } from '../../src/protocol/plan.ts';
import type { Feedback, ScalingCommand } from '../../src/protocol/scaling.ts';
import type { StateReport } from '../../src/protocol/state-report.ts';
import type { ExecuteEffect, ExecutorResult } from '../../src/runtime/behavior.ts';
import { callTarget, fakeTarget, MINUTE_MS, pool, report, rulesFor, START_MS, type FakeTarget } from '../actors/fixtures.ts';
import { observation } from '../actors/observations.ts';
import { createStage, listener, type Stage } from '../actors/stage.ts';
import { inputs, report as planReport, requests, settings as plannerOf, target as at } from '../planning/inputs.ts';

const PSE = 'pse:web';
const TOTAL = 'pla:web';
/** Targets are looked at every half minute: a day of them is quick. */
const settings = pool({ confirmEveryMs: 30_000 });

type Train = (effect: ExecuteEffect) => ExecutorResult | undefined;
const trained: Train = () => ({ ok: true, value: { version: 1, ok: true, durationMs: 1, models: [] } });

/** Analyzer, engine and action together, as in production. */
function whole(target: FakeTarget, train: Train = trained): Stage {
  const rules = rulesFor(settings);
  return createStage(
    [plaBehavior(rules), pseBehavior(rules), actionBehavior(rules)],
    (effect, _address, nowMs) => (effect.executor === 'compute.train' ? train(effect) : callTarget(target, effect, nowMs)),
    START_MS,
  );
}

function engineOnly(target: FakeTarget): Stage {
  const rules = rulesFor(settings);
  return createStage(
    [pseBehavior(rules), actionBehavior(rules), listener('pla')],
    (effect, _address, nowMs) => callTarget(target, effect, nowMs),
    START_MS,
  );
}

/** The minute passes, then its observations come. */
function minute(stage: Stage, loads: Readonly<Record<string, number>>): void {
  const startMs = stage.nowMs();
  stage.pass(MINUTE_MS);
  for (const [producer, load] of Object.entries(loads)) stage.tell(TOTAL, 'observation', observation(settings, producer, startMs, load));
}

function reported(stage: Stage, current: number, peak: number): void {
  stage.tell(PSE, 'state-report', report(stage.nowMs() - MINUTE_MS, current, peak));
  stage.pass(MINUTE_MS);
}

const named = <T>(stage: Stage, wanted: string): T[] => stage.published.filter(({ name }) => name === wanted).map(({ data }) => data as T);
const reports = (stage: Stage): StateReport[] => named<StateReport>(stage, 'state-report');
const lastReport = (stage: Stage): StateReport => reports(stage).at(-1) ?? assert.fail('nothing was reported');
const commands = (stage: Stage): ScalingCommand[] =>
  stage.sent.filter(({ name }) => name === 'scaling-command').map(({ data }) => data as ScalingCommand);

/** The median of a horizon's value. */
function medianOf(told: StateReport, minutes: number): number {
  const answer = told.resources[0]?.forecasts.find(({ horizonMs, kind }) => kind === 'point' && horizonMs === minutes * MINUTE_MS);
  return answer?.quantiles[told.levels.indexOf(0.5)] ?? Number.NaN;
}

test('peers 1: a series that reads otherwise backwards is forecast better than by its last value, through the whole path', () => {
  // Rises for ten minutes and falls at once: in reverse it would fall for ten and rise at once.
  const saw = (i: number): number => 300 + 40 * (i % 20);
  const stage = whole(fakeTarget(20));
  const told: (StateReport | undefined)[] = [];
  for (let i = 0; i < 400; i += 1) {
    minute(stage, { p0: saw(i) });
    told[i] = reports(stage).at(-1);
  }
  let own = 0;
  let last = 0;
  for (let i = 250; i < 390; i += 1) {
    const made = told[i];
    if (made === undefined) continue;
    const seen = Math.round((made.originMs - START_MS) / MINUTE_MS);
    own += Math.abs(medianOf(made, 5) - saw(seen + 5));
    last += Math.abs(saw(seen) - saw(seen + 5));
  }
  assert.ok(own < last, `${own} against ${last}`);
});

test('peers 2: too little history is no opinion, not a zero that enters a mean', () => {
  const stage = whole(fakeTarget(10));
  minute(stage, { p0: 900 });
  stage.pass(MINUTE_MS);
  assert.equal(lastReport(stage).ready, false);
  assert.deepEqual(lastReport(stage).resources[0]?.forecasts, []);
  for (const { plan: made } of named<Decision>(stage, 'decision')) {
    assert.ok(!made.candidates.some(({ name }) => name === 'quantile'));
    assert.ok(made.replicas >= 9, made.reason);
  }
});

test('peers 3: without a first forecast a pool is never below what the reactive rule wants', () => {
  const { plan: made } = plan(
    inputs({ target: at(4), report: planReport([{ ...requests(900, []), maxima: [] }], { ready: false, confidence: 0 }) }),
    plannerOf(),
  );
  assert.equal(made.winner, 'reactive');
  assert.equal(made.replicas, 11, '900 and a fifth more');
});

test('peers 4: nine tenths of a unit are not cut off to nothing', () => {
  const one = plannerOf({ replicaCapacity: { requestsPerSecond: 1 }, minReplicas: 0 });
  const { plan: made } = plan(inputs({ target: at(0), report: planReport([requests(0.9, [0.9, 0.9, 0.9])]) }), one);
  assert.equal(made.replicas, 1);
  const stage = whole(fakeTarget(1));
  for (let i = 0; i < 5; i += 1) minute(stage, { p0: 0.9 });
  stage.pass(MINUTE_MS);
  assert.equal(lastReport(stage).resources[0]?.current, 0.9);
});

test('peers 5: a model that fails costs no sample', () => {
  const stage = whole(fakeTarget(10), () => ({ ok: false, error: { code: 'boom', message: 'the model broke' } }));
  for (let i = 0; i < 200; i += 1) minute(stage, { p0: 500 });
  stage.pass(MINUTE_MS);
  assert.equal(lastReport(stage).observedIntervals, 200);
  assert.equal(lastReport(stage).ready, true);
});

test('peers 6: a restart in the middle of a temporary override ends it in time, and the pool is steered as before', () => {
  const target = fakeTarget(10);
  const stage = engineOnly(target);
  reported(stage, 900, 950);
  const expiresAtMs = stage.nowMs() + 10 * MINUTE_MS;
  stage.tell(PSE, 'control', { pool: 'web', command: 'override', replicas: 30, expiresAtMs, by: 'ann', reason: 'sale' });
  reported(stage, 900, 950);
  assert.equal(target.requested, 30);
  stage.restart();
  for (let i = 0; i < 30; i += 1) reported(stage, 900, 950);
  assert.equal(target.requested, 10);
});

test('peers 7: a new model keeps the window', () => {
  let adopted = 0;
  const stage = whole(fakeTarget(10), (effect) => {
    adopted += 1;
    return trained(effect);
  });
  for (let i = 0; i < 200; i += 1) {
    minute(stage, { p0: 500 });
    if (i > 10) assert.equal(reports(stage).at(-1)?.ready, true, `minute ${i}`);
  }
  stage.pass(MINUTE_MS);
  assert.ok(adopted > 0 && lastReport(stage).model.version > 0);
  assert.equal(lastReport(stage).observedIntervals, 200);
});

test('peers 8: a window that is learned from is, number for number, what the same window is answered for', () => {
  const task = { intervalMs: MINUTE_MS, horizonsMs: [5 * MINUTE_MS, 15 * MINUTE_MS] };
  const values = Float64Array.from({ length: 3_000 }, (_, i) => (i % 97 === 5 ? Number.NaN : 100 + 40 * Math.sin(i / 60) + (i % 7)));
  const steps = 24;
  const learned = collectWindows([{ startMs: START_MS, values }], task, steps, { next: () => 0.5, int: () => 0 }, { heldOutShare: 0 });
  const seen = new Set<string>();
  const served = createScaleFreeModel({ task, steps, predict: (window) => seen.add(String([...window])) });
  for (let at = 0; at < values.length; at += 1)
    served.read({ back: (back) => values[at - back] ?? Number.NaN }, START_MS + at * MINUTE_MS, new Float64Array(4 * 9));
  const width = learned.inputs.length / learned.count;
  let compared = 0;
  // The first ones have fewer values behind them than an answer wants.
  for (let i = 2 * steps; i < learned.count; i += 1) {
    compared += 1;
    assert.ok(seen.has(String([...learned.inputs.subarray(i * width, (i + 1) * width)])), `window ${i}`);
  }
  assert.ok(compared > 2_000);
});

test('peers 9: the forecast does not move when we scale', () => {
  const forecastWith = (producers: (i: number) => number): unknown => {
    const stage = whole(fakeTarget(10));
    for (let i = 0; i < 120; i += 1) {
      const count = producers(i);
      const load = 480 + 240 * Math.sin(i / 9);
      minute(stage, Object.fromEntries(Array.from({ length: count }, (_, k) => [`p${k}`, Math.round(load) / count])));
    }
    // Those that have left are waited for no longer.
    stage.pass(5 * MINUTE_MS);
    const made = reports(stage)
      .filter(({ originMs }) => originMs < START_MS + 120 * MINUTE_MS)
      .at(-1);
    return made?.resources[0]?.forecasts.map(({ mean }) => Number(mean.toPrecision(4)));
  };
  assert.deepEqual(
    forecastWith(() => 2),
    forecastWith((i) => (i < 60 ? 2 : 4)),
  );
});

test('peers 10: a peak holds capacity for lead time and stabilisation, not for its whole window', () => {
  const target = fakeTarget(10);
  const stage = engineOnly(target);
  for (let i = 0; i < 5; i += 1) reported(stage, 900, 950);
  reported(stage, 3_000, 3_000);
  assert.equal(target.requested, 30);
  let minutes = 0;
  while (target.requested > 10 && minutes < 60) {
    reported(stage, 900, 950);
    minutes += 1;
  }
  // Lead time p95 3 minutes, stabilisation and reactive window 5, one interval to see it and one to act.
  assert.ok(minutes <= 3 + 5 + 2, `${minutes} minutes`);
});

test('peers 11: one abnormal day does not pollute the days after it', () => {
  const interval = 5 * MINUTE_MS;
  const DAY = 288;
  const errorAfter = (abnormal: boolean): number => {
    const forecaster: Forecaster = createForecaster({
      intervalMs: interval,
      horizonsMs: [3 * interval],
      profile: 'slim',
      warmupIntervals: 3,
    });
    const load = (i: number): number => Math.round(500 + 250 * Math.sin((2 * Math.PI * i) / DAY) + 20 * Math.sin(i * i));
    let error = 0;
    for (let i = 0; i < 13 * DAY; i += 1) {
      const day = Math.floor(i / DAY);
      const shifted = abnormal && day === 8 ? load(i) * 0.25 : load(i);
      forecaster.observe(i * interval, Math.round(shifted));
      if (day < 9 || day > 11) continue;
      const answer = forecaster.forecast().find(({ kind }) => kind === 'point');
      error += Math.abs((answer?.quantiles[3] ?? 0) - load(i + 3));
    }
    return error;
  };
  const calm = errorAfter(false);
  const after = errorAfter(true);
  assert.ok(after <= 1.1 * calm, `${(after / calm).toFixed(3)} times the error`);
});

test('peers 12: blue and green share one history, because it is the pool’s', () => {
  const stage = whole(fakeTarget(10));
  for (let i = 0; i < 60; i += 1) minute(stage, { blue0: 300, blue1: 300 });
  for (let i = 0; i < 6; i += 1) minute(stage, { blue0: 300 - 50 * i, blue1: 300 - 50 * i, green0: 50 * i, green1: 50 * i });
  for (let i = 0; i < 10; i += 1) minute(stage, { green0: 300, green1: 300 });
  stage.pass(5 * MINUTE_MS);
  const made = reports(stage)
    .filter(({ originMs }) => originMs < START_MS + 76 * MINUTE_MS)
    .at(-1);
  assert.equal(made?.ready, true);
  assert.equal(made.observedIntervals, 76);
  assert.ok(Math.abs(medianOf(made, 5) - 600) < 60, String(medianOf(made, 5)));
});

test('peers 14: the state of a service is bounded', () => {
  const rules = rulesFor(settings);
  const engine = pseBehavior(rules);
  const target = fakeTarget(10);
  let bytes = 0;
  const measured = {
    ...engine,
    freeze: (state: unknown) => {
      const frozen = engine.freeze(state);
      bytes = Math.max(bytes, JSON.stringify(frozen).length);
      return frozen;
    },
  };
  const stage = createStage(
    [measured, actionBehavior(rules), listener('pla')],
    (effect, _address, nowMs) => callTarget(target, effect, nowMs),
    START_MS,
  );
  for (let i = 0; i < 700; i += 1) {
    const load = 900 + 800 * Math.sin(i / 7);
    // A producer that is new each time, as pods are.
    stage.tell(PSE, 'state-report', report(stage.nowMs() - MINUTE_MS, 9, 9, { producer: `p${i}` }));
    stage.tell(PSE, 'pulse', {
      pool: 'web',
      producer: `p${i}`,
      atMs: stage.nowMs(),
      windowMs: 6_000,
      requestsPerSecond: 2,
      usualPerSecond: 1,
    });
    reported(stage, load, load * 1.2);
    if (i % 100 === 99) stage.restart();
  }
  assert.ok(bytes > 1_000 && bytes < 128 * 1_024, `${bytes} bytes`);
});

test('peers 15: replicas that never become ready end their action as failed, and are not asked for the same way forever', () => {
  const target = fakeTarget(10);
  target.readyMax = 10;
  const stage = engineOnly(target);
  for (let i = 0; i < 12 * 60; i += 1) reported(stage, 1_900, 2_000);
  const ended = named<Feedback>(stage, 'feedback');
  assert.ok(ended.some(({ outcome }) => outcome === 'rolled-back') && !ended.some(({ outcome }) => outcome === 'succeeded'));
  // Each attempt waits four lead times, then up to a quarter of an hour.
  assert.ok(commands(stage).length < 12 * 4, `${commands(stage).length} attempts in half a day`);
});

test('peers 16: a model that does not answer blocks nobody', () => {
  const stage = whole(fakeTarget(10), () => undefined);
  for (let i = 0; i < 180; i += 1) minute(stage, { p0: 500 });
  stage.pass(MINUTE_MS);
  const made = lastReport(stage);
  assert.deepEqual([made.observedIntervals, made.ready], [180, true]);
  assert.ok(named<Decision>(stage, 'decision').length >= 175, 'a decision each minute');
});
