import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compare, HARM_MAX } from '../../bench/harm/compare.ts';
import { drawnDemand, seriesOf } from '../../bench/harm/demand.ts';

/** `npm run bench -- harm` looks at 1,000. */
const RUNS = 12;

test('engine: on demand that nobody has seen it is not short for 1% of the time more than an HPA with its defaults', async () => {
  await fc.assert(
    fc.asyncProperty(drawnDemand, async (drawn) => {
      const { own, hpa, harm } = await compare(seriesOf(drawn));
      assert.ok(harm <= HARM_MAX, `${own.violationMinutes} minutes short, the HPA ${hpa.violationMinutes}`);
    }),
    { numRuns: RUNS, seed: 4 },
  );
});
