import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newRecord, noteReplayed, noteStored, recordOf, wantsSnapshot, type ActorRecord } from '../../src/runtime/actor-record.ts';
import { tallyBehavior } from './tally.ts';

test('actor record: a large snapshot is due after its messages, and not sooner than its time', () => {
  const behavior = tallyBehavior({ policy: 'seldom', everyMessages: 10, everyMs: 5_000 }, 'ledger:a');
  const record = newRecord('tally:a', behavior, '0-0', 0);
  assert.equal(wantsSnapshot(record), true, 'the beginning is stored at once');
  record.usedMs = 1_000;
  noteStored(record, true, { cursor: '1-0', consumed: 1, nowMs: 1_000 });
  noteStored(record, true, { cursor: '2-0', consumed: 2, nowMs: 1_000 });
  const isDueAfter = (messages: number, usedMs: number): boolean =>
    wantsSnapshot(Object.assign(record, { sinceSnapshot: messages, usedMs }));
  assert.equal(isDueAfter(9, 90_000), false);
  assert.equal(isDueAfter(10, 5_999), false);
  assert.equal(isDueAfter(10, 6_000), true);
});

const EVERY = 200;
const behavior = tallyBehavior({ policy: 'seldom', everyMessages: EVERY }, 'ledger:a');

/** With how many messages each of a thousand is due first, in tenths of the interval: how many in each. */
function tenthsOf(start: (record: ActorRecord) => void, make: (address: string) => ActorRecord): readonly number[] {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 1_000; i += 1) {
    const record = make(`tally:${i}`);
    start(record);
    while (!wantsSnapshot(record)) record.sinceSnapshot += 1;
    const tenth = Math.floor((10 * (record.sinceSnapshot - 1)) / EVERY);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    noteStored(record, true, { cursor: '9-0', consumed: 9, nowMs: 0 });
    while (!wantsSnapshot(record)) record.sinceSnapshot += 1;
    assert.equal(record.sinceSnapshot, EVERY, 'from then on with each interval');
  }
  return tenths;
}

test('actor record: actors that are born together write their large snapshots at times of their own', () => {
  const born = (record: ActorRecord): void => noteStored(record, true, { cursor: '1-0', consumed: 1, nowMs: 0 });
  const tenths = tenthsOf(born, (address) => newRecord(address, behavior, '0-0', 0));
  assert.ok(
    tenths.every((count) => count > 60 && count < 140),
    tenths.join(),
  );
});

test('actor record: actors that are brought back together do, too, however many messages they had to replay', () => {
  const stored = (address: string): ActorRecord =>
    recordOf({ address, snapshotCursor: '1-0', status: { kind: 'active' }, parked: 0 }, behavior);
  const replayed = (messages: number) => (record: ActorRecord) => {
    record.sinceSnapshot = messages;
    noteReplayed(record);
  };
  const none = tenthsOf(replayed(0), stored);
  assert.ok(
    none.every((count) => count > 60 && count < 140),
    none.join(),
  );
  const half = tenthsOf(replayed(EVERY / 2), stored);
  assert.ok(
    half.every((count, tenth) => (tenth < 5 ? count === 0 : count > 150 && count < 250)),
    half.join(),
  );
});
