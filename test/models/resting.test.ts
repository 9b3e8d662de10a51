import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { Arena } from '../../src/models/arena.ts';
import { Engine } from '../../src/models/engine.ts';
import { createForecaster, type Forecaster, type ForecasterSettings, type ForecastModel } from '../../src/models/index.ts';
import { layoutOf } from '../../src/models/layout.ts';
import { planOf, Resting } from '../../src/models/resting.ts';

const MINUTE = 60_000;
const settings: ForecasterSettings = {
  intervalMs: MINUTE,
  horizonsMs: [5 * MINUTE, 10 * MINUTE, 15 * MINUTE],
  profile: 'slim',
  warmupIntervals: 3,
};

class Tally {
  count = 0;
  private readonly name: string;
  readonly seen: Float64Array;
  readonly small: Uint8Array;

  constructor(name: string, arena: Arena) {
    this.name = name;
    this.small = arena.uint8(3, 7);
    this.seen = arena.float64(2, [1, Number.NaN]);
  }

  take(value: number): string {
    this.count += value;
    this.seen[1] = value;
    return this.name;
  }
}

const plan = planOf((arena) => ({ outer: new Tally('outer', arena), inner: { tally: new Tally('inner', arena), best: -Infinity } }));

test('resting: what a state held when it lay down, it holds when it is woken', () => {
  const states = Array.from({ length: 200 }, () => new Resting(plan));
  for (const [i, state] of states.entries()) {
    const { outer, inner } = state.awake();
    assert.deepEqual([...outer.seen, ...outer.small, inner.best], [1, Number.NaN, 7, 7, 7, -Infinity]);
    inner.best = i / 3;
    outer.take(i);
    outer.take(i);
  }
  for (const [i, state] of states.entries()) {
    const { outer, inner } = state.awake();
    assert.deepEqual([outer.count, ...outer.seen, inner.best, inner.tally.count, outer.take(0)], [2 * i, 1, i, i / 3, 0, 'outer']);
  }
});

test('resting: few states are awake, whatever their number', () => {
  let built = 0;
  const counted = planOf((arena) => ({ numbers: arena.float64(1), built: (built += 1) }));
  const states = Array.from({ length: 1_000 }, () => new Resting(counted));
  built = 0;
  for (const state of states.slice(-10)) state.awake();
  assert.equal(built, 0, 'the newest are awake');
  for (const state of states.slice(0, 900)) state.awake();
  assert.equal(built, 900, 'the others were asleep');
});

test('resting: frozen numbers are as many as the plan has, or refused', () => {
  const state = new Resting(plan);
  state.awake().outer.take(5);
  const frozen = state.freeze();
  state.awake().outer.take(1);
  assert.equal(new Resting(plan, frozen).awake().outer.count, 5);
  assert.throws(() => new Resting(plan, frozen.subarray(1)), TypeError);
});

test('resting: a forecaster that is woken for each interval gives what one that stays awake does', () => {
  const load = (i: number, tick: number): number =>
    Math.round(200 + 100 * Math.sin((2 * Math.PI * tick) / 360) + 15 * Math.sin(tick * tick + i));
  const many = Array.from({ length: 80 }, () => createForecaster(settings));
  const alone = createForecaster(settings);
  for (let tick = 0; tick < 500; tick++) for (const [i, one] of many.entries()) one.observe(tick * MINUTE, load(i, tick));
  for (let tick = 0; tick < 500; tick++) alone.observe(tick * MINUTE, load(3, tick));
  const told = (one: Forecaster | undefined): unknown => [one?.forecast(), one?.quality(), one?.weights(), one?.freeze()];
  assert.deepEqual(told(many[3]), told(alone));
});

test('resting: a model that wakes many others while it is asked costs a forecaster nothing of its state', () => {
  const withModel: ForecasterSettings = { ...settings, models: ['own'] };
  const others = Array.from({ length: 70 }, () => createForecaster(settings));
  const model = (busy: boolean): ForecastModel => ({
    task: { intervalMs: MINUTE, horizonsMs: settings.horizonsMs },
    read(_, timeMs, answers) {
      if (busy) for (const one of others) one.observe(timeMs, 1);
      answers.fill(200);
      return true;
    },
  });
  const [calm, busy] = [false, true].map((isBusy) => {
    const forecaster = createForecaster(withModel);
    forecaster.useModel('own', model(isBusy));
    // With gaps, over which one observation takes several steps.
    for (let tick = 0; tick < 200; tick++) if (tick % 10 < 7) forecaster.observe(tick * MINUTE, 200 + (tick % 17));
    return [forecaster.freeze(), forecaster.forecast()];
  });
  assert.deepEqual(busy, calm);
});

/** What the numbers of an engine are, and in which order. */
function outline(part: object): string {
  return Object.entries(part)
    .map(([field, value]) => {
      if (ArrayBuffer.isView(value)) return `${field}:${value.constructor.name}:${value.byteLength}`;
      return typeof value === 'object' && value !== null ? `${field}{${outline(value as object)}}` : `${field}:${typeof value}`;
    })
    .join();
}

test('resting: frozen numbers of this format mean what they meant', () => {
  const outlines = (['slim', 'full'] as const).map((profile) => outline(new Engine(layoutOf({ ...settings, profile }), new Arena())));
  const digest = createHash('sha256').update(outlines.join('\n')).digest('hex').slice(0, 16);
  const { format } = createForecaster(settings).freeze() as { format: number };
  assert.equal(
    `${format} ${digest}`,
    '18 8a16c19b48593559',
    'an engine of other numbers wants another FORMAT in frozen.ts, and this line renewed',
  );
});
