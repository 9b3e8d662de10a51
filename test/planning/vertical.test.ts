import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { explain, replay } from '../../src/planning/explain.ts';
import type { VerticalInput } from '../../src/planning/inputs.ts';
import { plan } from '../../src/planning/plan.ts';
import { settingsProblems } from '../../src/planning/settings.ts';
import type { ReplicaSize } from '../../src/protocol/resource.ts';
import { VERTICAL_DEFAULTS, type VerticalRules } from '../../src/planning/vertical-rules.ts';
import { wishOf } from '../../src/planning/vertical.ts';
import { AT_MS, inputs, report, requests, settings } from './inputs.ts';

const GB = 1e9;
const size = (cores: number, gigabytes: number): ReplicaSize => ({ cpuMillicores: 1_000 * cores, memoryBytes: gigabytes * GB });
const rules: VerticalRules = {
  ...VERTICAL_DEFAULTS,
  size: size(1, 2),
  sizes: [size(0.5, 1), size(2, 4)],
  prices: { core: 1, memoryGB: 0.1, replica: 1 },
};
const HOUR_MS = 3_600_000;

function sizing(given: Partial<VerticalRules> = {}, vertical: Partial<VerticalInput> = {}) {
  const known = { peakMemoryBytes: GB, wished: null, ...vertical };
  return plan(inputs({ vertical: known }), settings({ vertical: { ...rules, ...given } })).plan.sizing;
}

test('vertical: without rules nothing is told, and the count does not depend on them', () => {
  const plain = plan(inputs(), settings()).plan;
  assert.equal(plain.sizing, undefined);
  const { sizing: _sizing, ...rest } = plan(inputs(), settings({ vertical: rules })).plan;
  assert.deepEqual(rest, plain);
});

test('vertical: the cheapest number and size by the prices', () => {
  const dearReplicas = sizing();
  assert.deepEqual([dearReplicas?.replicas, dearReplicas?.cpuMillicores, dearReplicas?.present.replicas], [5, 2_000, 10]);
  assert.equal(dearReplicas?.costPerHour, 5 * (1 + 2 + 0.4));
  assert.equal(dearReplicas?.present.costPerHour, 10 * (1 + 1 + 0.2));
  const exact = sizing({ prices: { core: 1, memoryGB: 0, replica: 0 }, savingMin: 0 }, { peakMemoryBytes: 0.5 * GB });
  assert.equal(exact?.costPerHour, 10, 'ten cores, whatever they are in');
});

test('vertical: memory is never under the measured peak and the margin, nor under what there is while it is not measured', () => {
  const cheapMemory = { sizes: [size(1, 1), size(1, 1.1), size(1, 1.5)], prices: { core: 0, memoryGB: 1, replica: 0 } };
  assert.equal(sizing(cheapMemory)?.memoryBytes, 1.5 * GB);
  assert.equal(sizing({ ...cheapMemory, memoryMargin: 0.1 })?.memoryBytes, 1.1 * GB);
  assert.equal(sizing(cheapMemory, { peakMemoryBytes: null })?.memoryBytes, 2 * GB);
  assert.equal(
    sizing({ sizes: [size(2, 2)] }, { peakMemoryBytes: 1.5 * GB })?.cpuMillicores,
    1_000,
    'twice the work takes twice the memory',
  );
});

test('vertical: a change is advised when every plan of an hour has come to it, and at once where memory is too small', () => {
  assert.equal(sizing()?.advised, false);
  const wished = { size: size(2, 4), sinceMs: AT_MS - HOUR_MS };
  assert.equal(sizing({}, { wished })?.advised, true);
  assert.equal(sizing({}, { wished: { ...wished, sinceMs: AT_MS - HOUR_MS + 1 } })?.advised, false);
  assert.equal(sizing({}, { wished: { size: size(0.5, 1), sinceMs: AT_MS - HOUR_MS } })?.advised, false, 'another size until now');
  assert.deepEqual(wishOf(sizing({}, { wished }), rules.size), wished);
  assert.equal(wishOf(sizing({ sizes: [size(1, 4)] }), rules.size), null);
  const tooSmall = sizing({ sizes: [size(1, 4)] }, { peakMemoryBytes: 1.9 * GB });
  assert.equal(tooSmall?.advised, true);
  assert.match(tooSmall?.sentence ?? '', /present size is too small: a replica had at most 1.9 GB/);
  assert.match(sizing({}, { peakMemoryBytes: 40 * GB })?.sentence ?? '', /^No size holds the memory that is needed/);
});

