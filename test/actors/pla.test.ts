import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plaBehavior } from '../../src/actors/pla.ts';
import type { StateReport } from '../../src/protocol/state-report.ts';
import type { TrainingJob } from '../../src/protocol/training.ts';
import type { ExecuteEffect, ExecutorResult } from '../../src/runtime/behavior.ts';
import { MINUTE_MS, pool, rulesFor, START_MS } from './fixtures.ts';
import { observation } from './observations.ts';
import { createStage, listener, type Stage } from './stage.ts';

const settings = pool();
const TOTAL = 'pla:web';
const ONE = 'pla:web/p0';

const noTraining = (): ExecutorResult => ({ ok: true, value: { version: 1, ok: true, durationMs: 1, models: [] } });

function stageWith(train: (effect: ExecuteEffect, nowMs: number) => ExecutorResult | undefined = noTraining, given = settings): Stage {
  const behaviors = [plaBehavior(rulesFor(given)), listener('pse')];
  return createStage(behaviors, (effect, _address, nowMs) => train(effect, nowMs), START_MS);
}

const reports = (stage: Stage): StateReport[] => stage.published.map(({ data }) => data as StateReport);
/** Without those for a pool's only producer. */
const totals = (stage: Stage): StateReport[] => reports(stage).filter(({ producer }) => producer === null);
const lastReport = (stage: Stage): StateReport => {
  const last = reports(stage).at(-1);
  assert.ok(last !== undefined);
  return last;
};

/** The minute passes, then its observations come. */
function minute(stage: Stage, to: string, loads: Readonly<Record<string, number>>): void {
  const startMs = stage.nowMs();
  stage.pass(MINUTE_MS);
  for (const [producer, load] of Object.entries(loads)) stage.tell(to, 'observation', observation(settings, producer, startMs, load));
}

const wave = (i: number): number => 500 + 200 * Math.sin(i / 10);

test('analyzer: collects, then predicts, trains in between and goes on predicting meanwhile', () => {
  let held: ExecuteEffect | undefined;
  const stage = stageWith((effect) => {
    held = effect;
    return undefined;
  });
  const states: string[] = [];
  for (let i = 0; i < 90; i += 1) {
    minute(stage, TOTAL, { p0: wave(i), p1: wave(i) });
    const { state } = stage.describe(TOTAL) ?? {};
    if (states.at(-1) !== state) states.push(String(state));
  }
  assert.deepEqual(states, ['collecting', 'predicting.trusted', 'training']);
  assert.equal(lastReport(stage).state, 'training');
  assert.equal(lastReport(stage).ready, true);
  const job = held?.args as TrainingJob;
  assert.deepEqual(
    job.series.map(({ resource }) => resource),
    ['requests', 'cpu'],
    'resources that were never seen are not trained',
  );
  assert.equal(job.cause, 'first');
  stage.tell(TOTAL, 'effect-result', { effect: held?.id ?? '', executor: 'compute.train', ...noTraining() });
  assert.equal(stage.describe(TOTAL)?.['state'], 'predicting.trusted');
  minute(stage, TOTAL, { p0: 500, p1: 500 });
  stage.pass(MINUTE_MS);
  assert.equal(lastReport(stage).model.version, 1);
  assert.deepEqual(stage.unhandled, []);
});

test('analyzer: reports rates in wire units, with ascending quantiles for each horizon and kind', () => {
  const stage = stageWith();
  for (let i = 0; i < 20; i += 1) minute(stage, TOTAL, { p0: 300, p1: 200 });
  stage.pass(MINUTE_MS);
  const made = lastReport(stage);
  const [requests, cpu] = made.resources;
  assert.equal(requests?.current, 500);
  assert.equal(requests?.unit, 'requests/s');
  // 500 requests/s at 5 ms each are 2.5 cores.
  assert.equal(cpu?.current, 2_500);
  assert.equal(requests?.forecasts.length, 6);
  for (const { quantiles, interval } of requests?.forecasts ?? []) {
    assert.deepEqual(
      quantiles,
      [...quantiles].sort((a, b) => a - b),
    );
    assert.ok(interval.lower <= interval.upper);
  }
});

