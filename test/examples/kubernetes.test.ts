/** The comparison of examples/kubernetes in a short form: it runs and tells both sides. Not who wins: that takes a day of its time. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const COMPARE = fileURLToPath(new URL('../../examples/kubernetes/compare.ts', import.meta.url));

test('example kubernetes: an HPA alone and one with our floor are told side by side', { timeout: 120_000 }, async () => {
  const args = ['--import', 'tsx', COMPARE, '--hours', '0.5', '--speed', '240', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const scores = JSON.parse(stdout) as readonly Record<'name' | 'shortPercent' | 'lostPercent' | 'podHours' | 'floorMost', unknown>[];
  assert.deepEqual(
    scores.map(({ name }) => name),
    ['HPA alone', 'HPA with our floor'],
  );
  for (const { shortPercent, podHours } of scores) assert.ok(Number(shortPercent) <= 100 && Number(podHours) > 0, stdout);
  assert.equal(scores[0]?.floorMost, 1, 'nobody writes the floor of the first');
  assert.ok(Number(scores[1]?.floorMost) > 1, `the floor was never raised: ${stdout}`);
});
