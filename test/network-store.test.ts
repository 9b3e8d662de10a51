import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryBus } from '../src/adapters/memory/bus.ts';
import { lessonExecutor, loadExecutor } from '../src/network-store.ts';
import type { Compute, LessonOrder, NetworkJob } from '../src/ports/compute.ts';
import type { ExecutorResult } from '../src/runtime/behavior.ts';
import { createKernel } from '../sim/kernel/kernel.ts';

const context = { address: 'net:60000-300000', effectId: 'lesson-1', signal: new AbortController().signal };
const order: LessonOrder = {
  task: { intervalMs: 60_000, horizonsMs: [300_000] },
  cell: 'lstm',
  units: 8,
  steps: 12,
  windowsMax: 400,
  epochsMax: 1,
  seed: 1,
  series: [],
  startHash: null,
};

function valueOf(result: ExecutorResult): Readonly<Record<string, unknown>> {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value as Readonly<Record<string, unknown>>;
}

test('network store: what was learned is found under its content hash, and learning goes on from there', async () => {
  const bus = createMemoryBus({ clock: createKernel(1, { startMs: 0 }).clock });
  const jobs: NetworkJob[] = [];
  const learn: Compute['learn'] = (job) => {
    jobs.push(job);
    return Promise.resolve({
      ok: true,
      network: `network ${jobs.length}`,
      windows: 400,
      epochs: 1,
      lossBefore: 2,
      lossAfter: 1,
      durationMs: 3,
    });
  };
  const lesson = lessonExecutor({ learn } as Compute, bus);
  const load = loadExecutor(bus);
  const first = valueOf(await lesson(order, context));
  assert.equal(jobs[0]?.start, null);
  assert.deepEqual(
    Object.keys(first).sort(),
    ['durationMs', 'epochs', 'hash', 'lossAfter', 'lossBefore', 'windows'],
    'the network itself stays on the bus',
  );
  const { hash } = first as { readonly hash: string };
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.deepEqual(valueOf(await load({ hash }, context)), { hash, network: 'network 1' });
  await lesson({ ...order, startHash: hash }, context);
  assert.equal(jobs[1]?.start, 'network 1');
  await lesson({ ...order, startHash: 'f'.repeat(64) }, context);
  assert.equal(jobs[2]?.start, null, 'one that is gone is begun anew');
});

test('network store: bytes that are not those of their hash are not given, and a failed training says why', async () => {
  const bus = createMemoryBus({ clock: createKernel(1, { startMs: 0 }).clock });
  await bus.putBlob('a'.repeat(64), Buffer.from('something else'));
  const loaded = await loadExecutor(bus)({ hash: 'a'.repeat(64) }, context);
  assert.ok(!loaded.ok);
  assert.equal(loaded.error.code, 'not-found');
  const learn: Compute['learn'] = () => Promise.resolve({ ok: false, error: '3 windows, wanted at least 200', durationMs: 1 });
  const failed = await lessonExecutor({ learn } as Compute, bus)(order, context);
  assert.ok(!failed.ok);
  assert.deepEqual(failed.error, { code: 'training-failed', message: '3 windows, wanted at least 200' });
});
