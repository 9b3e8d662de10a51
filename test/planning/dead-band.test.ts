import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEAD_BAND, savesTooLittle } from '../../src/planning/dead-band.ts';

test('dead band: what would save less than 4% of the present count, or 8% when it is more, shortages included, saves too little', () => {
  const riskOf = (count: number): number => (count >= 12 ? 0 : 0.01);
  const band = DEAD_BAND;
  assert.equal(savesTooLittle({ riskOf, price: 100, band }, 25, 24), true);
  assert.equal(savesTooLittle({ riskOf, price: 100, band }, 24, 23), false);
  const priced = (price: number): boolean => savesTooLittle({ riskOf, price, band }, 10, 12);
  assert.equal(priced(279), true, 'two replicas more save short minutes that cost what 2.79 replicas do');
  assert.equal(priced(281), false);
  assert.equal(savesTooLittle({ riskOf, price: 100, band: { up: 0.16, down: 0.08 } }, 24, 22), false);
  assert.equal(savesTooLittle({ riskOf, price: 100, band: { up: 0.16, down: 0.08 } }, 24, 23), true, 'a wider band leaves more alone');
});
