/** Whatever a file holds: settings that can be used, or problems that are told; never an exception. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { DEMO_CONFIG } from '../../src/demo/config.ts';
import { settingsProblems } from '../../src/planning/index.ts';
import { parseConfig } from '../../src/config/parse.ts';

function assertSound(text: string): void {
  const parsed = parseConfig(text, 'f.yaml');
  if (parsed.ok) {
    for (const pool of parsed.settings.pools) {
      assert.deepEqual(settingsProblems(pool.planner), []);
      assert.ok(pool.horizonsMs.every((horizonMs) => horizonMs > 0 && horizonMs % pool.intervalMs === 0));
    }
    return;
  }
  assert.ok(parsed.error.problems.length > 0);
  for (const { place, wanted, found } of parsed.error.problems) assert.ok(place.startsWith('f.yaml') && wanted !== '' && found !== '');
}

test('config: random text never throws', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), assertSound), { seed: 3, numRuns: 300 });
});

test('config: a damaged config never throws', () => {
  const damage = fc.array(fc.tuple(fc.nat(DEMO_CONFIG.length), fc.nat(3), fc.string({ maxLength: 3 })), { minLength: 1, maxLength: 4 });
  const property = fc.property(damage, (edits) => {
    let text = DEMO_CONFIG;
    for (const [at, removed, added] of edits) text = text.slice(0, at) + added + text.slice(at + removed);
    assertSound(text);
  });
  fc.assert(property, { seed: 3, numRuns: 300 });
});

test('config: random values of the right shape are settings or problems', () => {
  const duration = fc.oneof(fc.constantFrom('0s', '500ms', '30s', '1m', '5m', '10m', '2h', '3d'), fc.integer({ min: -5, max: 600_000 }));
  const number = fc.oneof(fc.integer({ min: -2, max: 200 }), fc.double());
  const pool = fc.record(
    {
      capacity: fc.record({ requestsPerSecond: number, memoryBytes: fc.constantFrom('1GiB', '0B', 5) }, { requiredKeys: [] }),
      interval: duration,
      horizons: fc.array(duration, { maxLength: 4 }),
      replicas: fc.record({ min: number, max: number }, { requiredKeys: [] }),
      objective: number,
      review: duration,
      leadTime: fc.record({ p50: duration, p95: duration }),
      staleAfter: duration,
      scaleDown: fc.record({
        policies: fc.array(fc.record({ type: fc.constantFrom('Pods', 'Percent'), value: number, period: duration })),
      }),
    },
    { requiredKeys: ['capacity'] },
  );
  const property = fc.property(
    fc.dictionary(fc.constantFrom('a', 'b', 'c d'), pool),
    fc.option(number, { nil: undefined }),
    (pools, replicas) => assertSound(stringify(replicas === undefined ? { pools } : { pools, budget: { replicas } })),
  );
  fc.assert(property, { seed: 3, numRuns: 400 });
});
