import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/parse.ts';

test('config: everything that is wrong with events is told at once, each at its place', () => {
  const parsed = parseConfig(
    `pools:
  shop:
    capacity: { requestsPerSecond: 5 }
    events:
      - { name: a, at: 2026-02-30T25:00Z, lasts: 2h }
      - { name: a, at: 2026-11-27T08:00, timeZone: Mars/Olympus, lasts: 0s }
      - { name: b, at: 2026-11-27T08:00Z, lasts: 2d, every: day }
`,
    'f.yaml',
  );
  assert.ok(!parsed.ok);
  const text = parsed.error.message;
  for (const line of [
    /f\.yaml:5:\d+ .*events\[0\]\.at: wanted a day and a time that exist, found 2026-02-30T25:00Z/,
    /f\.yaml:6:\d+ .*events\[1\]\.name: wanted a name that no other event of the pool has, found a/,
    /f\.yaml:6:\d+ .*events\[1\]\.timeZone: wanted an IANA time zone/,
    /f\.yaml:6:\d+ .*events\[1\]\.lasts: wanted from 1s to 31d, found 0s/,
    /f\.yaml:7:\d+ .*events\[2\]\.lasts: wanted from 1s to 1d, as it comes every day, found 2d/,
  ]) {
    assert.match(text, line);
  }
  const schema = parseConfig(
    'pools: { a: { capacity: { cpuMillicores: 1 }, events: [{ name: x, at: tomorrow, lasts: 1h, factor: -1 }] } }',
    'f',
  );
  assert.ok(!schema.ok);
  assert.match(schema.error.message, /events\[0\]\.at/);
  assert.match(schema.error.message, /events\[0\]\.factor/);
});
