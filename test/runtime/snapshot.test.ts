import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Packr } from 'msgpackr';
import type { Behavior } from '../../src/runtime/behavior.ts';
import { openSnapshot, sealSnapshot, type Envelope } from '../../src/runtime/snapshot.ts';

const packr = new Packr({ useRecords: false, moreTypes: true });

function behavior(version: number, upcasters: Behavior['upcasters'] = {}, kind = 'probe'): Behavior {
  const step = () => ({ state: null, handled: true, effects: [], done: false });
  return {
    kind,
    version,
    upcasters,
    snapshot: { policy: 'every-batch' },
    refuses: () => undefined,
    start: step,
    step,
    freeze: (state) => state,
    thaw: (frozen) => frozen,
    describe: () => ({}),
  };
}

const envelope = (frozen: unknown): Envelope => ({
  sequence: 12,
  lastStepMs: 1_700_000_000_000.5,
  timerVersion: 3,
  timers: ['poll', 3],
  marks: ['producer/a#1', 44],
  frozen,
});

function reasonOf(bytes: Uint8Array, reader: Behavior): string {
  const opened = openSnapshot(bytes, reader);
  assert.equal(opened.ok, false);
  return opened.ok ? '' : opened.reason;
}

test('snapshot: gives back what was sealed, typed arrays to the last bit', () => {
  const window = Float64Array.from([1.5, Number.NaN, -0, Number.MAX_VALUE]);
  const sealed = sealSnapshot(behavior(1), envelope({ window, name: 'x', nested: [{ a: null }] }));
  const opened = openSnapshot(sealed, behavior(1));
  assert.ok(opened.ok);
  assert.deepEqual(opened.envelope, envelope({ window, name: 'x', nested: [{ a: null }] }));
  assert.ok(Object.is((opened.envelope.frozen as { window: Float64Array }).window[2], -0));
});

test('snapshot: what was opened does not change when the bytes do', () => {
  const sealed = sealSnapshot(behavior(1), envelope({ window: Float64Array.from([1, 2, 3]), bytes: Buffer.from('abc') }));
  const opened = openSnapshot(sealed, behavior(1));
  sealed.fill(0);
  assert.ok(opened.ok);
  assert.deepEqual(opened.envelope.frozen, { window: Float64Array.from([1, 2, 3]), bytes: Buffer.from('abc') });
});

test('snapshot: an old one is brought to the present version, one step after the other', () => {
  const old = sealSnapshot(behavior(1), envelope({ count: 1 }));
  const steps = {
    1: (frozen: unknown) => ({ ...(frozen as object), path: '1>2' }),
    2: (frozen: unknown) => ({ ...(frozen as object), path: `${(frozen as { path: string }).path}>3` }),
  };
  const opened = openSnapshot(old, behavior(3, steps));
  assert.ok(opened.ok);
  assert.deepEqual(opened.envelope.frozen, { count: 1, path: '1>2>3' });
  const present = openSnapshot(sealSnapshot(behavior(3), envelope({ count: 2 })), behavior(3, steps));
  assert.ok(present.ok);
  assert.deepEqual(present.envelope.frozen, { count: 2 }, 'a present one is not touched');
});

test('snapshot: one that cannot be read has a reason, and never throws', () => {
  const sealed = sealSnapshot(behavior(2), envelope({}));
  assert.match(reasonOf(sealed, behavior(1)), /version 2 of probe, newer than 1/);
  assert.match(reasonOf(sealSnapshot(behavior(1), envelope({})), behavior(3, { 1: (frozen) => frozen })), /from version 2 to 3/);
  assert.match(reasonOf(sealed, behavior(2, {}, 'other')), /of kind probe, not other/);
  const failing = { 2: () => assert.fail('no such field') };
  assert.match(reasonOf(sealed, behavior(3, failing)), /cannot be read: no such field/);
  assert.match(reasonOf(packr.pack([99, 'probe']), behavior(1)), /format 99/);
  assert.match(reasonOf(packr.pack([1, 'probe', 1, 1, Number.NaN, 1, [], [], null]), behavior(1)), /misses parts/);
  assert.match(reasonOf(packr.pack([1, 'probe', 1, 1, 1, 1, 'no list', [], null]), behavior(1)), /misses parts/);
  assert.match(reasonOf(packr.pack({ format: 1 }), behavior(1)), /not an envelope/);
  for (let length = 0; length < sealed.length; length += 1) reasonOf(sealed.subarray(0, length), behavior(2));
});
