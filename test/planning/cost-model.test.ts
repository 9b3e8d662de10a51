import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { costOutline, FACTOR_BOUNDS, factorOf, followMix, startMix, weightingOf, type CostMix } from '../../src/planning/cost-mix.ts';
import { closeCosts, observeCosts, startCosts, TYPES_MAX, WIDTH, type CostModel, type CostSample } from '../../src/planning/cost-model.ts';

const MINUTE_MS = 60_000;
const START_MS = 1_700_006_400_000;

/** Draws that are the same in every run. */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function sample(minute: number, byType: Record<string, number>, cpuSeconds: number): CostSample {
  const requests = Object.values(byType).reduce((sum, one) => sum + one, 0);
  return {
    startMs: START_MS + minute * MINUTE_MS,
    intervalMs: MINUTE_MS,
    requests,
    byType: Object.fromEntries(Object.entries(byType).map(([type, one]) => [type, { requests: one }])),
    used: [cpuSeconds, requests * 1_000, requests * 500],
  };
}

const COSTS = { page: 0.005, search: 0.05, image: 0.001 };
const IDLE_CORES = 0.02;

/** Loads and mixes that change over the hours, 10% of noise, and now and then something that has nothing to do with requests. */
function run(model: CostModel, minutes: number, disturb: (minute: number, cpu: number) => number = (_, cpu) => cpu, mix?: CostMix): void {
  const draw = draws(7);
  for (let minute = 0; minute < minutes; minute += 1) {
    const load = 2_000 + 1_500 * Math.sin(minute / 97);
    const searches = 0.1 + 0.09 * Math.sin(minute / 61);
    const images = 0.4 + 0.2 * Math.sin(minute / 37);
    const byType = { page: load * (1 - searches - images), search: load * searches, image: load * images };
    const work = byType.page * COSTS.page + byType.search * COSTS.search + byType.image * COSTS.image + 60 * IDLE_CORES;
    observeCosts(model, sample(minute, byType, disturb(minute, work * (0.9 + 0.2 * draw()))));
    closeCosts(model, START_MS + minute * MINUTE_MS);
    if (mix !== undefined) followMix(mix, model);
  }
}

function costOf(model: CostModel, type: string): number {
  return costOutline(model).types.find((one) => one.type === type)?.cpuSeconds ?? Number.NaN;
}

function near(found: number, wanted: number, share: number): void {
  assert.ok(Math.abs(found - wanted) <= share * wanted, `${found}, wanted ${wanted} within ${share * 100}%`);
}

test('costs: CPU, memory and bytes of each type are found from sums', () => {
  const model = startCosts();
  run(model, 600);
  near(costOf(model, 'search'), COSTS.search, 0.1);
  near(costOf(model, 'page'), COSTS.page, 0.25);
  assert.ok(costOf(model, 'image') < 0.003, `${costOf(model, 'image')}`);
  const { types, skill } = costOutline(model);
  for (const { memoryBytes, networkBytes } of types) {
    near(memoryBytes, 1_000, 0.05);
    near(networkBytes, 500, 0.05);
  }
  assert.ok((skill ?? 0) > 0.5, `${skill}`);
});

test('costs: one minute in twenty of a tenfold CPU changes little', () => {
  const model = startCosts();
  run(model, 600, (minute, cpu) => (minute % 20 === 0 ? 10 * cpu : cpu));
  near(costOf(model, 'search'), COSTS.search, 0.3);
});

test('costs: what costs the same proves nothing, and is counted', () => {
  const model = startCosts();
  const mix = startMix();
  const draw = draws(3);
  for (let minute = 0; minute < 600; minute += 1) {
    const byType = { a: 500 + 400 * Math.sin(minute / 31), b: 500 + 400 * Math.cos(minute / 17) };
    observeCosts(model, sample(minute, byType, (byType.a + byType.b) * 0.01 * (0.9 + 0.2 * draw())));
    closeCosts(model, START_MS + minute * MINUTE_MS);
    followMix(mix, model);
  }
  assert.equal(weightingOf(mix, START_MS + 600 * MINUTE_MS, [300_000]), null);
  near(costOf(model, 'a'), costOf(model, 'b'), 0.1);
});

