import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { GENERATION_TAG, ORIGINAL_MIN_TAG } from '../../../src/adapters/aws/service.ts';
import type { TargetResult, TargetState } from '../../../src/ports/target.ts';
import { testService, type TestService } from './ecs-support.ts';

async function open(t: TestContext, isFloored = false): Promise<TestService> {
  const made = await testService(isFloored);
  t.after(made.close);
  return made;
}

const write = { pool: 'web', replicas: 3, expectedReplicas: 1, generation: 2 };
const codeOf = (result: TargetResult<TargetState>): string => (result.ok ? 'ok' : result.error.code);

test('ecs: without policies the count is written, with one the least capacity, never under what it was before us', async (t) => {
  const direct = await open(t);
  assert.ok((await direct.target().scale(write)).ok);
  assert.deepEqual([direct.service.desired, direct.service.tags.get(GENERATION_TAG)], [3, '2']);
  assert.ok(!direct.server.actions.includes('RegisterScalableTarget'));

  const floored = await open(t, true);
  floored.service.scaler = { min: 2, max: 8, policies: 1 };
  const target = floored.target();
  assert.ok((await target.scale({ ...write, replicas: 5, expectedReplicas: 2 })).ok);
  assert.deepEqual([floored.service.scaler.min, floored.service.scaler.max, floored.service.tags.get(ORIGINAL_MIN_TAG)], [5, 8, '2']);
  // A new process knows it by the tag.
  const again = floored.target();
  assert.equal(codeOf(await again.scale({ ...write, replicas: 1, expectedReplicas: 5, generation: 4 })), 'invalid');
  assert.equal(codeOf(await again.scale({ ...write, replicas: 9, expectedReplicas: 5, generation: 4 })), 'invalid');
  assert.ok((await again.scale({ ...write, replicas: 2, expectedReplicas: 5, generation: 4 })).ok);
});

test('ecs: a floor that no policy acts on yet raises the count, too; one that is lowered leaves the count to the policies', async (t) => {
  const { service, target } = await open(t, true);
  service.policyWants = undefined;
  const made = target();
  assert.ok((await made.scale({ ...write, replicas: 4 })).ok);
  assert.equal(service.desired, 4);
  assert.ok((await made.scale({ ...write, replicas: 1, expectedReplicas: 4, generation: 4 })).ok);
  assert.equal(service.desired, 4);
});

test('ecs: a scalable target without policies only bounds, and its bounds are told', async (t) => {
  const { service, target } = await open(t);
  service.scaler = { min: 1, max: 4, policies: 0 };
  const made = target();
  const read = await made.get('web');
  assert.deepEqual(read.ok && [read.value.minReplicas, read.value.maxReplicas], [1, 4]);
  assert.equal(codeOf(await made.scale({ ...write, replicas: 5 })), 'invalid');
  assert.ok((await made.scale(write)).ok);
  assert.equal(service.desired, 3);
});

test('ecs: nothing is written where it is only advised, and by direct not beside policies', async (t) => {
  const { service, target } = await open(t, true);
  assert.equal(codeOf(await target({ mode: 'advise' }).scale(write)), 'advice-only');
  assert.equal(codeOf(await target({ mode: 'direct' }).scale(write)), 'advice-only');
  assert.deepEqual(service.effects, []);
});

test('ecs: tasks that start are pending; a rollout that was given up, and what no waiting heals, ends the action', async (t) => {
  const { service, target, advance } = await open(t);
  const made = target();
  assert.ok((await made.scale(write)).ok);
  const read = async (): Promise<TargetState> => {
    const result = await made.get('web');
    return result.ok ? result.value : assert.fail(result.error.message);
  };
  assert.deepEqual([(await read()).readyReplicas, (await read()).pendingReason], [1, 'tasks are starting']);
  service.trouble = '(service web) was unable to place a task because no container instance met all of its requirements.';
  assert.match((await read()).pendingReason ?? '', /unable to place a task/);
  assert.equal((await read()).stuckReason, undefined);
  service.trouble = '(service web) failed to launch a task with (error CannotPullContainerError: no such image).';
  assert.match((await read()).stuckReason ?? '', /CannotPullContainerError/);
  service.trouble = undefined;
  service.hasFailed = true;
  assert.match((await read()).stuckReason ?? '', /circuit breaker/);
  await advance(60_000);
  assert.deepEqual([(await read()).readyReplicas, (await read()).stuckReason], [3, undefined]);
});

test('ecs: a service that is not there, is going, or cannot be asked for is told apart, and no secret is', async (t) => {
  const { service, server, target } = await open(t);
  const missing = await target({ service: 'other' }).get('web');
  assert.match(
    missing.ok ? '' : `${missing.error.code} ${missing.error.message}`,
    /^not-found ECS service shop\/other is not there \(MISSING\)/,
  );
  service.status = 'DRAINING';
  const going = await target().get('web');
  assert.match(going.ok ? '' : going.error.message, /is going \(DRAINING\)/);
  server.interfere = () => ({ when: 'before', with: { status: 400, code: 'AccessDeniedException', message: 'not authorized' } });
  const refused = await target().get('web');
  assert.equal(codeOf(refused), 'forbidden');
  assert.ok(!JSON.stringify(refused).includes('hush-hush'));
});

test('ecs: a tag that cannot be written leaves the count as the only witness', async (t) => {
  const { service, server, target } = await open(t);
  server.interfere = (action) =>
    action === 'TagResource' ? { when: 'before', with: { status: 400, code: 'AccessDeniedException', message: 'no' } } : undefined;
  const made = target();
  const first = await made.scale(write);
  assert.equal(first.ok && first.value.generation, 2);
  assert.equal(codeOf(await made.scale({ ...write, replicas: 5, expectedReplicas: 3 })), 'superseded');
  const later = await target().get('web');
  assert.equal(later.ok && later.value.generation, 0);
  assert.deepEqual(service.effects, [3]);
});