test('vertical: what saves less than a tenth is left alone, and so is what needs more replicas than there may be', () => {
  assert.equal(sizing({ sizes: [size(1, 1.9)] })?.advised, false);
  assert.equal(sizing({ sizes: [size(1, 1.9)] })?.memoryBytes, 2 * GB);
  const few = settings({
    vertical: { ...rules, sizes: [size(0.5, 2)], prices: { core: 1, memoryGB: 0, replica: 0 }, savingMin: 0 },
    maxReplicas: 10,
  });
  assert.equal(plan(inputs({ vertical: { peakMemoryBytes: GB, wished: null } }), few).plan.sizing?.cpuMillicores, 1_000);
});

test('vertical: the record replays and says it', () => {
  const made = settings({ vertical: rules });
  const given = inputs({ vertical: { peakMemoryBytes: GB, wished: { size: size(2, 4), sinceMs: AT_MS - HOUR_MS } } });
  const decision = { plan: plan(given, made).plan, inputs: given, settings: made, action: null };
  assert.ok(replay(decision).same);
  assert.match(explain(decision), /Sizes: 5 replicas of 2000 millicores and 4 GB in the place of 10 replicas/);
  assert.ok(JSON.stringify(decision).length < 8_192);
});

test('vertical: rules that cannot be are refused', () => {
  const problemsWith = (given: Partial<VerticalRules>) => settingsProblems(settings({ vertical: { ...rules, ...given } }));
  assert.deepEqual(problemsWith({}), []);
  assert.match(problemsWith({ prices: { core: -1, memoryGB: 0, replica: 1 } }).join(), /vertical.prices.core must be 0 or more, got -1/);
  assert.match(problemsWith({ prices: { core: 0, memoryGB: 0, replica: 0 } }).join(), /one of the prices must be above 0/);
  assert.match(problemsWith({ sizes: [] }).join(), /1 to 8 sizes/);
  assert.match(problemsWith({ size: size(0, 1) }).join(), /sizes must be above 0/);
});

test('vertical: whatever is asked for, what is told fits, serves, keeps the bounds, and costs no more than the present', () => {
  const anySize = fc.record({ cpuMillicores: fc.integer({ min: 50, max: 16_000 }), memoryBytes: fc.integer({ min: 1e7, max: 64e9 }) });
  const price = fc.double({ min: 0, max: 10, noNaN: true });
  const drawn = fc.record({
    size: anySize,
    sizes: fc.array(anySize, { minLength: 1, maxLength: 8 }),
    prices: fc.record({ core: price, memoryGB: price, replica: fc.double({ min: 0.01, max: 10, noNaN: true }) }),
    memoryMargin: fc.double({ min: 0, max: 2, noNaN: true }),
  });
  const load = fc.double({ min: 0, max: 1e5, noNaN: true });
  const memory = fc.option(fc.double({ min: 1e6, max: 64e9, noNaN: true }), { nil: null });
  fc.assert(
    fc.property(drawn, load, load, memory, (given, now, peak, peakMemoryBytes) => {
      const vertical = { ...VERTICAL_DEFAULTS, ...given };
      const made = settings({ vertical, maxReplicas: 200 });
      const known = inputs({ vertical: { peakMemoryBytes, wished: null }, report: report([requests(now, [peak, peak, peak])]) });
      const told = plan(known, made).plan.sizing;
      assert.ok(told !== undefined);
      const isPresent = told.cpuMillicores === given.size.cpuMillicores && told.memoryBytes === given.size.memoryBytes;
      if (isPresent) return;
      const times = told.cpuMillicores / given.size.cpuMillicores;
      assert.ok(told.replicas >= made.minReplicas && told.replicas <= 200);
      assert.ok(told.replicas * 100 * times >= now * (1 - 1e-6), 'it serves the load');
      const least = peakMemoryBytes === null ? given.size.memoryBytes : peakMemoryBytes * (1 + given.memoryMargin);
      assert.ok(told.memoryBytes >= least * Math.max(1, times) * (1 - 1e-9));
      const presentFits = peakMemoryBytes === null || given.size.memoryBytes >= least;
      if (presentFits) assert.ok(told.costPerHour <= told.present.costPerHour * 0.9 * (1 + 1e-5));
    }),
    { numRuns: 400, seed: 17 },
  );
});