test('costs: a mix that is dearer than usual weighs more, as much as it costs, and only once that is proven', () => {
  const model = startCosts();
  const mix = startMix();
  run(model, 60, undefined, mix);
  assert.equal(weightingOf(mix, START_MS, [300_000]), null, 'an hour is too little');
  const later = startCosts();
  const proven = startMix();
  run(later, 600, undefined, proven);
  const weighting = weightingOf(proven, START_MS + 599 * MINUTE_MS, [300_000, 900_000]);
  assert.ok(weighting !== null);
  const [near5 = { factor: 0 }, near15 = { factor: 0 }] = weighting.ahead;
  assert.ok(near5.factor >= weighting.now && near15.factor >= near5.factor);
  const place = (type: string) => later.types.indexOf(type);
  const onlySearches = later.usual.map((_, i) => (i === place('search') ? 1 : 0));
  const onlyImages = later.usual.map((_, i) => (i === place('image') ? 1 : 0));
  assert.equal(factorOf(later, onlySearches), FACTOR_BOUNDS[1]);
  assert.ok(factorOf(later, onlyImages) < 0.8);
});

test('costs: the mix of the same time a day ago is expected again', () => {
  const mix = startMix();
  const model = startCosts();
  run(model, 600, undefined, mix);
  mix.now = 1;
  mix.profile.fill(1);
  const slotMs = 30 * MINUTE_MS;
  mix.profile[Math.floor(((START_MS + slotMs) % 86_400_000) / slotMs)] = 3;
  const from = START_MS - (START_MS % slotMs) + slotMs - 10 * MINUTE_MS;
  assert.deepEqual(
    weightingOf(mix, from, [300_000, 900_000])?.ahead.map(({ factor }) => factor),
    [1, 3],
  );
});

test('costs: a type that becomes large takes the place of the least, whose work is that of the others then', () => {
  const model = startCosts();
  const many = Object.fromEntries(Array.from({ length: TYPES_MAX + 4 }, (_, i) => [`t${i}`, i === 0 ? 1 : 100]));
  for (let minute = 0; minute < 60; minute += 1) observeCosts(model, sample(minute, many, 10));
  for (let minute = 60; minute < 120; minute += 1) observeCosts(model, sample(minute, { ...many, fresh: 5_000 }, 20));
  assert.equal(model.types.length, TYPES_MAX);
  assert.ok(model.types.includes('fresh'));
  assert.ok(!model.types.includes('t0'));
  const { types } = costOutline(model);
  assert.equal(types.length, TYPES_MAX + 1);
  near(
    types.reduce((sum, { share }) => sum + share, 0),
    1,
    0.01,
  );
});

test('costs: an interval that was closed takes nothing more, and one of few requests teaches nothing', () => {
  const model = startCosts();
  observeCosts(model, sample(1, { a: 100 }, 1));
  closeCosts(model, START_MS + MINUTE_MS);
  assert.equal(model.rows, 1);
  observeCosts(model, sample(1, { a: 100 }, 100));
  observeCosts(model, sample(0, { a: 100 }, 100));
  observeCosts(model, sample(2, { a: 1 }, 100));
  closeCosts(model, START_MS + 9 * MINUTE_MS);
  assert.equal(model.rows, 1);
});

test('costs: whatever is reported, costs stay numbers of 0 or more, the factor within bounds, and the state small', () => {
  const number = fc.oneof(
    { weight: 6, arbitrary: fc.double({ min: 0, max: 1e9, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, 1e-300) },
  );
  const one = fc.record({
    minute: fc.nat(50),
    byType: fc.dictionary(fc.oneof(fc.constantFrom('a', 'b', 'other', '__proto__', 'x'.repeat(1_000)), fc.string()), number, {
      maxKeys: 20,
    }),
    requests: number,
    used: fc.tuple(number, number, number),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 60 }), (samples) => {
      const model = startCosts();
      const mix = startMix();
      for (const { minute, byType, requests, used } of samples) {
        const types = Object.fromEntries(Object.entries(byType).map(([type, count]) => [type, { requests: count }]));
        observeCosts(model, { startMs: START_MS + minute * MINUTE_MS, intervalMs: MINUTE_MS, requests, byType: types, used });
        followMix(mix, model);
      }
      closeCosts(model, START_MS + 100 * MINUTE_MS);
      followMix(mix, model);
      for (const { costs } of model.outcomes) {
        assert.equal(costs.length, WIDTH);
        for (const cost of costs) assert.ok(cost >= 0 && Number.isFinite(cost), `${cost}`);
      }
      assert.ok(mix.now >= FACTOR_BOUNDS[0] && mix.now <= FACTOR_BOUNDS[1]);
      assert.ok(model.types.length <= TYPES_MAX && model.waiting.length <= 16);
      assert.ok(JSON.stringify({ model, mix }).length < 16_000);
    }),
    { numRuns: 300, seed: 11 },
  );
});
