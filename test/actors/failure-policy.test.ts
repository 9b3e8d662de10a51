import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FAILURE_POLICIES, policyOf } from '../../src/actors/failure-policy.ts';
import { TARGET_ERROR_CODES } from '../../src/ports/target.ts';

test('failure policy: every class is documented with the policy that it has', () => {
  const page = readFileSync(new URL('../../docs/targets.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` +\|.*\| (give back|read again|end) +\|$/gm)];
  assert.deepEqual(Object.fromEntries(rows.map(([, code = '', policy = '']) => [code, policy.replace(' ', '-')])), FAILURE_POLICIES);
  assert.deepEqual(Object.keys(FAILURE_POLICIES), [...TARGET_ERROR_CODES]);
});

test('failure policy: what no target says may have happened, so it is read first', () => {
  for (const code of ['timeout', 'aborted', 'threw', 'bad-answer', 'expired']) assert.equal(policyOf(code), 'read-again');
});
