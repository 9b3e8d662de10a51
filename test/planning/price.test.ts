import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPriceExhausted, movePrice, priceOf, START_PRICE, type Price } from '../../src/planning/price.ts';

const MINUTE_MS = 60_000;
const DAY = 1_440;

function run(minutes: number, objective: number, isShort: (price: number, minute: number) => boolean): { price: Price; short: number } {
  let price = START_PRICE;
  let short = 0;
  for (let minute = 0; minute < minutes; minute += 1) {
    const isSo = isShort(priceOf(price, objective), minute);
    if (isSo) short += 1;
    price = movePrice(price, objective, { short: isSo, required: 10, intervalMs: MINUTE_MS });
  }
  return { price, short: short / minutes };
}

test('price: a pool whose shortage falls with the price ends at its objective', () => {
  for (const objective of [0.05, 0.01, 0.001]) {
    // Deterministic: short once every so many minutes, the rarer the dearer a shortage is.
    let owed = 0;
    const { short } = run(28 * DAY, objective, (price) => {
      owed += Math.min(0.5, 0.7 / price);
      if (owed < 1) return false;
      owed -= 1;
      return true;
    });
    assert.ok(Math.abs(short - objective) < 0.1 * objective + 0.0003, `${short} for ${objective}`);
  }
});

test('price: what cannot be reached drives the price to its bound and no further, and says so', () => {
  const { price } = run(7 * DAY, 0.01, (_, minute) => minute % 4 === 0);
  assert.equal(isPriceExhausted(price), true);
  // 20 times the load over the objective, and what a quarter of a day in shortage adds.
  assert.ok(priceOf(price, 0.01) <= (20 / 0.01) * 10 * Math.exp(1.6) + 1);
  assert.equal(isPriceExhausted(run(DAY, 0.01, () => false).price), false);
});

test('price: grows with the pool, so that a large one is not more often short than a small one', () => {
  const small = movePrice(START_PRICE, 0.01, { short: false, required: 2, intervalMs: MINUTE_MS });
  const large = movePrice(START_PRICE, 0.01, { short: false, required: 200, intervalMs: MINUTE_MS });
  assert.ok(Math.abs(priceOf(large, 0.01) / priceOf(small, 0.01) - 100) < 1);
});

test('price: shortages before a rule is followed are not held against it', () => {
  assert.equal(movePrice(START_PRICE, 0.01, { short: null, required: 5, intervalMs: MINUTE_MS }).logFactor, START_PRICE.logFactor);
});

test('price: a burst of shortages is paid back at once, and a lucky day makes it cheaper again', () => {
  const calm = run(7 * DAY, 0.01, (_, minute) => minute % 100 === 0).price;
  let price = calm;
  const play = (minutes: number, short: boolean): void => {
    for (let minute = 0; minute < minutes; minute += 1) price = movePrice(price, 0.01, { short, required: 10, intervalMs: MINUTE_MS });
  };
  play(10, true);
  const after = priceOf(price, 0.01);
  assert.ok(after > 2 * priceOf(calm, 0.01));
  play(DAY, false);
  assert.ok(priceOf(price, 0.01) < after / 2);
});