test('analyzer: until it is ready it says what it still needs', () => {
  const stage = stageWith();
  minute(stage, ONE, { p0: 100 });
  minute(stage, ONE, { p0: 100 });
  const made = lastReport(stage);
  assert.equal(made.state, 'collecting');
  assert.equal(made.ready, false);
  const reason = made.resources[0]?.notReady;
  assert.equal(reason?.code, 'not-enough-history');
  assert.equal(reason?.haveIntervals, 2);
  assert.equal(reason?.etaMs, ((reason?.needIntervals ?? 0) - 2) * MINUTE_MS);
});

test('analyzer: when nothing is measured any more it says so once, and recovers', () => {
  const stage = stageWith();
  for (let i = 0; i < 10; i += 1) minute(stage, TOTAL, { p0: 100 });
  stage.pass(MINUTE_MS);
  const before = totals(stage).length;
  stage.pass(600 * MINUTE_MS);
  const said = totals(stage).slice(before);
  const stale = said.filter(({ resources }) => resources.some(({ notReady }) => notReady?.code === 'stale-input'));
  assert.equal(stale.length, 1);
  assert.equal(stale[0]?.ready, false);
  assert.ok(
    said.every(({ resources }) => resources.every(({ current }) => current === null)),
    'missing is never zero',
  );
  assert.equal(stage.describe(TOTAL)?.['state'], 'collecting');
  for (let i = 0; i < 3; i += 1) minute(stage, TOTAL, { p0: 100 });
  stage.pass(MINUTE_MS);
  assert.equal(lastReport(stage).ready, true);
});

test('analyzer: the total is forecast from all producers, and does not move when their number changes', () => {
  const stage = stageWith();
  const countAt = (i: number): number => (i < 30 ? 2 : i < 60 ? 8 : 3);
  for (let i = 0; i < 90; i += 1) {
    const startMs = stage.nowMs();
    stage.pass(MINUTE_MS);
    const count = countAt(i);
    for (let p = 0; p < count; p += 1) {
      const final = p >= countAt(i + 1) ? { final: true } : {};
      stage.tell(TOTAL, 'observation', observation(settings, `p${p}`, startMs, 1_200 / count, final));
    }
  }
  stage.pass(MINUTE_MS / 2);
  const currents = reports(stage).map(({ resources }) => resources[0]?.current);
  assert.deepEqual([...new Set(currents)], [1_200]);
  assert.equal(currents.length, 90);
  assert.deepEqual([lastReport(stage).producers, lastReport(stage).observedIntervals], [3, 90]);
  const peak = lastReport(stage).resources[0]?.forecasts.at(-1)?.quantiles.at(-1) ?? 0;
  assert.ok(peak < 1_300, `a constant load is forecast as one, got ${peak}`);
});

test('analyzer: what is forecast of a total does not depend on how many producers share it', () => {
  const play = (countAt: (i: number) => number): StateReport[] => {
    const stage = stageWith();
    for (let i = 0; i < 240; i += 1) {
      const startMs = stage.nowMs();
      stage.pass(MINUTE_MS);
      const count = countAt(i);
      // A multiple of 24, so that 1, 2, 3 and 8 producers share it without rounding.
      const load = 24 * Math.round(20 + 8 * Math.sin(i / 20) + 2 * Math.sin(i * i));
      for (let p = 0; p < count; p += 1) {
        const final = p >= countAt(i + 1) ? { final: true } : {};
        stage.tell(TOTAL, 'observation', observation(settings, `p${p}`, startMs, load / count, final));
      }
    }
    stage.pass(MINUTE_MS / 2);
    return totals(stage);
  };
  const changing = play((i) => (i < 80 ? 2 : i < 160 ? 8 : 3));
  const steady = play(() => 1);
  assert.equal(changing.length, 240);
  for (const [i, { resources }] of changing.entries())
    assert.deepEqual(resources[0]?.forecasts, steady[i]?.resources[0]?.forecasts, `interval ${i}`);
});

test('analyzer: a failed training is tried again with growing pauses, a bounded number of times, and the model stays', () => {
  const atMs: number[] = [];
  const stage = stageWith((_, nowMs) => {
    atMs.push(nowMs);
    return { ok: false, error: { code: 'busy', message: 'the queue is full' } };
  });
  for (let i = 0; i < 300; i += 1) minute(stage, ONE, { p0: wave(i) });
  assert.ok(atMs.length >= 4 && atMs.length <= 20, `${atMs.length}`);
  assert.equal(lastReport(stage).ready, true);
  assert.equal(lastReport(stage).model.version, 0);
  assert.match(JSON.stringify(stage.describe(ONE)?.['model']), /the queue is full/);
});

