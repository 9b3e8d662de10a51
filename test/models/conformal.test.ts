import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../src/models/arena.ts';
import { Conformal } from '../../src/models/conformal.ts';
import { layoutOf } from '../../src/models/layout.ts';
import { BINS } from '../../src/models/level-bins.ts';
import { LEVELS, TAU } from '../../src/models/quantile-tracker.ts';
import { ASINH, RAW, SPACES, toSpace } from '../../src/models/space.ts';
import { createGaussian } from './gaussian.ts';

const MINUTE_MS = 60_000;
const UNIT = 100;
const LEVEL = 100;
/** A hundredth of the level: far less than the quarter that errors are taken for before any is known. */
const DEVIATION = 1;

/** The largest q99 of all sources after so many errors, in standard deviations above the level; every bin is met in turn. */
function* widestQ99(errors: number, profile: 'slim' | 'full'): Generator<number> {
  const layout = layoutOf({ intervalMs: 5 * MINUTE_MS, horizonsMs: [5 * MINUTE_MS], profile, warmupIntervals: 3 });
  const experts = layout.experts.length;
  const conformal = new Conformal(layout, new Arena());
  const gaussian = createGaussian(7);
  const both = (value: number): [number, number] => [toSpace(RAW, value, UNIT), toSpace(ASINH, value, UNIT)];
  const [raw, bent] = both(LEVEL);
  const points = Float64Array.from({ length: SPACES * experts }, (_, i) => (i < experts ? raw : bent));
  const sizes = new Float32Array(layout.sizedSpaces.length * experts);
  const origin = { points: Float32Array.from(points), at: 0, sizes, sizesAt: 0 };
  const quantiles = new Float64Array(layout.makers.length * experts * LEVELS);
  for (let count = 0; count < errors; count += 1) {
    const bin = count % BINS;
    conformal.writeSizes(sizes, 0, layout, 0, count, points, 1);
    conformal.learn(layout, 0, count, bin, origin, both(LEVEL + DEVIATION * gaussian()), true, 1);
    conformal.writeSizes(sizes, 0, layout, 0, count + 1, points, 1);
    conformal.writeQuantiles(quantiles, layout, 0, bin, origin, { unit: UNIT, low: 0, high: 1e6, rhythm: 1 });
    const q99 = quantiles.filter((_, i) => i % LEVELS === TAU.length - 1);
    yield (Math.max(...q99) - LEVEL) / DEVIATION;
  }
}

for (const profile of ['slim', 'full'] as const) {
  test(`conformal: ${profile}, quantiles of the level bins begin as wide as errors are, not as wide as the first was thought to be`, () => {
    const widest = [...widestQ99(600, profile)];
    for (const [count, wide] of widest.entries()) {
      // q99 of a normal distribution lies at 2.3; tails of what 20 errors tell lie farther out, and of the first few anywhere.
      if (count >= 20) assert.ok(wide > 1 && wide < 12, `${wide.toFixed(1)} standard deviations after ${count + 1} errors`);
      if (count >= 400) assert.ok(wide < 6, `${wide.toFixed(1)} standard deviations after ${count + 1} errors`);
    }
  });
}
