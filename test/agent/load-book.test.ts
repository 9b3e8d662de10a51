import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CounterBook } from '../../src/agent/counter-book.ts';
import { LoadBook } from '../../src/agent/load-book.ts';
import type { Observation } from '../../src/protocol/observation.ts';

const book = (): { readonly told: Observation[]; readonly book: LoadBook } => {
  const told: Observation[] = [];
  return { told, book: new LoadBook({ pool: 'web', intervalMs: 1_000, emit: (observation) => void told.push(observation) }) };
};
const outline = (told: readonly Observation[]) => told.map(({ intervalStartMs, load }) => [intervalStartMs, load.requests]);

test('load book: spreads what happened over the intervals of its span, and tells those that were watched whole', () => {
  const { told, book: one } = book();
  one.watch('a', 9_500, 9_500);
  one.add('a', 9_500, 11_500, 'GET', { requests: 20, cpuSeconds: 2 });
  one.watch('a', 9_500, 11_500);
  assert.deepEqual(outline(told), [[10_000, 10]], 'the second before was watched in part, the one after is open');
  one.add('a', 11_500, 12_000, 'GET', { requests: 4 });
  one.watch('a', 11_500, 12_000);
  assert.deepEqual(outline(told), [
    [10_000, 10],
    [11_000, 9],
  ]);
  assert.deepEqual(told[0]?.byType, { GET: { requests: 10, cpuSeconds: 1, memoryBytes: 0, networkBytes: 0 } });
});

test('load book: an idle producer tells zeros as long as it is watched, and nothing of a gap', () => {
  const { told, book: one } = book();
  for (let atMs = 10_000; atMs <= 13_000; atMs += 1_000) one.watch('a', atMs - 1_000, atMs);
  assert.deepEqual(outline(told), [
    [9_000, 0],
    [10_000, 0],
    [11_000, 0],
    [12_000, 0],
  ]);
  told.length = 0;
  one.add('a', 13_000, 20_000, '', { requests: 7_000 });
  one.watch('a', 13_000, 20_000);
  one.watch('a', 20_000, 22_000);
  assert.deepEqual(outline(told), [
    [20_000, 0],
    [21_000, 0],
  ]);
});

test('load book: whatever the spans, everything that fell into told intervals is told once', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 2_500 }), fc.nat(100)), { minLength: 1, maxLength: 80 }), (spans) => {
      const { told, book: one } = book();
      let atMs = 0;
      let added = 0;
      for (const [lengthMs, requests] of spans) {
        one.add('a', atMs, atMs + lengthMs, '', { requests });
        one.watch('a', atMs, atMs + lengthMs);
        atMs += lengthMs;
        added += requests;
      }
      // Closes the last one.
      one.watch('a', atMs, Math.ceil(atMs / 1_000) * 1_000);
      const sum = told.reduce((total, { load }) => total + load.requests, 0);
      assert.ok(Math.abs(sum - added) < 1e-6 * (1 + added), `${sum} of ${added}`);
      assert.deepEqual(
        told.map(({ intervalStartMs }) => intervalStartMs),
        told.map((_, i) => i * 1_000),
      );
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('load book: more producers and types than there may be are bounded', () => {
  const { told, book: one } = book();
  for (let i = 0; i < 10_050; i += 1) one.watch(`p${i}`, 0, 500);
  assert.equal(one.producers.length, 10_000);
  assert.equal(one.refused, 50);
  for (let i = 0; i < 500; i += 1) one.add('p1', 0, 500, `t${i}`, { requests: 1 });
  one.watch('p1', 500, 1_000);
  const types = told[0]?.byType ?? {};
  assert.equal(Object.keys(types).length, 65);
  assert.equal(types['other']?.requests, 436);
  assert.equal(told[0]?.load.requests, 500);
});

test('counter book: increases, resets and new series, as Prometheus reads them', () => {
  const counters = new CounterBook();
  assert.equal(counters.increase('a', 100, false), 0, 'nothing is known of the first value');
  assert.equal(counters.increase('a', 130, false), 30);
  assert.equal(counters.increase('a', 12, false), 12, 'started anew');
  assert.equal(counters.increase('b', 5, true), 5, 'it was not there before');
  for (const odd of [Number.NaN, -1, Number.POSITIVE_INFINITY]) assert.equal(counters.increase('a', odd, false), 0);
  assert.equal(counters.increase('a', 13, false), 1, 'odd values change nothing');
});

test('counter book: is bounded, and forgets what was not read for long', () => {
  const counters = new CounterBook(3);
  for (const key of ['a', 'b', 'c', 'd', 'd']) counters.increase(key, 1, true);
  assert.deepEqual([counters.size, counters.refused], [3, 2]);
  for (let round = 0; round < 3_000; round += 1) {
    counters.increase('a', round, false);
    counters.endRound();
  }
  assert.equal(counters.size, 1);
  assert.equal(counters.increase('d', 7, true), 7);
});
