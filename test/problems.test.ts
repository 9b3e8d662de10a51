import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError, PROBLEMS_SHOWN_MAX, ProblemList } from '../src/problems.ts';

test('input error: lists every problem with place, wanted and found', () => {
  const error = new InputError([
    { place: 'a.csv:3', wanted: 'a number', found: '"x"' },
    { place: 'a.csv:4', wanted: 'a time after line 3', found: '60' },
  ]);
  assert.equal(error.code, 'ERR_INPUT');
  assert.equal(error.count, 2);
  assert.equal(error.message, 'a.csv:3: wanted a number, found "x"\na.csv:4: wanted a time after line 3, found 60');
});

test('problem list: is bounded and counts what it does not list', () => {
  const list = new ProblemList();
  for (let line = 0; line < 1000; line++) list.add(`a.csv:${line}`, 'a number', '"x"');
  assert.throws(
    () => list.throwIfAny(),
    (error) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.problems.length, PROBLEMS_SHOWN_MAX);
      assert.equal(error.count, 1000);
      assert.match(error.message, /and 980 more problems$/);
      return true;
    },
  );
});

test('problem list: is silent when nothing was added', () => {
  new ProblemList().throwIfAny();
});
