import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newRecord, noteStored, type ActorRecord } from '../../src/runtime/actor-record.ts';
import { laggingOf } from '../../src/runtime/housekeeping.ts';
import { RUNTIME_DEFAULTS } from '../../src/runtime/settings.ts';
import { tallyBehavior } from './tally.ts';

const settings = { ...RUNTIME_DEFAULTS, snapshotLagMax: 1_000 };

/** Stored when the shard had consumed so many entries. */
function storedAt(consumed: number): ActorRecord {
  const record = newRecord(`tally:${consumed}`, tallyBehavior({ policy: 'seldom', everyMessages: 1_000_000 }, 'ledger:a'), '0-0', 0);
  noteStored(record, true, { cursor: '1-0', consumed, nowMs: 0 });
  return record;
}

test('housekeeping: a crowded shard writes its old snapshots in rounds, the oldest first, until none is too old', () => {
  const records = Array.from({ length: 156 }, (_, i) => storedAt((7 * i) % 156));
  const written: number[] = [];
  for (let round = 1; round <= 5; round += 1) {
    const lagging = laggingOf(records, 2_000, 0, settings);
    assert.ok(lagging.length <= 32, `${lagging.length} in one round`);
    written.push(...lagging.map(({ snapshotAt }) => snapshotAt));
    for (const record of lagging) noteStored(record, true, { cursor: '2-0', consumed: 2_000, nowMs: 0 });
  }
  assert.deepEqual(
    written,
    Array.from({ length: 156 }, (_, i) => i),
  );
  assert.deepEqual(laggingOf(records, 2_000, 0, settings), []);
});
