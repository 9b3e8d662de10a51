import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compare, HARM_MAX } from '../../bench/harm/compare.ts';
import { drawnDemand, seriesOf, type DrawnDemand } from '../../bench/harm/demand.ts';

/** `npm run bench -- harm` looks at 1,000. */
const RUNS = 12;

const PLAIN = { swing: 0, sharpness: 1, noise: 0, bursts: 0, height: 0, minutes: 1, scheduled: false, step: 1, stepAt: 0, seed: 0 };
/** Each once did harm, by what is said of it; all but the fourth are shrunk. */
const HARMED: Readonly<Record<string, DrawnDemand>> = {
  'one low interval of five minutes, then the load is back': { ...PLAIN, intervalMinutes: 5, hours: 12, level: 3, noise: 0.13 },
  'two jumps of two fifths in twelve hours': { ...PLAIN, intervalMinutes: 1, hours: 12, level: 3, swing: 0.17 },
  'the same, later': { ...PLAIN, intervalMinutes: 1, hours: 12, level: 9, swing: 0.3, step: 0.3 },
  'a quantile of three intervals': { ...PLAIN, intervalMinutes: 5, hours: 28, level: 8, swing: 0.38, sharpness: 5, noise: 0.04, seed: 6 },
};

for (const [name, drawn] of Object.entries(HARMED)) {
  test(`engine: not short for 1% of the time more than an HPA where it was before (${name})`, async () => {
    const { harm } = await compare(seriesOf(drawn));
    assert.ok(harm <= HARM_MAX, `${(100 * harm).toFixed(2)}%`);
  });
}

test('engine: on demand that nobody has seen it is not short for 1% of the time more than an HPA with its defaults', async () => {
  await fc.assert(
    fc.asyncProperty(drawnDemand, async (drawn) => {
      const { own, hpa, harm } = await compare(seriesOf(drawn));
      assert.ok(harm <= HARM_MAX, `${own.violationMinutes} minutes short, the HPA ${hpa.violationMinutes}`);
    }),
    { numRuns: RUNS, seed: 4 },
  );
});
