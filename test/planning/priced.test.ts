import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { QUANTILE_LEVELS } from '../../src/models/forecast.ts';
import { pricedReplicas } from '../../src/planning/priced.ts';

const values = fc
  .array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 9, maxLength: 9 })
  .map((given) => given.sort((a, b) => a - b));

/** The same rule by looking at every count: an exponential between two levels, and the last slope beyond. */
function byLooking(quantiles: readonly number[], price: number, maxReplicas: number): number {
  const chance = (count: number): number => {
    const x = count + 1e-7 * Math.max(1, count);
    let before = 0;
    let depth = 0;
    let slope = 1e9;
    for (const [i, level] of QUANTILE_LEVELS.entries()) {
      const value = Math.max(before, quantiles[i] ?? 0);
      const next = -Math.log1p(-level);
      if (i > 0 && value > before) {
        slope = (next - depth) / (value - before);
        if (x < value) return x < before ? Math.exp(-depth) : Math.exp(-(depth + slope * (x - before)));
      } else if (x < value) return 1;
      [before, depth] = [value, next];
    }
    return Math.exp(-(depth + Math.min(slope * (x - before), Math.log(1e4))));
  };
  let best = Math.ceil((quantiles[3] ?? 0) * (1 - 1e-9));
  for (let count = best; count <= maxReplicas; count += 1) {
    if (count + price * chance(count) < best + price * chance(best) - 1e-9) best = count;
  }
  return best;
}

test('priced: the count is the cheapest of all counts', () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0.1, max: 5_000, noNaN: true }), (quantiles, price) => {
      const found = pricedReplicas(QUANTILE_LEVELS, quantiles, 1, { price, maxReplicas: 200 });
      const looked = byLooking(quantiles, price, 200);
      assert.ok(found !== undefined);
      // Where the last levels are one point, the tail's slope is a convention; both must then stop at that point.
      const last = quantiles[8] ?? 0;
      if ((quantiles[7] ?? 0) < last) assert.equal(found, looked, JSON.stringify({ quantiles, price }));
      else assert.ok(found <= Math.max(looked, Math.ceil(last)), JSON.stringify({ quantiles, price, found, looked }));
    }),
    { numRuns: 500, seed: 3 },
  );
});

test('priced: a dearer shortage never buys fewer replicas', () => {
  fc.assert(
    fc.property(
      values,
      fc.double({ min: 0.1, max: 100, noNaN: true }),
      fc.double({ min: 1, max: 100, noNaN: true }),
      (quantiles, price, factor) => {
        const few = pricedReplicas(QUANTILE_LEVELS, quantiles, 1, { price, maxReplicas: 10_000 }) ?? Number.NaN;
        const many = pricedReplicas(QUANTILE_LEVELS, quantiles, 1, { price: price * factor, maxReplicas: 10_000 }) ?? Number.NaN;
        assert.ok(many >= few, `${many} under ${few}`);
      },
    ),
    { numRuns: 500, seed: 3 },
  );
});

test('priced: never under the median, and the maximum is kept', () => {
  const quantiles = [1, 2, 3, 10, 20, 40, 60, 80, 100];
  assert.equal(pricedReplicas(QUANTILE_LEVELS, quantiles, 1, { price: 1e-6, maxReplicas: 50 }), 10);
  assert.ok((pricedReplicas(QUANTILE_LEVELS, quantiles, 1, { price: 1e9, maxReplicas: 50 }) ?? 99) <= 50);
});

test('priced: a certain load is served exactly', () => {
  for (const load of [0, 3, 7.2]) {
    const quantiles = QUANTILE_LEVELS.map(() => load);
    assert.equal(pricedReplicas(QUANTILE_LEVELS, quantiles, 1, { price: 1_000, maxReplicas: 100 }), Math.ceil(load));
  }
});

test('priced: broken quantiles give no opinion', () => {
  const pricing = { price: 1, maxReplicas: 10 };
  assert.equal(pricedReplicas(QUANTILE_LEVELS, [1, 2], 1, pricing), undefined);
  assert.equal(pricedReplicas(QUANTILE_LEVELS, [...QUANTILE_LEVELS.slice(1), Number.NaN], 1, pricing), undefined);
  assert.equal(pricedReplicas([0.5, 0.4], [1, 2], 1, pricing), undefined);
});
