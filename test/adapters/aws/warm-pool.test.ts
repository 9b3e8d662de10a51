import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { WARM_POOL_TAG, type WarmPoolSettings } from '../../../src/adapters/aws/warm-pool.ts';
import type { Keeper } from '../../../src/adapters/aws/keeper.ts';
import { silentLog, type Log } from '../../../src/ports/log.ts';
import { silentMeter, type Meter } from '../../../src/ports/meter.ts';
import { testGroup, type TestGroup } from './support.ts';

const SETTINGS: WarmPoolSettings = { share: 0.5, min: 1, max: 3, state: 'stopped', reuse: true };
const NONE: WarmPoolSettings = { ...SETTINGS, share: 0 };

async function open(t: TestContext): Promise<TestGroup> {
  const group = await testGroup({ warmLaunchMs: 10_000 });
  t.after(group.close);
  return group;
}

async function kept(keeper: Keeper): Promise<void> {
  const done = await keeper.keep();
  assert.ok(done.ok, JSON.stringify(done));
}

test('warm pool: has a size of its own that follows the desired capacity, never beyond the maximum of the group', async (t) => {
  const { group, target, warmPool } = await open(t);
  const keeper = warmPool(SETTINGS);
  await kept(keeper);
  assert.deepEqual(group.warmPool, { minSize: 1, prepared: 1, state: 'Stopped', reuse: true });
  assert.ok(group.tags.has(WARM_POOL_TAG));
  let from = 1;
  for (const [desired, waiting] of [
    [4, 2],
    [6, 2],
    [8, 0],
    [1, 1],
  ] as const) {
    const scaled = await target().scale({ pool: 'web', replicas: desired, expectedReplicas: from, generation: group.effects.length + 1 });
    assert.ok(scaled.ok, JSON.stringify(scaled));
    from = desired;
    await kept(keeper);
    assert.deepEqual([group.warmPool?.minSize, group.warmPool?.prepared], [waiting, waiting], `at ${desired}`);
  }
});

test('warm pool: nothing is written while it is as it should be; an option that is gone takes ours away, and its tag', async (t) => {
  const { server, group, warmPool } = await open(t);
  const calls: string[] = [];
  server.interfere = ({ action }) => void calls.push(action);
  for (let look = 0; look < 3; look++) await kept(warmPool(SETTINGS));
  assert.deepEqual(calls, [
    'DescribeAutoScalingGroups',
    'CreateOrUpdateTags',
    'PutWarmPool',
    'DescribeAutoScalingGroups',
    'DescribeAutoScalingGroups',
  ]);
  await kept(warmPool(NONE));
  assert.deepEqual([group.warmPool, group.tags.size], [undefined, 0]);
  calls.length = 0;
  await kept(warmPool(NONE));
  assert.deepEqual(calls, ['DescribeAutoScalingGroups']);
});

test('warm pool: one that is not ours is left alone, and that is told once', async (t) => {
  const { group, warmPool } = await open(t);
  const theirs = { minSize: 5, prepared: 5, state: 'Running', reuse: false };
  group.warmPool = theirs;
  const told: string[] = [];
  const log: Log = { ...silentLog, child: () => log, warn: (_context, words) => void told.push(words) };
  const keeper = warmPool(SETTINGS, log);
  await kept(keeper);
  await kept(keeper);
  await kept(warmPool(NONE));
  assert.deepEqual([group.warmPool, group.tags.size], [theirs, 0]);
  assert.deepEqual(told, ['the group has a warm pool that is not ours; it is left alone']);
});

test('warm pool: a tag that cannot be written leaves no pool behind, and a refusal is told with its class', async (t) => {
  const { server, group, warmPool } = await open(t);
  for (const action of ['CreateOrUpdateTags', 'PutWarmPool']) {
    const denied = { status: 403, code: 'AccessDenied', message: 'not authorized' };
    server.interfere = (call) => (call.action === action ? { when: 'before', with: denied } : undefined);
    const done = await warmPool(SETTINGS).keep();
    assert.equal(done.ok ? 'ok' : done.error.code, 'forbidden');
    assert.equal(group.warmPool, undefined);
  }
});

test('warm pool: an instance from it is measured apart from one from its image; one that goes into it is no capacity on its way', async (t) => {
  const { group, target, warmPool, advance } = await open(t);
  const measured = new Map<string | undefined, number>();
  const observe: Meter['observe'] = (_name, seconds, labels) => void measured.set(labels?.['from'], seconds);
  const web = target({ ...silentMeter, observe });
  await kept(warmPool(SETTINGS));
  await web.get('web');
  await advance(60_000);
  const scaled = await web.scale({ pool: 'web', replicas: 3, expectedReplicas: 1, generation: 2 });
  assert.ok(scaled.ok);
  await kept(warmPool(SETTINGS));
  await web.get('web');
  await advance(60_000);
  const state = await web.get('web');
  assert.ok(state.ok && state.value.readyReplicas === 3 && state.value.pendingReason === undefined, JSON.stringify(state));
  assert.deepEqual(Object.fromEntries(measured), { 'warm pool': 10, image: 45 });
  assert.equal(group.warmPool?.minSize, 2);
});
