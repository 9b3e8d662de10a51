import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/parse.ts';

const read = (tracing: string) => parseConfig(`pools: { web: { capacity: { requestsPerSecond: 1 } } }\n${tracing}`, 'f.yaml');

test('config: nothing is traced without the section; with it, all of it by the environment', () => {
  const without = read('');
  assert.ok(without.ok);
  assert.equal(without.settings.tracing, undefined);
  const parsed = read('tracing: {}');
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.settings.tracing, { endpoint: undefined, share: 1 });
});

test('config: an endpoint of traces that is no address, or holds a password, is refused, the password never shown', () => {
  const wrong = read('tracing: { endpoint: "collector", share: 2 }');
  assert.ok(!wrong.ok);
  assert.match(wrong.error.message, /f\.yaml:2:\d+ tracing\.share/);
  const secret = read('tracing: { endpoint: "https://ada:s3cret@collector/v1/traces" }');
  assert.ok(!secret.ok);
  assert.match(secret.error.message, /tracing\.endpoint: wanted no password in an address/);
  assert.ok(!secret.error.message.includes('s3cret'));
});
