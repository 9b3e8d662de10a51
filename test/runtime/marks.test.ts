import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Marks } from '../../src/runtime/marks.ts';

test('marks: take each sequence of a sender once, and none below the highest', () => {
  const marks = new Marks(8);
  assert.equal(marks.accept('a', 1, 1), true);
  assert.equal(marks.accept('a', 1, 1), false);
  assert.equal(marks.accept('a', 1, 5), true);
  assert.equal(marks.accept('a', 1, 4), false);
  assert.equal(marks.accept('b', 1, 4), true, 'another sender');
  assert.equal(marks.accept('a', 2, 1), true, 'the sender after a restart');
  assert.equal(marks.accept('a', 1, 6), true, 'what the old process still had under way');
});

test('marks: keep the sender and its incarnation apart', () => {
  const marks = new Marks(8);
  assert.equal(marks.accept('a#1', 2, 9), true);
  assert.equal(marks.accept('a', 12, 9), true);
  assert.equal(marks.accept('a', 1, 1), true);
});

test('marks: the sender that was silent longest is forgotten, whoever spoke since is not', () => {
  const marks = new Marks(2);
  marks.accept('a', 1, 5);
  marks.accept('b', 1, 5);
  marks.accept('a', 1, 6);
  marks.accept('c', 1, 5);
  assert.equal(marks.accept('a', 1, 6), false);
  assert.equal(marks.accept('c', 1, 5), false);
  assert.equal(marks.accept('b', 1, 5), true, 'forgotten');
  assert.equal(marks.freeze().length, 4);
});

test('marks: frozen and thawed at any moment they decide the same, and stay within their bound', () => {
  const message = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 12 }));
  fc.assert(
    fc.property(fc.array(message, { maxLength: 60 }), fc.nat(60), (messages, cut) => {
      let marks = new Marks(3);
      const whole = new Marks(3);
      for (const [i, one] of messages.entries()) {
        if (i === cut) marks = new Marks(3, structuredClone(marks.freeze()));
        assert.equal(marks.accept(...one), whole.accept(...one), `message ${i}`);
        assert.deepEqual(marks.freeze(), whole.freeze());
        assert.ok(whole.freeze().length <= 6);
      }
    }),
    { seed: 3, numRuns: 300 },
  );
});
