import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../src/models/arena.ts';
import { LEVELS } from '../../src/models/quantile-tracker.ts';
import { Stacking } from '../../src/models/stacking.ts';

/** The mixture says 100 at every level; the two experts are 2 and 0 typical errors away from it. */
const outlook = { points: Float32Array.of(120, 100), at: 0, median: 100, spread: 10, unit: 1 };

function moved(stacking: Stacking): Float64Array {
  const quantiles = new Float64Array(LEVELS).fill(100);
  stacking.move(0, quantiles, outlook);
  return quantiles;
}

function teach(stacking: Stacking, value: number, times: number): void {
  for (let i = 0; i < times; i++) stacking.learn(0, value, Float32Array.from(moved(stacking)), 0, outlook, 1);
}

test('stacking: says what the mixture cannot: a value that comes back from beyond its sources', () => {
  const stacking = new Stacking(1, 2, new Arena());
  assert.deepEqual(
    [...moved(stacking)],
    Array.from({ length: LEVELS }, () => 100),
  );
  teach(stacking, 98, 10_000);
  for (const quantile of moved(stacking).subarray(1, 5)) assert.ok(Math.abs(quantile - 98) < 0.25, `${quantile}`);
});

test('stacking: moves no level by more than a quarter of a typical error, and nothing while no error is known', () => {
  const stacking = new Stacking(1, 2, new Arena());
  teach(stacking, 1e9, 20_000);
  for (const quantile of moved(stacking)) assert.ok(quantile <= 102.5, `${quantile}`);
  const quantiles = new Float64Array(LEVELS).fill(100);
  stacking.move(0, quantiles, { ...outlook, spread: 0 });
  assert.deepEqual(
    [...quantiles],
    Array.from({ length: LEVELS }, () => 100),
  );
});
