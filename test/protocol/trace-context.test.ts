import assert from 'node:assert/strict';
import { test } from 'node:test';
import { childTraceparent, formatTraceparent, parseTraceparent, startTraceparent } from '../../src/protocol/index.ts';

/** Numerical Recipes' generator: enough to be different and the same again. */
function counter(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('trace context: the example of the specification is read and written', () => {
  const text = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const context = parseTraceparent(text);
  assert.deepEqual(context, { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', parentId: '00f067aa0ba902b7', sampled: true });
  assert.ok(context);
  assert.equal(formatTraceparent(context), text);
});

test('trace context: invalid texts are refused', () => {
  for (const text of [
    '',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7',
    'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
    '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01',
  ])
    assert.equal(parseTraceparent(text), undefined, text);
});

test('trace context: the same randomness gives the same ids, and a child keeps the trace id', () => {
  const first = startTraceparent(counter(1));
  assert.equal(startTraceparent(counter(1)), first);
  assert.notEqual(startTraceparent(counter(2)), first);
  const parent = parseTraceparent(first);
  const child = parseTraceparent(childTraceparent(first, counter(3)));
  assert.ok(parent && child);
  assert.equal(child.traceId, parent.traceId);
  assert.notEqual(child.parentId, parent.parentId);
});

test('trace context: a child of nothing or of nonsense begins a valid trace', () => {
  for (const parent of [undefined, 'nonsense']) assert.ok(parseTraceparent(childTraceparent(parent, counter(4))));
});

test('trace context: even a generator of zeros gives a valid trace', () => {
  assert.ok(parseTraceparent(startTraceparent(() => 0)));
});
