import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCHEDULE_TAG } from '../../../src/adapters/aws/schedule-keeper.ts';
import { stepsBetween, type ScheduleSettings } from '../../../src/adapters/aws/schedule.ts';
import { testService } from './ecs-support.ts';
import { testGroup } from './support.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Where the clocks of the test servers begin. */
const NOW_MS = 1_700_000_000_000;

/** An event from `inMs` on, for an hour. */
function sale(inMs: number, minReplicas = 5, name = 'sale'): ScheduleSettings {
  const startMs = NOW_MS + inMs;
  const when = { kind: 'spans', spans: [{ startMs, endMs: startMs + HOUR_MS }] } as const;
  return { leadMs: 10 * MINUTE_MS, floors: [{ event: { name, factor: 2, shape: 'step', decayMs: 0, when }, minReplicas }] };
}
const none: ScheduleSettings = { leadMs: 0, floors: [] };

test('schedule: the floor of an event holds its lead time before; those that overlap give the larger one, at different times', () => {
  const one = sale(HOUR_MS, 5);
  const other = sale(1.5 * HOUR_MS, 8, 'other');
  const both = { leadMs: one.leadMs, floors: [...one.floors, ...other.floors] };
  const steps = stepsBetween(both, 2, NOW_MS, NOW_MS + 24 * HOUR_MS);
  const inMinutes = steps.map(({ atMs, min }) => [Math.round((atMs - NOW_MS) / MINUTE_MS), min]);
  assert.deepEqual(inMinutes, [
    [0, 2],
    [50, 5],
    [80, 8],
    [150, 2],
  ]);
});

test('schedule: a daily event comes each day, and one that goes on is the present level', () => {
  const when = { kind: 'repeated', every: 'day', firstMs: NOW_MS - 24 * HOUR_MS, lastsMs: HOUR_MS, timeZone: 'UTC' } as const;
  const daily = { leadMs: 0, floors: [{ event: { name: 'd', factor: 1, shape: 'step', decayMs: 0, when } as const, minReplicas: 4 }] };
  const steps = stepsBetween(daily, 1, NOW_MS + MINUTE_MS, NOW_MS + 48 * HOUR_MS);
  assert.deepEqual(
    steps.map(({ min }) => min),
    [4, 1, 4, 1],
  );
});

test('schedule: a group is raised before the event and let down after it by AWS alone, and nothing of ours is left', async (t) => {
  const { group, schedule, target, advance, close } = await testGroup();
  t.after(close);
  group.scheduled.set('payday', { name: 'payday', atMs: NOW_MS + 90 * HOUR_MS, min: 3 });
  const keeper = schedule(sale(HOUR_MS));
  assert.ok((await keeper.keep()).ok);
  assert.deepEqual([...group.scheduled.keys()].sort(), ['forescale-20231114T230320Z', 'forescale-20231115T001320Z', 'payday']);
  assert.equal(group.tags.get(SCHEDULE_TAG), '1 5');
  await advance(55 * MINUTE_MS);
  assert.deepEqual([group.minSize, group.desired], [5, 5]);
  const told = await target().get('web');
  assert.equal(told.ok && told.value.minReplicas, 5);
  // Another look during the event changes nothing.
  assert.ok((await keeper.keep()).ok);
  assert.deepEqual([...group.scheduled.keys()].sort(), ['forescale-20231115T001320Z', 'payday']);
  await advance(90 * MINUTE_MS);
  assert.deepEqual([group.minSize, group.desired], [1, 5]);
  assert.ok((await keeper.keep()).ok);
  assert.deepEqual([[...group.scheduled.keys()], group.tags.has(SCHEDULE_TAG)], [['payday'], false]);
});

