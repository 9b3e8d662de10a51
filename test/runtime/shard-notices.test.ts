import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKernel } from '../../sim/kernel/kernel.ts';
import { silentLog, type Log } from '../../src/ports/log.ts';
import { ShardNotices } from '../../src/runtime/shard-notices.ts';

function told(): { readonly log: Log; readonly lines: unknown[] } {
  const lines: unknown[] = [];
  return { log: { ...silentLog, warn: (fields, message) => void lines.push([message, fields]) }, lines };
}

test('shard notices: what happens to all shards of a node within a moment is one line a reason', async () => {
  const kernel = createKernel(1, { startMs: 0 });
  const { log, lines } = told();
  const notices = new ShardNotices(kernel.clock, log);
  for (const shard of [3, 1, 2, 2]) notices.warn(shard, 'its lease ran out', 'shards were lost');
  await kernel.runFor(50);
  notices.warn(4, 'its lease ran out', 'shards were lost');
  notices.warn(5, 'another node took it', 'shards were lost');
  assert.deepEqual(lines, []);
  await kernel.runFor(100);
  assert.deepEqual(lines, [
    ['shards were lost', { shards: [1, 2, 3, 4], reason: 'its lease ran out' }],
    ['shards were lost', { shards: [5], reason: 'another node took it' }],
  ]);
});

test('shard notices: what comes later is told anew, and whoever ends keeps nothing back', async () => {
  const kernel = createKernel(1, { startMs: 0 });
  const { log, lines } = told();
  const notices = new ShardNotices(kernel.clock, log);
  notices.warn(1, 'a', 'lost');
  await kernel.runFor(1_000);
  notices.warn(1, 'a', 'lost');
  notices.tell();
  await kernel.runFor(1_000);
  assert.deepEqual(lines, [
    ['lost', { shards: [1], reason: 'a' }],
    ['lost', { shards: [1], reason: 'a' }],
  ]);
});
