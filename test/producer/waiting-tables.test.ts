import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaitingTables } from '../../src/producer/waiting-tables.ts';
import type { Load, Observation } from '../../src/protocol/observation.ts';

const load = (requests: number): Load => ({ requests, cpuSeconds: 0, memoryBytes: 0, networkBytes: 0 });

function observation(types: readonly string[], given: Partial<Observation> = {}): Observation {
  return {
    pool: 'shop',
    producer: 'web-1',
    intervalStartMs: 0,
    intervalMs: 1_000,
    load: load(types.length),
    byType: Object.fromEntries(types.map((type) => [type, load(1)])),
    bySource: { distinct: 0, top: [] },
    ...given,
  };
}

test('waiting tables: however many types wait, as many are told as a message may hold, the rest as `other`', () => {
  const tables = new WaitingTables();
  for (let i = 0; i < 3; i += 1) {
    const types = Array.from({ length: 800 }, (_, j) => `type ${i * 800 + j}`);
    tables.hold(tables.joined(observation(types)), 0);
  }
  const { byType } = tables.joined(observation(['__proto__', 'type 5']));
  assert.equal(Object.keys(byType).length, 1_024);
  assert.equal(byType['type 5']?.requests, 2);
  assert.equal(
    Object.values(byType).reduce((sum, { requests }) => sum + requests, 0),
    2_402,
  );
  assert.equal(byType['other']?.requests, 2_402 - 1_023 - 1);
});

test('waiting tables: room grows with the time that they wait, and nothing waits for longer than five minutes or past a goodbye', () => {
  const tables = new WaitingTables();
  assert.ok(tables.hasRoomFor(observation(['a']), 1_000));
  assert.ok(!tables.hasRoomFor(observation(['a']), 1_001));
  assert.ok(tables.hasRoomFor(observation(['a'], { final: true }), 1e9));
  tables.hold(observation(['a']), 900);
  assert.ok(tables.hasRoomFor(tables.joined(observation(['a'])), 1_100));
  assert.ok(!tables.hasRoomFor(tables.joined(observation(['a'])), 1_101));
  tables.hold(tables.joined(observation(['a'], { intervalMs: 298_000 })), 0);
  assert.ok(tables.hasRoomFor(tables.joined(observation(['a'])), 1e9));
  tables.release();
  assert.equal(tables.joined(observation(['a'])).tables, undefined);
});
