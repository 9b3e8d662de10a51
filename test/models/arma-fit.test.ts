import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitArma, isStable } from '../../src/models/arma-fit.ts';
import { fitSeries } from '../../src/models/index.ts';

function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

function gaussian(next: () => number): number {
  return Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next());
}

function simulate(n: number, seed: number, [a, b]: readonly [number, number], m: number): Float64Array {
  const next = randomSource(seed);
  const y = new Float64Array(n);
  let error = 0;
  for (let t = 0; t < n; t++) {
    const fresh = gaussian(next);
    y[t] = 10 + a * ((y[t - 1] ?? 10) - 10) + b * ((y[t - 2] ?? 10) - 10) + fresh + m * error;
    error = fresh;
  }
  return y;
}

test('arma: finds the parameters that made the series', () => {
  const model = fitArma(simulate(20_000, 3, [0.6, 0.2], 0.4));
  assert.ok(typeof model !== 'string');
  assert.ok(Math.abs(model.ar[0] - 0.6) < 0.06, `${model.ar[0]}`);
  assert.ok(Math.abs(model.ar[1] - 0.2) < 0.06, `${model.ar[1]}`);
  assert.ok(Math.abs(model.ma - 0.4) < 0.06, `${model.ma}`);
  assert.ok(Math.abs(model.mean - 10) < 0.3, `${model.mean}`);
  assert.ok(Math.abs(model.sigma - 1) < 0.03, `${model.sigma}`);
});

test('arma: missing values are bridged, not taken as zero', () => {
  const y = simulate(5_000, 5, [0.7, 0], 0).map((value, i) => (i % 50 < 10 ? Number.NaN : value));
  const model = fitArma(y);
  assert.ok(typeof model !== 'string');
  assert.ok(Math.abs(model.mean - 10) < 0.3, `${model.mean}`);
  assert.ok(Math.abs(model.sigma - 1) < 0.1, `${model.sigma}`);
});

test('arma: never diverges on a thousand odd series', () => {
  for (let seed = 1; seed <= 1_000; seed++) {
    const next = randomSource(seed);
    const n = 40 + Math.floor(next() * 160);
    const kind = seed % 6;
    let walk = 0;
    const y = Float64Array.from({ length: n }, (_, i) => {
      walk += gaussian(next);
      if (kind === 0) return walk;
      if (kind === 1) return Math.exp(3 * gaussian(next));
      if (kind === 2) return i % 7 === 0 ? 1e15 * next() : 0;
      if (kind === 3) return i * i + next();
      if (kind === 4) return next() < 0.3 ? Number.NaN : 100 * Math.sin(i) + walk;
      return (-1) ** i * (1 + 1e-9 * next());
    });
    const model = fitArma(y);
    if (typeof model === 'string') continue;
    assert.ok(isStable([...model.ar, model.ma]), `seed ${seed}`);
    assert.ok(Number.isFinite(model.mean) && Number.isFinite(model.sigma), `seed ${seed}`);
  }
});

test('arma: says why a series teaches nothing', () => {
  assert.match(String(fitArma(new Float64Array(10).fill(1))), /needs 40/);
  assert.match(String(fitArma(new Float64Array(100).fill(7))), /constant/);
  assert.match(String(fitArma(new Float64Array(100).fill(Number.NaN))), /needs 40/);
});

test('fit series: takes windows as JSON carries them, and its answer survives JSON', () => {
  const values = [...simulate(500, 9, [0.5, 0.1], 0.2)].map((value, i) => (i % 9 === 0 ? null : value));
  const model = fitSeries({ intervalMs: 60_000, startMs: 0, values });
  assert.ok(model.arma !== null);
  assert.deepEqual(JSON.parse(JSON.stringify(model)), model);
});

test('arma: waves of the day are taken where the criterion wants them, and seldom where there are none', () => {
  const times = { startMs: 0, intervalMs: 300_000 };
  const calm = Array.from({ length: 40 }, (_, i) => simulate(1_440, 7_919 * (i + 1), [0.6, 0], 0));
  const model = fitArma(
    (calm[0] as Float64Array).map((value, t) => value + 5 * Math.sin((2 * Math.PI * t) / 288)),
    times,
  );
  assert.ok(typeof model !== 'string' && model.waves !== undefined);
  assert.ok(Math.abs((model.waves[0] ?? 0) - 5) < 0.5, model.waves.join(' '));
  assert.ok(Math.abs(model.ar[0] - 0.6) < 0.08, model.ar.join(' '));
  const taken = calm.filter((values) => {
    const plain = fitArma(values, times);
    return typeof plain !== 'string' && plain.waves !== undefined;
  });
  assert.ok(taken.length <= 10, `${taken.length} of 40`);
});

test('arma: of forty series, most are fitted with the order that made them', () => {
  const orders = (ar: readonly [number, number], m: number): readonly string[] =>
    Array.from({ length: 40 }, (_, i) => {
      const model = fitArma(simulate(2_000, 7_919 * (i + 1), ar, m));
      return typeof model === 'string' ? model : `${model.ar[1] === 0 ? 1 : 2},${model.ma === 0 ? 0 : 1}`;
    });
  const share = (found: readonly string[], order: string): number => found.filter((one) => one === order).length / found.length;
  // The criterion takes one parameter too many now and then: it is made for forecasts, not for finding the truth.
  assert.ok(share(orders([0.7, 0], 0), '1,0') > 0.5);
  assert.ok(share(orders([0.5, 0.3], 0), '2,0') > 0.7);
  assert.ok(share(orders([0.7, 0], 0.4), '1,1') > 0.7);
});
