import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { StoredTimer } from '../../src/ports/bus.ts';
import { TimerTable } from '../../src/runtime/timer-table.ts';

const timer = (address: string, name: string, version: number, dueAtMs: number): StoredTimer => ({ address, name, version, dueAtMs });

test('timer table: gives what is due, earliest first, within the limit, and keeps it until it is cancelled', () => {
  const table = new TimerTable();
  for (const [i, dueAtMs] of [50, 10, 40, 20, 30].entries()) table.set(timer('a', `t${i}`, 1, dueAtMs));
  assert.equal(table.nextDueMs(), 10);
  assert.deepEqual(
    table.due(40, 3).map(({ dueAtMs }) => dueAtMs),
    [10, 20, 30],
  );
  assert.deepEqual(
    table.due(40, 99).map(({ dueAtMs }) => dueAtMs),
    [10, 20, 30, 40],
    'looking changes nothing',
  );
  for (const one of table.due(40, 99)) table.cancel(one);
  assert.equal(table.nextDueMs(), 50);
  assert.equal(table.size, 1);
});

test('timer table: a timer that is set again replaces the one before, later or sooner', () => {
  const table = new TimerTable();
  table.set(timer('a', 'poll', 1, 10));
  table.set(timer('a', 'poll', 2, 30));
  assert.deepEqual(table.due(20, 9), []);
  table.set(timer('a', 'poll', 3, 5));
  assert.deepEqual(
    table.due(40, 9).map(({ version }) => version),
    [3],
  );
  assert.equal(table.size, 1);
});

test('timer table: an old cancellation does not take a newer timer away', () => {
  const table = new TimerTable();
  table.set(timer('a', 'poll', 7, 10));
  table.cancel(timer('a', 'poll', 6, 0));
  assert.equal(table.size, 1);
  table.cancel(timer('b', 'poll', 9, 0));
  assert.equal(table.size, 1, 'of another actor');
  table.cancel(timer('a', 'poll', 7, 0));
  assert.equal(table.nextDueMs(), undefined);
});

test('timer table: is empty after it was cleared', () => {
  const table = new TimerTable();
  table.set(timer('a', 'poll', 1, 10));
  table.clear();
  assert.deepEqual([table.size, table.nextDueMs(), table.due(99, 9).length], [0, undefined, 0]);
});

test('timer table: keeps the order when far more timers were replaced than there are', () => {
  const table = new TimerTable();
  const last = new Map<string, number>();
  for (let version = 1; version <= 2_000; version += 1) {
    const dueAtMs = (version * 7_919) % 1_009;
    table.set(timer('a', `t${version % 40}`, version, dueAtMs));
    last.set(`t${version % 40}`, dueAtMs);
  }
  assert.deepEqual(
    table.due(2_000, 99).map(({ dueAtMs }) => dueAtMs),
    [...last.values()].toSorted((a, b) => a - b),
  );
});

/** Against the simplest thing that is right: a map that is sorted when asked. Enough of them that the heap is swept. */
test('timer table: says the same as a sorted list, whatever is set and cancelled', () => {
  const step = fc.record({
    what: fc.constantFrom('set', 'set', 'set', 'set', 'cancel', 'due'),
    address: fc.constantFrom('a', 'b', 'c'),
    name: fc.constantFrom('x', 'y', 'z'),
    at: fc.nat(1_000),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 300, maxLength: 900, size: 'max' }), (steps) => {
      const table = new TimerTable();
      const model = new Map<string, StoredTimer>();
      for (const [version, { what, address, name, at }] of steps.entries()) {
        const key = `${address} ${name}`;
        if (what === 'set') {
          const one = timer(address, name, version, at);
          table.set(one);
          model.set(key, one);
        } else if (what === 'cancel') {
          table.cancel(timer(address, name, version, at));
          model.delete(key);
        } else {
          const due = [...model.values()].filter(({ dueAtMs }) => dueAtMs <= at).map(({ dueAtMs }) => dueAtMs);
          assert.deepEqual(
            table.due(at, 5).map(({ dueAtMs }) => dueAtMs),
            due.toSorted((a, b) => a - b).slice(0, 5),
          );
        }
        assert.equal(table.size, model.size);
      }
      const dues = [...model.values()].map(({ dueAtMs }) => dueAtMs);
      assert.equal(table.nextDueMs(), dues.length === 0 ? undefined : Math.min(...dues));
    }),
    { seed: 4, numRuns: 60 },
  );
});