test('analyzer: trains again on its schedule, and when it is asked to', () => {
  const causes: string[] = [];
  const stage = stageWith((effect) => {
    const job = effect.args as TrainingJob;
    causes.push(job.cause);
    return { ok: true, value: { version: job.version, ok: true, durationMs: 1, models: [] } };
  });
  for (let i = 0; i < 130; i += 1) minute(stage, TOTAL, { p0: wave(i) });
  stage.pass(MINUTE_MS);
  assert.deepEqual(causes, ['first', 'schedule']);
  stage.tell(TOTAL, 'control', { pool: 'web', command: 'train', by: 'cli/ann', reason: 'new release' });
  assert.deepEqual(causes, ['first', 'schedule', 'request']);
});

test('analyzer: single producers of a fast pool report at most every 15 seconds', () => {
  const fast = pool({ intervalMs: 1_000, horizonsMs: [5_000], producerTimeoutMs: 3_000, lateAfterMs: 500 });
  const stage = stageWith(noTraining, fast);
  for (let i = 0; i < 60; i += 1) {
    const startMs = stage.nowMs();
    stage.pass(1_000);
    stage.tell(ONE, 'observation', observation(fast, 'p0', startMs, 100));
  }
  const count = reports(stage).length;
  assert.ok(count >= 4 && count <= 5, `${count} in a minute`);
});

test('analyzer: recommends from the forecast against what is used now', () => {
  const stage = stageWith();
  for (let i = 0; i < 60; i += 1) minute(stage, ONE, { p0: 100 + 10 * i });
  const said = lastReport(stage).recommendations.map(({ resource, direction }) => `${direction} ${resource}`);
  assert.ok(said.includes('increase requests') || said.includes('hold requests'), JSON.stringify(said));
  assert.equal(lastReport(stage).recommendations.length, 2);
});

test('analyzer: a restart between any two messages gives the same answers to the last bit', () => {
  const play = (restarts: boolean): unknown => {
    const stage = stageWith();
    for (let i = 0; i < 80; i += 1) {
      if (i % 13 !== 0) minute(stage, TOTAL, { p0: wave(i), p1: wave(i + 3) });
      else stage.pass(MINUTE_MS);
      if (restarts) stage.restart();
    }
    return stage.published;
  };
  assert.deepEqual(play(true), play(false));
});

test('analyzer: zeros are a load like any other, and cost no forecaster', () => {
  const stage = stageWith();
  for (let i = 0; i < 10; i += 1) minute(stage, ONE, { p0: 0 });
  assert.equal(lastReport(stage).ready, true);
  assert.equal(lastReport(stage).resources[0]?.current, 0);
  assert.equal(stage.describe(ONE)?.['stateBytes'], 0);
  minute(stage, ONE, { p0: 5 });
  assert.equal(lastReport(stage).ready, true, 'the zeros before were seen');
  assert.ok(Number(stage.describe(ONE)?.['stateBytes']) > 0);
});

test('analyzer: observations that are late or from a wrong clock change nothing and are counted', () => {
  const stage = stageWith();
  for (let i = 0; i < 5; i += 1) minute(stage, ONE, { p0: 100 });
  const before = lastReport(stage);
  stage.tell(ONE, 'observation', observation(settings, 'p0', START_MS, 9e9));
  stage.tell(ONE, 'observation', observation(settings, 'p0', stage.nowMs() + 60 * MINUTE_MS, 9e9));
  stage.tell(ONE, 'observation', observation(settings, 'p0', stage.nowMs(), 9e9, { intervalMs: 7 * MINUTE_MS }));
  assert.equal(lastReport(stage), before);
  assert.deepEqual(stage.describe(ONE)?.['dropped'], { late: 1, early: 1, misfit: 1 });
});

test('analyzer: unknown pools and strange addresses are refused', () => {
  const behavior = plaBehavior(rulesFor(settings));
  assert.equal(typeof behavior.refuses('pla:other'), 'string');
  assert.equal(typeof behavior.refuses('pla:'), 'string');
  assert.equal(behavior.refuses('pla:web'), undefined);
  assert.equal(behavior.refuses('pla:web/p0'), undefined);
});

const cpuSettings = pool({ planner: { replicaCapacity: { requestsPerSecond: 100, cpuMillicores: 1_000 } } });

