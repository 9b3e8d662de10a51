import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newRecord, noteStored, wantsSnapshot } from '../../src/runtime/actor-record.ts';
import { tallyBehavior } from './tally.ts';

test('actor record: a large snapshot is due after its messages, and not sooner than its time', () => {
  const behavior = tallyBehavior({ policy: 'seldom', everyMessages: 10, everyMs: 5_000 }, 'ledger:a');
  const record = newRecord('tally:a', behavior, '0-0', 0);
  assert.equal(wantsSnapshot(record), true, 'the beginning is stored at once');
  record.usedMs = 1_000;
  noteStored(record, true, { cursor: '1-0', consumed: 1, nowMs: 1_000 });
  const isDueAfter = (messages: number, usedMs: number): boolean =>
    wantsSnapshot(Object.assign(record, { sinceSnapshot: messages, usedMs }));
  assert.equal(isDueAfter(9, 90_000), false);
  assert.equal(isDueAfter(10, 5_999), false);
  assert.equal(isDueAfter(10, 6_000), true);
});
