import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAnswer } from '../../../src/adapters/external/answer.ts';
import { targetError } from '../../../src/ports/target.ts';

const said = (value: unknown) => readAnswer({ ok: true, text: typeof value === 'string' ? value : JSON.stringify(value) }, 'scaler');
const failure = (value: unknown): string => {
  const answer = said(value);
  return answer.ok ? 'ok' : `${answer.error.code} ${answer.error.message}`;
};

test('answer: a state is taken, unknown keys are let be', () => {
  const answer = said({ requestedReplicas: 3, readyReplicas: 2, color: 'blue' });
  assert.equal(answer.ok && answer.told.readyReplicas, 2);
});

test('answer: what is wrong is told with place, wanted and found', () => {
  assert.match(failure({ requestedReplicas: -1 }), /^broken-answer scaler: answer\.requestedReplicas: wanted .*, found -1/);
  assert.match(failure({}), /requestedReplicas: wanted .*, found nothing/);
  assert.match(failure({ requestedReplicas: 2.5, readyReplicas: 'many' }), /found 2\.5; answer\.readyReplicas: wanted .*, found "many"/);
  assert.match(failure('{"requested'), /^broken-answer scaler: the answer is no JSON/);
  assert.match(failure([]), /^broken-answer/);
  assert.match(failure({ error: { code: 'odd', message: 'x' } }), /answer\.error\.code: wanted one of superseded, .*, found "odd"/);
});

test('answer: a refusal says what the other side said, also where the way there says failure', () => {
  const failed = targetError('unknown-outcome', 'scaler: it exited with code 1');
  const refused = readAnswer({ ...failed, text: '{"error":{"code":"quota","message":"no more cores","retryAfterMs":5000}}' }, 'scaler');
  assert.deepEqual(refused, targetError('quota', 'scaler: no more cores', { retryAfterMs: 5_000 }));
  assert.deepEqual(readAnswer({ ...failed, text: 'Traceback' }, 'scaler').ok, false);
  const unread = readAnswer({ ...failed, text: 'Traceback' }, 'scaler');
  assert.equal(unread.ok ? '' : unread.error.code, 'unknown-outcome');
});