/** Four hours of steady load, in which one hour has a start of replicas that takes five times the CPU for three minutes. */
function cpuAfterStart(tell: boolean): { readonly reports: StateReport[]; readonly highest: number } {
  const stage = stageWith(noTraining, cpuSettings);
  for (let i = 0; i < 90; i += 1) {
    if (tell && i === 80) stage.tell(TOTAL, 'confirmation', { ...STARTED, atMs: stage.nowMs() });
    const startMs = stage.nowMs();
    stage.pass(MINUTE_MS);
    const given = observation(cpuSettings, 'p0', startMs, 500 + (i % 7));
    const cpuSeconds = given.load.cpuSeconds * (i >= 80 && i < 83 ? 5 : 1);
    stage.tell(TOTAL, 'observation', { ...given, load: { ...given.load, cpuSeconds } });
    if (tell && i === 85) stage.tell(TOTAL, 'feedback', ENDED);
  }
  assert.deepEqual(stage.unhandled, []);
  const cpu = lastReport(stage).resources.find(({ resource }) => resource === 'cpu');
  return { reports: totals(stage), highest: Math.max(...(cpu?.forecasts.flatMap(({ quantiles }) => quantiles) ?? [])) };
}
const OURS = { pool: 'web', planId: 'web/1', generation: 4, readyReplicas: 5, attempts: 1, reason: '' };
const STARTED = {
  ...OURS,
  step: 'accepted' as const,
  fromReplicas: 5,
  requestedReplicas: 8,
};
const ENDED = {
  ...OURS,
  fromReplicas: 5,
  toReplicas: 8,
  outcome: 'succeeded' as const,
  leadTimesMs: [90_000],
};

test('analyzer: CPU that starting replicas take is reported as measured, and not forecast to come again', () => {
  const told = cpuAfterStart(true);
  const untold = cpuAfterStart(false);
  const cpuAt = (i: number): number => told.reports[i]?.resources.find(({ resource }) => resource === 'cpu')?.current ?? 0;
  assert.ok(cpuAt(81) > 4 * cpuAt(70), 'the reactive floor sees what was measured');
  assert.ok(told.highest < 2_700, `usual is 2530, the highest quantile ${told.highest}`);
  assert.ok(untold.highest > 2 * told.highest, `without being told ${untold.highest}`);
});

test('analyzer: the total keeps its load when replicas that we stop fall silent', () => {
  const play = (tell: boolean): (number | null)[] => {
    const stage = stageWith();
    for (let i = 0; i < 12; i += 1) {
      if (tell && i === 6) stage.tell(TOTAL, 'confirmation', { ...STARTED, fromReplicas: 4, requestedReplicas: 1, atMs: stage.nowMs() });
      const left = i < 6 ? 4 : 1;
      minute(stage, TOTAL, Object.fromEntries(Array.from({ length: left }, (_, p) => [`p${p}`, 400 / left])));
    }
    stage.pass(MINUTE_MS);
    return reports(stage).map(({ resources }) => resources[0]?.current ?? null);
  };
  assert.deepEqual(new Set(play(true)), new Set([400]));
  assert.ok(play(false).includes(null), 'untold, three of four silent producers are an outage');
});

test('analyzer: says over which time a forecast is bad in units that fit', () => {
  const settingsOfSeconds = pool({ intervalMs: 1_000, horizonsMs: [5_000, 15_000], lateAfterMs: 500, producerTimeoutMs: 3_000 });
  const stage = stageWith(noTraining, settingsOfSeconds);
  // Quiet for long, then ever higher: nothing that was learned covers it.
  for (let i = 0; i < 900; i += 1) {
    const startMs = stage.nowMs();
    stage.pass(1_000);
    const load = i < 300 ? 100 : 100 * 1.01 ** (i - 300);
    stage.tell(TOTAL, 'observation', observation(settingsOfSeconds, 'p0', startMs, load));
  }
  const sentences = reports(stage).flatMap(({ demoted }) => demoted ?? []);
  assert.ok(sentences.length > 0);
  assert.match(sentences[0] ?? '', /^bad-skill: requests over (5|15) s /);
});

