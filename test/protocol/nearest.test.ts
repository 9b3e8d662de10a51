import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearestOf } from '../../src/protocol/nearest.ts';

test('edit distance: insertions, deletions, replacements and swaps count one each', () => {
  for (const [a, b, distance] of [
    ['', '', 0],
    ['abc', '', 3],
    ['interval', 'intervall', 1],
    ['kitten', 'sitting', 3],
    ['replcias', 'replicas', 1],
    ['ca', 'abc', 3],
  ] as const) {
    assert.equal(editDistance(a, b), distance, `${a} ${b}`);
    assert.equal(editDistance(b, a), distance, `${b} ${a}`);
  }
});

test('nearest: a near word is found whatever its case, a far or endless one is not', () => {
  const known = ['interval', 'horizons', 'replicas'];
  assert.equal(nearestOf('Intervals', known), 'interval');
  assert.equal(nearestOf('horizon', known), 'horizons');
  assert.equal(nearestOf('colour', known), undefined);
  assert.equal(nearestOf('x'.repeat(1_000_000), known), undefined);
  assert.equal(nearestOf('', known), undefined);
});
