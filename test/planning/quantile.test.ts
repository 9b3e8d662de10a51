import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { QUANTILE_LEVELS } from '../../src/models/forecast.ts';
import { levelFor, quantileAt } from '../../src/planning/quantile.ts';

const exponential = QUANTILE_LEVELS.map((level) => 100 - 20 * Math.log(1 - level));

test('quantile: at a level that is there, its value', () => {
  for (const [i, level] of QUANTILE_LEVELS.entries()) {
    assert.ok(Math.abs((quantileAt(QUANTILE_LEVELS, exponential, level) ?? 0) - (exponential[i] ?? 0)) < 1e-9);
  }
});

test('quantile: exact between and above the levels for an exponential tail', () => {
  for (const level of [0.3, 0.8, 0.96, 0.985, 0.995, 0.999]) {
    const exact = 100 - 20 * Math.log(1 - level);
    assert.ok(Math.abs((quantileAt(QUANTILE_LEVELS, exponential, level) ?? 0) - exact) < 1e-6, `level ${level}`);
  }
});

test('quantile: beyond the tail it stops rising, below the first level the first stands', () => {
  const at999 = quantileAt(QUANTILE_LEVELS, exponential, 0.999) ?? 0;
  assert.ok(Math.abs((quantileAt(QUANTILE_LEVELS, exponential, 0.999999) ?? 0) - at999) < 1e-9);
  assert.equal(quantileAt(QUANTILE_LEVELS, exponential, 0.01), exponential[0]);
});

test('quantile: refuses what is no quantile function', () => {
  assert.equal(quantileAt([], [], 0.5), undefined);
  assert.equal(quantileAt([0.5, 0.9], [1], 0.5), undefined);
  assert.equal(quantileAt([0.9, 0.5], [1, 2], 0.95), undefined);
  for (const bad of [Number.NaN, -1, Number.POSITIVE_INFINITY]) assert.equal(quantileAt([0.5, 0.9], [1, bad], 0.8), undefined);
});

test('quantile: never falls with the level, whatever the values', () => {
  const values = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 9, maxLength: 9 });
  const level = fc.double({ min: 0.01, max: 0.9999, noNaN: true });
  fc.assert(
    fc.property(values, level, level, (given, a, b) => {
      const low = quantileAt(QUANTILE_LEVELS, given, Math.min(a, b)) ?? Number.NaN;
      const high = quantileAt(QUANTILE_LEVELS, given, Math.max(a, b)) ?? Number.NaN;
      assert.ok(low <= high * (1 + 1e-12) + 1e-9);
    }),
    { seed: 3, numRuns: 300 },
  );
});

test('level: one minus the objective, moved in logits, within bounds', () => {
  assert.ok(Math.abs(levelFor(0.01, 0) - 0.99) < 1e-12);
  assert.ok(levelFor(0.01, 0.5) > 0.99 && levelFor(0.01, -0.5) < 0.99);
  assert.equal(levelFor(0.01, 50), 0.999);
  assert.equal(levelFor(0.01, -50), 0.5);
});