test('analyzer: takes history that a source tells at once, and knows it when the present comes', () => {
  const stage = stageWith();
  const nowMs = stage.nowMs();
  for (let i = 300; i > 0; i -= 1)
    stage.tell(TOTAL, 'observation', observation(settings, 'prometheus', nowMs - i * MINUTE_MS, wave(-i), { final: i > 1 }));
  assert.equal(stage.describe(TOTAL)?.['observedIntervals'], 299, 'the last one may be told more of');
  assert.equal(lastReport(stage).ready, true);
  // The same again, as after a restart of the agent, changes nothing.
  stage.tell(TOTAL, 'observation', observation(settings, 'prometheus', nowMs - 5 * MINUTE_MS, 9_999));
  minute(stage, TOTAL, { prometheus: wave(0) });
  stage.pass(MINUTE_MS / 10);
  assert.equal(stage.describe(TOTAL)?.['observedIntervals'], 301);
});

test('analyzer: a forecast that was bad is demoted with a reason, and promoted back with one when it is good again', () => {
  const settingsOfSeconds = pool({ intervalMs: 1_000, horizonsMs: [5_000, 15_000], lateAfterMs: 500, producerTimeoutMs: 3_000 });
  const stage = stageWith(noTraining, settingsOfSeconds);
  const states: string[] = [];
  // Quiet for long, then ever higher: nothing that was learned covers it. Then quiet again.
  for (let i = 0; i < 3_000; i += 1) {
    const startMs = stage.nowMs();
    stage.pass(1_000);
    const load = i < 300 ? 100 : 100 * 1.01 ** Math.min(600, i - 300) + (i % 7);
    stage.tell(TOTAL, 'observation', observation(settingsOfSeconds, 'p0', startMs, load));
    if (i % 500 === 0) stage.restart();
    const { state } = stage.describe(TOTAL) ?? {};
    if (String(state).startsWith('predicting') && states.at(-1) !== state) states.push(String(state));
  }
  assert.deepEqual(states, ['predicting.trusted', 'predicting.demoted', 'predicting.trusted']);
  const all = reports(stage);
  const back = all.findIndex(({ promoted }) => promoted !== undefined);
  assert.match(all[back - 1]?.demoted ?? '', /^bad-skill: /);
  assert.equal(all[back]?.demoted, undefined);
  assert.match(all.at(-1)?.promoted ?? '', /^trusted again: skill at least -?\d/);
  assert.ok(all.slice(0, back).every(({ promoted }) => promoted === undefined));
});

test('analyzer: tells its skill against the last value and that of a day ago, per horizon, kind and level, and spares its engine', () => {
  const settingsOfHours = pool({ intervalMs: 60 * MINUTE_MS, horizonsMs: [60 * MINUTE_MS, 120 * MINUTE_MS], lateAfterMs: MINUTE_MS });
  const stage = stageWith(noTraining, settingsOfHours);
  for (let i = 0; i < 24 * 8; i += 1) {
    const startMs = stage.nowMs();
    stage.pass(60 * MINUTE_MS);
    const load = 10_000 + 5_000 * Math.sin((2 * Math.PI * i) / 24) + 100 * Math.sin(i * i);
    stage.tell(TOTAL, 'observation', observation(settingsOfHours, 'p0', startMs, load));
    if (i === 24) assert.equal(lastReport(stage).resources[0]?.skills?.at(-1)?.dayAgo, null, 'nothing is known of a day ago yet');
  }
  const skills = lastReport(stage).resources[0]?.skills ?? [];
  assert.deepEqual(
    skills.map(({ horizonMs, kind }) => [horizonMs / 60 / MINUTE_MS, kind]),
    [
      [1, 'point'],
      [1, 'max'],
      [2, 'point'],
      [2, 'max'],
    ],
  );
  for (const { lastValue, dayAgo, lastValueLevels, dayAgoLevels } of skills) {
    assert.ok((lastValue ?? 0) > 0.5, `a wave is forecast better than by its last value: ${lastValue}`);
    assert.ok((dayAgo ?? 1) < (lastValue ?? 0), `a day ago is the better plain answer here: ${dayAgo}`);
    assert.deepEqual([lastValueLevels.length, dayAgoLevels.length], [9, 9]);
    assert.ok(lastValueLevels.every((skill) => (skill ?? 0) > 0));
  }
  const told = stage.sent.filter(({ name }) => name === 'state-report').map(({ data }) => data as StateReport);
  assert.ok(told.every(({ resources }) => resources.every((resource) => resource.skills === undefined)));
});
