/** The comparison of examples/haproxy in its short form: it runs and tells both sides. Not who wins: that takes minutes of a quiet machine. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { missingProgram } from '../adapters/debian-package.ts';
import { noHaproxy } from '../adapters/haproxy/support.ts';

const COMPARE = fileURLToPath(new URL('../../examples/haproxy/compare.ts', import.meta.url));

const missing = noHaproxy ?? missingProgram('redis-server', ['redis-server'], '--version');

test(
  'example haproxy: both sides meet the same arrivals, are answered, and are told side by side',
  { timeout: 150_000, ...(missing === undefined ? {} : { skip: missing }) },
  async () => {
    const args = ['--import', 'tsx', COMPARE, '--warmup', '15', '--measure', '15', '--past', '10', '--port', '18170', '--json'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<number | null>((resolve) => void child.once('exit', resolve));
    const scores = JSON.parse(await text(child.stdout)) as readonly Record<'name' | 'requests' | 'failed' | 'serverMinutes', unknown>[];
    assert.equal(await ended, 0);
    assert.deepEqual(
      scores.map(({ name }) => name),
      ['predictive', 'reactive'],
    );
    assert.equal(scores[0]?.requests, scores[1]?.requests);
    for (const { requests, failed, serverMinutes } of scores)
      assert.ok(Number(requests) > 100 && Number(failed) < Number(requests) && Number(serverMinutes) > 0);
  },
);