test('schedule: what is not asked for any more is found by its name and taken back, also in the middle of the event', async (t) => {
  const { group, schedule, advance, close } = await testGroup();
  t.after(close);
  assert.ok((await schedule(sale(HOUR_MS)).keep()).ok);
  await advance(55 * MINUTE_MS);
  assert.equal(group.minSize, 5);
  const later = schedule(none);
  assert.ok((await later.keep()).ok);
  assert.equal(group.minSize, 5);
  await advance(2 * MINUTE_MS);
  assert.equal(group.minSize, 1);
  assert.ok((await later.keep()).ok);
  assert.deepEqual([group.scheduled.size, group.tags.has(SCHEDULE_TAG)], [0, false]);
});

test('schedule: an event that goes on already is caught up with, and asked for once', async (t) => {
  const { group, schedule, advance, close } = await testGroup();
  t.after(close);
  const keeper = schedule(sale(-MINUTE_MS));
  assert.ok((await keeper.keep()).ok);
  assert.ok((await keeper.keep()).ok);
  assert.equal(group.scheduled.size, 2);
  await advance(2 * MINUTE_MS);
  assert.equal(group.minSize, 5);
});

test('schedule: a least size that a person set meanwhile is what is gone back to; more than the maximum is the maximum', async (t) => {
  const { group, schedule, advance, close } = await testGroup();
  t.after(close);
  const keeper = schedule(sale(24 * HOUR_MS, 20));
  assert.ok((await keeper.keep()).ok);
  group.setMinSize(2);
  assert.ok((await keeper.keep()).ok);
  assert.equal(group.tags.get(SCHEDULE_TAG), '2 8');
  await advance(24 * HOUR_MS);
  assert.equal(group.minSize, 8);
  await advance(2 * HOUR_MS);
  assert.equal(group.minSize, 2);
});

test('schedule: who asks for nothing needs no right to look, and a refusal is told', async (t) => {
  const { server, schedule, close } = await testGroup();
  t.after(close);
  const asked: string[] = [];
  server.interfere = ({ action }) => {
    asked.push(action);
    return action === 'DescribeAutoScalingGroups'
      ? undefined
      : { when: 'before', with: { status: 403, code: 'AccessDenied', message: 'not authorized' } };
  };
  assert.ok((await schedule(none).keep()).ok);
  assert.deepEqual(asked, ['DescribeAutoScalingGroups']);
  const refused = await schedule(sale(HOUR_MS)).keep();
  assert.equal(refused.ok ? 'ok' : refused.error.code, 'forbidden');
});

test('schedule: of an ECS service, by Application Auto Scaling; one that is no scalable target is told', async (t) => {
  const bare = await testService();
  t.after(bare.close);
  const refused = await bare.schedule(sale(HOUR_MS)).keep();
  assert.match(refused.ok ? '' : refused.error.message, /is no scalable target/);

  const { service, schedule, target, advance, close } = await testService(true);
  t.after(close);
  const keeper = schedule(sale(HOUR_MS));
  // The floor is moved by plans meanwhile: what is gone back to is that of before us.
  assert.ok((await target().scale({ pool: 'web', replicas: 3, expectedReplicas: 1, generation: 2 })).ok);
  assert.ok((await keeper.keep()).ok);
  assert.deepEqual(
    [...service.scheduled.values()].map(({ min }) => min),
    [5, 1],
  );
  await advance(51 * MINUTE_MS);
  assert.equal(service.describe()['desiredCount'], 5);
  assert.ok((await schedule(none).keep()).ok);
  assert.equal(service.scheduled.size, 0);
});

test('group: mixed instance weights: what comes may be more than was asked for, and counts by its weights', async (t) => {
  const { group, target, advance, close } = await testGroup({ weights: [1, 4] });
  t.after(close);
  const made = target();
  assert.ok((await made.scale({ pool: 'web', replicas: 3, expectedReplicas: 1, generation: 2 })).ok);
  await advance(60_000);
  const state = await made.get('web');
  assert.deepEqual(state.ok && [state.value.requestedReplicas, state.value.readyReplicas, state.value.pendingReason], [3, 5, undefined]);
  assert.deepEqual(group.effects, [3]);
});
