import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { DistinctCounter } from '../../src/producer/distinct-counter.ts';
import { HeavyHitters } from '../../src/producer/heavy-hitters.ts';
import { hashText, NameTable, OTHER } from '../../src/producer/name-table.ts';

function count(sources: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const source of sources) counts.set(source, (counts.get(source) ?? 0) + 1);
  return counts;
}

test('heavy hitters: with room for all, every count is exact', () => {
  const sketch = new HeavyHitters(16);
  const sources = Array.from({ length: 1_000 }, (_, i) => `s${Math.floor(Math.sqrt(i)) % 16}`);
  for (const source of sources) sketch.add(source, hashText(source));
  assert.deepEqual(new Map(sketch.top(99).map(({ source, requests }) => [source, requests])), new Map(count(sources)));
});

test('heavy hitters: no count is too high, and none is too low by more than requests / counters', () => {
  const counters = 8;
  fc.assert(
    fc.property(fc.array(fc.nat(40), { minLength: 1, maxLength: 600 }), fc.nat(3), (numbers, skew) => {
      const sources = numbers.map((number) => `source-${Math.floor(number / (skew + 1))}`);
      const sketch = new HeavyHitters(counters);
      for (const source of sources) sketch.add(source, hashText(source));
      const told = new Map(sketch.top(counters).map(({ source, requests }) => [source, requests]));
      const slack = sources.length / counters;
      for (const [source, exact] of count(sources)) {
        const requests = told.get(source) ?? 0;
        assert.ok(requests <= exact && requests >= exact - slack, `${source}: ${requests} of ${exact}, slack ${slack}`);
      }
    }),
    { seed: 7, numRuns: 400 },
  );
});

test('heavy hitters: those that came first do not give way to strangers', () => {
  const sketch = new HeavyHitters(64);
  for (let i = 0; i < 100_000; i += 1) {
    const source = i % 10 < 4 ? `heavy-${i % 4}` : `stranger-${i}`;
    sketch.add(source, hashText(source));
  }
  for (const { source, requests } of sketch.top(4)) {
    assert.match(source, /^heavy/);
    assert.ok(Math.abs(requests - 10_000) <= 500, `${source}: ${requests}`);
  }
});

test('heavy hitters: a cleared sketch starts from nothing', () => {
  const sketch = new HeavyHitters(4);
  for (let i = 0; i < 50; i += 1) sketch.add(`a${i}`, hashText(`a${i}`));
  sketch.clear();
  assert.deepEqual(sketch.top(4), []);
  sketch.add('b', hashText('b'));
  assert.deepEqual(sketch.top(4), [{ source: 'b', requests: 1 }]);
});

test('distinct counter: within 5% from one to a million, repeats not counted', () => {
  for (const distinct of [1, 10, 1_000, 10_000, 20_000, 100_000, 1_000_000]) {
    const counter = new DistinctCounter();
    for (let i = 0; i < distinct; i += 1) counter.add(hashText(`consumer-${i}`));
    for (let i = 0; i < Math.min(distinct, 1_000); i += 1) counter.add(hashText(`consumer-${i}`));
    const estimate = counter.estimate();
    assert.ok(Math.abs(estimate - distinct) <= 0.05 * distinct, `${estimate} of ${distinct}`);
  }
});

test('distinct counter: nothing is nothing, also once cleared', () => {
  const counter = new DistinctCounter();
  assert.equal(counter.estimate(), 0);
  counter.add(hashText('a'));
  counter.clear();
  assert.equal(counter.estimate(), 0);
});

test('name table: names keep their index until it is full, then everything new is other', () => {
  const table = new NameTable(3);
  const indexOf = (name: string): number => table.indexOf(name, hashText(name));
  const [a, b, c] = ['a', 'b', 'c'].map(indexOf);
  assert.deepEqual([a, b, c], [1, 2, 3]);
  assert.equal(indexOf('d'), OTHER);
  assert.equal(indexOf('b'), b);
  table.retain((index) => index === b);
  assert.deepEqual([indexOf('b'), indexOf('d'), table.nameOf(2)], [1, 2, 'd']);
});

test('name table: names with the same hash are told apart', () => {
  const table = new NameTable(8);
  assert.notEqual(table.indexOf('x', 5), table.indexOf('y', 5));
  assert.equal(table.nameOf(table.indexOf('y', 5)), 'y');
});

test('hash of a text: long ones with equal beginnings differ, and the bits are spread', () => {
  const prefix = 'arn:aws:iam::123456789012:role/service-role/'.padEnd(120, '-');
  const hashes = new Set(Array.from({ length: 10_000 }, (_, i) => hashText(`${prefix}${i}`)));
  assert.ok(hashes.size >= 9_998);
  const buckets = new Uint32Array(16);
  for (let i = 0; i < 16_000; i += 1) {
    const bucket = hashText(`user-${i}`) & 15;
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  for (const size of buckets) assert.ok(size > 800 && size < 1_200, String(size));
});
