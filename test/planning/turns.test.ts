import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEAD_BAND } from '../../src/planning/dead-band.ts';
import { countTurns, deadBandOf, rescaleTurns, startTurns, type Turns } from '../../src/planning/turns.ts';

/** Up and down every so many reviews. */
const saw = (every: number) => (review: number) => 10 + (Math.floor(review / every) % 2);
const still = (): number => 10;

function play(reviews: number, own: (review: number) => number, peer: (review: number) => number, turns = startTurns(10, 10)): Turns {
  let now = turns;
  for (let review = 0; review < reviews; review += 1) now = countTurns(now, own(review), peer(review));
  return now;
}

test('turns: the dead band is at its least for a pool that turns at most half as often as an HPA', () => {
  assert.deepEqual(deadBandOf(undefined), DEAD_BAND);
  assert.deepEqual(deadBandOf(play(400, still, still)), DEAD_BAND);
  assert.deepEqual(deadBandOf(play(400, saw(5), saw(2))), DEAD_BAND);
});

test('turns: it grows for one that turns more, to twice, and comes back when the pool is calm', () => {
  const some = deadBandOf(play(12, saw(1), still));
  assert.ok(some.down > DEAD_BAND.down && some.down < 2 * DEAD_BAND.down, `${some.down}`);
  const restless = play(200, saw(1), saw(1));
  assert.deepEqual(deadBandOf(restless), { up: 0.16, down: 0.08 });
  assert.deepEqual(deadBandOf(play(200, still, saw(1), restless)), DEAD_BAND);
});

test('turns: going on in one direction is no turn, however often', () => {
  const stairs = (review: number): number => 10 + review;
  assert.deepEqual(deadBandOf(play(100, stairs, still)), DEAD_BAND);
  const downInSteps = (review: number): number => 1_000 - 3 * Math.floor(review / 2);
  assert.equal(play(100, downInSteps, still, startTurns(1_001, 10)).logWidth, 0);
});

test('turns: replicas of another size are counted anew, and what was learned stays', () => {
  const restless = play(200, saw(1), still);
  const rescaled = rescaleTurns(restless, 5, 5);
  assert.equal(rescaled.logWidth, restless.logWidth);
  assert.equal(countTurns(rescaled, 6, 5).logWidth, restless.logWidth, 'no direction is known yet');
});
