import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../src/models/arena.ts';
import { Combiner } from '../../src/models/combiner.ts';
import { LEVELS, MEDIAN } from '../../src/models/quantile-tracker.ts';

/** Two sources that say one number at all levels; the mixture is taken to be the first. */
function teach(combiner: Combiner, said: readonly [number, number], value: number, from: number, times: number): void {
  const quantiles = Float64Array.from({ length: 2 * LEVELS }, (_, i) => said[i < LEVELS ? 0 : 1]);
  const mixture = new Float32Array(LEVELS).fill(said[0]);
  for (let i = 0; i < times; i++) combiner.learn(0, from + i, quantiles, mixture, 0, value, 1);
}

/** Weights of both sources at a level. */
function weightsOf(combiner: Combiner, level: number): readonly [number, number] {
  const weights = new Float64Array(2 * LEVELS);
  combiner.writeWeights(weights, 0);
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
