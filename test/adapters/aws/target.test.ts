import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { GENERATION_TAG, launchNews, readGroup } from '../../../src/adapters/aws/group.ts';
import { testGroup, type TestGroup, targetAt } from './support.ts';

async function open(t: TestContext): Promise<TestGroup> {
  const made = await testGroup();
  t.after(made.close);
  return made;
}

const write = { pool: 'web', replicas: 3, expectedReplicas: 1, generation: 2 };

test('aws: a group that is contended or throttled is asked again later, and nothing was written', async (t) => {
  const { group, target } = await open(t);
  group.isContended = true;
  const result = await target().scale(write);
  assert.match(
    result.ok ? '' : `${result.error.code} ${result.error.message}`,
    /^unavailable Auto Scaling group web-asg: ResourceContentionFault, You already/,
  );
  assert.deepEqual(group.effects, []);
});

test('aws: the cooldown of the group does not hold a plan up, but one call is one change', async (t) => {
  const { group, target } = await open(t);
  const made = target();
  assert.ok((await made.scale(write)).ok);
  assert.ok((await made.scale({ ...write, replicas: 4, expectedReplicas: 3, generation: 4 })).ok);
  assert.deepEqual(group.effects, [3, 4]);
});

test('aws: the generation is kept in a tag, so that a new process refuses what an old one wrote', async (t) => {
  const { target } = await open(t);
  assert.ok((await target().scale(write)).ok);
  const again = await target().scale({ ...write, replicas: 5, expectedReplicas: 3 });
  assert.equal(again.ok ? 'ok' : again.error.code, 'superseded');
});

test('aws: a tag that cannot be written leaves the count as the only witness, and says so by the generation', async (t) => {
  const { group, server, target } = await open(t);
  server.interfere = ({ action }) =>
    action === 'CreateOrUpdateTags' ? { when: 'before', with: { status: 403, code: 'AccessDenied', message: 'no' } } : undefined;
  const first = await target().scale(write);
  assert.equal(first.ok && first.value.generation, 2);
  const later = await target().get('web');
  assert.equal(later.ok && later.value.generation, 0);
  assert.deepEqual(group.effects, [3]);
});

test('aws: instances that start are told as such; launches that fail for good end the waiting with the words of AWS', async (t) => {
  const { group, target } = await open(t);
  const made = target();
  assert.ok((await made.scale(write)).ok);
  const starting = await made.get('web');
  assert.match((starting.ok && starting.value.pendingReason) || '', /^Launching a new EC2 instance: i-\d+ \(InProgress\)$/);
  group.launchFailure = 'You have requested more vCPU capacity than your current vCPU limit of 16 allows. Launching EC2 instance failed.';
  assert.ok((await made.scale({ ...write, replicas: 5, expectedReplicas: 3, generation: 4 })).ok);
  const stuck = await made.get('web');
  assert.match((stuck.ok && stuck.value.stuckReason) || '', /^You have requested more vCPU capacity/);
});

test('aws: how long an instance takes is measured by the activities of its group, each once', async (t) => {
  const { target, advance } = await open(t);
  const tookSeconds: number[] = [];
  const observe = (name: string, value: number): void => void (name === 'forescale_aws_launch_seconds' && tookSeconds.push(value));
  const made = target({ count: () => {}, gauge: () => {}, observe });
  assert.ok((await made.scale(write)).ok);
  await made.get('web');
  assert.deepEqual(tookSeconds, []);
  await advance(60_000);
  for (let look = 0; look < 3; look++) await made.get('web');
  assert.deepEqual(tookSeconds, [45, 45]);
});

test('aws: suspended launches will not come by waiting', async (t) => {
  const { group, target } = await open(t);
  group.isLaunchSuspended = true;
  const made = target();
  assert.ok((await made.scale(write)).ok);
  const state = await made.get('web');
  assert.match((state.ok && state.value.stuckReason) || '', /suspended/);
});

test('aws: a service that is not there is unavailable, and a refusal holds no credentials', async (t) => {
  const { server, target } = await open(t);
  const nowhere = targetAt('http://127.0.0.1:9', 'web-asg');
  t.after(() => nowhere.close());
  const result = await nowhere.scale(write);
  assert.equal(result.ok ? 'ok' : result.error.code, 'unavailable');
  server.interfere = () => ({ when: 'before', with: { status: 403, code: 'SignatureDoesNotMatch', message: 'does not match' } });
  const refused = await target().get('web');
  assert.equal(refused.ok ? 'ok' : refused.error.code, 'unauthenticated');
  assert.doesNotMatch(JSON.stringify([result, refused]), /hush|AKIATEST/);
});

test('group: weights count as capacity, what is unhealthy or on its way does not', () => {
  const instance = (LifecycleState: 'InService' | 'Pending', WeightedCapacity?: string, HealthStatus = 'Healthy') => ({
    InstanceId: 'i',
    AvailabilityZone: 'a',
    LifecycleState,
    HealthStatus,
    ProtectedFromScaleIn: false,
    ...(WeightedCapacity === undefined ? {} : { WeightedCapacity }),
  });
  const reading = readGroup({
    AutoScalingGroupName: 'g',
    MinSize: 0,
    MaxSize: 9,
    DesiredCapacity: 8,
    DefaultCooldown: 0,
    AvailabilityZones: [],
    HealthCheckType: 'EC2',
    CreatedTime: new Date(0),
    Instances: [instance('InService', '4'), instance('InService'), instance('Pending', '2'), instance('InService', '2', 'Unhealthy')],
    Tags: [{ Key: GENERATION_TAG, Value: 'seven' }],
  });
  assert.deepEqual([reading?.inService, reading?.generation], [5, 0]);
});

test('group: a single failed launch is waited for, three in a row are not', () => {
  const failed = {
    Description: 'Launching a new EC2 instance',
    StatusCode: 'Failed',
    StatusMessage: 'no capacity in this zone now',
  } as const;
  const activity = (i: number) => ({ ...failed, ActivityId: `${i}`, AutoScalingGroupName: 'g', Cause: '', StartTime: new Date(0) });
  assert.equal(launchNews([activity(1)]).stuckReason, undefined);
  assert.equal(launchNews([activity(1), activity(2), activity(3)]).stuckReason, 'no capacity in this zone now');
});
