import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movePrice, priceOf, START_PRICE } from '../../src/planning/price.ts';
import {
  climb,
  LADDER_PRICES,
  priceTold,
  rescaleLadder,
  startLadder,
  type LadderSight,
  type PriceLadder,
} from '../../src/planning/price-ladder.ts';

const MINUTE_MS = 60_000;
const DAY = 1_440;

function sight(minute: number, need: number, counts: readonly (number | null)[]): LadderSight {
  const bounds = { minReplicas: 1, maxReplicas: 1_000 };
  return { startMs: minute * MINUTE_MS, intervalMs: MINUTE_MS, need, counts, leadMs: 0, holdMs: 0, ...bounds };
}

/** Calm at ten replicas; once in every so many minutes it needs what an exponential tail gives: deterministic, the deeper the rarer. */
const needAt = (minute: number): number => 10 + Math.log((DAY + 0.5) / (((minute * 619) % DAY) + 0.5));
/** What is right for that tail, which nobody sees coming: the count is exceeded with a chance of one in the price. */
const countFor = (price: number): number => 10 + Math.max(0, Math.ceil(Math.log(price)));
const COUNTS = LADDER_PRICES.map(countFor);

function play(minutes: number, counts: readonly (number | null)[] = COUNTS, ladder: PriceLadder = startLadder(10, 0)): PriceLadder {
  let now = ladder;
  for (let minute = 0; minute < minutes; minute += 1) now = climb(now, sight(minute, needAt(minute), counts));
  return now;
}

test('price ladder: the price that is told is short for the objective’s share of time', () => {
  const ladder = play(14 * DAY);
  for (const objective of [0.05, 0.01, 0.003]) {
    const { price, weight } = priceTold(ladder, objective, MINUTE_MS) ?? assert.fail();
    assert.equal(weight, 1);
    let short = 0;
    for (let minute = 0; minute < DAY; minute += 1) if (needAt(minute) > countFor(price)) short += 1;
    // A count is a whole number, and one replica fewer is short e times as often.
    assert.ok(Math.abs(Math.log(short / DAY / objective)) <= 1.05, `${short / DAY} for ${objective} at ${price}`);
  }
});

test('price ladder: tells nothing before a day was judged, and judges nobody without a forecast', () => {
  assert.equal(priceTold(play(DAY), 0.01, MINUTE_MS), undefined);
  assert.equal(priceTold(play(DAY + 1), 0.01, MINUTE_MS)?.weight, 0);
  assert.equal(priceTold(play(4 * DAY + 1), 0.01, MINUTE_MS)?.weight, 0.5);
  const blind = play(2 * DAY, [null, ...COUNTS.slice(1)]);
  assert.deepEqual([blind.judgedMs, priceTold(blind, 0.01, MINUTE_MS)], [0, undefined]);
});

test('price ladder: the fewer shortages it has seen, the more it allows for luck', () => {
  const priceAfter = (days: number, objective: number): number => priceTold(play(days * DAY), objective, MINUTE_MS)?.price ?? assert.fail();
  // The same share of every day is short.
  for (const objective of [0.01, 0.003]) assert.ok(priceAfter(3, objective) > 1.01 * priceAfter(14, objective), `${objective}`);
});

test('price ladder: an interval that was told again is judged once', () => {
  const ladder = play(10);
  assert.equal(climb(ladder, sight(9, 1e6, COUNTS)), ladder);
});

test('price ladder: an objective that no price keeps is told the last one, and the price stays within its bound', () => {
  const ladder = play(
    8 * DAY,
    LADDER_PRICES.map(() => 5),
  );
  const told = priceTold(ladder, 0.01, MINUTE_MS) ?? assert.fail();
  assert.equal(told.price, LADDER_PRICES.at(-1));
  const price = movePrice(START_PRICE, 0.01, { short: true, required: 10, intervalMs: MINUTE_MS }, told);
  assert.ok(priceOf(price, 0.01) <= (20 / 0.01) * 10 * Math.exp(0.4) + 1);
});

test('price ladder: a rung leaves its count alone where the pool would, but not for the load of the moment', () => {
  const rests = (): boolean => true;
  const still = climb(play(1), { ...sight(1, 10, COUNTS), rests });
  assert.deepEqual(still.targets, play(1).targets);
  assert.ok(climb(play(1), { ...sight(1, 40, COUNTS), rests }).targets.every((count) => count >= 40));
});

test('price ladder: counts in replicas of another size after a resize', () => {
  const half = rescaleLadder(play(100), 0.5);
  assert.deepEqual(
    half.targets,
    play(100).targets.map((count) => Math.ceil(count / 2)),
  );
  assert.equal(half.plants[0]?.requested, Math.ceil((play(100).plants[0]?.requested ?? 0) / 2));
});

test('price: for a price that the ladder had a part in, it is corrected by that part', () => {
  const corrected = (weight: number): number => {
    const interval = { short: false, required: 10, intervalMs: MINUTE_MS };
    return movePrice(START_PRICE, 0.01, interval, { price: 100, weight }).correction ?? assert.fail();
  };
  assert.ok(corrected(1) < 0);
  assert.ok(Math.abs(corrected(0.25) - corrected(1) / 4) < 1e-12);
  assert.ok(corrected(0) === 0);
});

test('price: what the ladder tells is corrected by the pool’s own shortages, within bounds', () => {
  let price = START_PRICE;
  const live = (minutes: number, isShort: (minute: number) => boolean): number => {
    for (let minute = 0; minute < minutes; minute += 1)
      price = movePrice(price, 0.01, { short: isShort(minute), required: 10, intervalMs: MINUTE_MS }, { price: 100, weight: 1 });
    return priceOf(price, 0.01);
  };
  const met = live(7 * DAY, (minute) => minute % 100 === 0);
  assert.ok(Math.abs(met / 100 - 1) < 0.1, `${met}`);
  const dear = live(28 * DAY, (minute) => minute % 50 === 0);
  assert.ok(dear > 2 * met && dear < 100 * Math.exp(1.5 + 0.2), `${dear}`);
});
