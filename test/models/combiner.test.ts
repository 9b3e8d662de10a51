import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../src/models/arena.ts';
import { Combiner } from '../../src/models/combiner.ts';
import { LEVELS, MEDIAN } from '../../src/models/quantile-tracker.ts';

/** Two sources that say one number at all levels; the mixture is taken to be the first. */
function teach(combiner: Combiner, said: readonly [number, number], value: number, from: number, times: number, overlap = 1): void {
  const quantiles = Float64Array.from({ length: 2 * LEVELS }, (_, i) => said[i < LEVELS ? 0 : 1]);
  const mixture = new Float32Array(LEVELS).fill(said[0]);
  for (let i = 0; i < times; i++) combiner.learn(0, from + i, quantiles, mixture, 0, value, 1, overlap);
}

/** Weights of both sources at a level. */
function weightsOf(combiner: Combiner, level: number, overlap = 1): readonly [number, number] {
  const weights = new Float64Array(2 * LEVELS);
  combiner.writeWeights(weights, 0, overlap);
  return [weights[level] ?? 0, weights[LEVELS + level] ?? 0];
}

/** The first source is right and the second far off for a day of five-minute values; then it is the other way round. */
function afterTheTurn(times: number): Combiner {
  const combiner = new Combiner(1, 1, 2, 0, new Arena());
  teach(combiner, [99, 101], 100, 1, 288);
  teach(combiner, [99, 40], 100, 289, 288);
  teach(combiner, [103, 101], 100, 577, times);
  return combiner;
}

test('combiner: a source that was far off for a day is heard again, at the median, within a day of being right', () => {
  const [first, second] = weightsOf(afterTheTurn(200), MEDIAN);
  assert.ok(second > first, `${first} and ${second}`);
});

test('combiner: above the median, where bursts decide, who was far off is not forgiven', () => {
  const [first, second] = weightsOf(afterTheTurn(200), LEVELS - 1);
  assert.ok(first > second, `${first} and ${second}`);
});

/** The mixture is 1 too low, as the first source is; the second is 2 too high. */
function afterOneSide(overlap: number): readonly [number, number] {
  const combiner = new Combiner(1, 1, 2, 0, new Arena());
  teach(combiner, [99, 102], 100, 1, 100, overlap);
  return weightsOf(combiner, MEDIAN, overlap);
}

test('combiner: a source that mends the mixture is listened to, though it is farther off', () => {
  const [first, second] = afterOneSide(1);
  assert.ok(second > first, `${first} and ${second}`);
});

test('combiner: where targets overlap, a mixture that is wrong for a while is not mended by who is farther off', () => {
  const [first, second] = afterOneSide(15);
  assert.ok(first > second, `${first} and ${second}`);
});

test('combiner: what overlaps moves weights less', () => {
  const combiner = new Combiner(1, 1, 2, 0, new Arena());
  teach(combiner, [100, 101], 100.1, 1, 20, 15);
  const [, alone] = weightsOf(combiner, MEDIAN, 1);
  const [, overlapped] = weightsOf(combiner, MEDIAN, 15);
  assert.ok(overlapped > alone, `${overlapped} and ${alone}`);
});
