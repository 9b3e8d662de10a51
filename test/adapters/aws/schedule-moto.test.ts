/** Scheduled actions and weights against moto, another's simulation of AWS. Skipped where Python has none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadEcs } from '../../../src/adapters/aws/ecs-library.ts';
import { loadAutoScaling } from '../../../src/adapters/aws/library.ts';
import { WARM_POOL_TAG } from '../../../src/adapters/aws/warm-pool.ts';
import { SCHEDULE_TAG } from '../../../src/adapters/aws/schedule-keeper.ts';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import { serviceScheduleAt } from './ecs-support.ts';
import { silentLog } from '../../../src/ports/log.ts';
import { createMotoGroup, hasMoto, startMoto } from './moto.ts';
import { scheduleAt, warmPoolAt } from './support.ts';

const options = hasMoto ? {} : { skip: 'Python has no moto (pip install "moto[server]")' };
const port = 25_000 + (process.pid % 4_000);
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

const startMs = Date.now() + 3_600_000;
const when = { kind: 'spans', spans: [{ startMs, endMs: startMs + 3_600_000 }] } as const;
const sale = {
  leadMs: 600_000,
  floors: [{ event: { name: 'sale', factor: 2, shape: 'step', decayMs: 0, when } as const, minReplicas: 5 }],
};
const none = { leadMs: 0, floors: [] };

test('schedule, against moto: of a group, put, found again, and taken back', options, async (t) => {
  const { endpoint, stop } = await startMoto(port);
  t.after(stop);
  const library = await loadAutoScaling();
  const client = await createMotoGroup(endpoint);
  t.after(() => client.destroy());
  const others = { AutoScalingGroupName: 'web-asg', ScheduledActionName: 'payday', StartTime: new Date(startMs), MinSize: 2 };
  await client.send(new library.PutScheduledUpdateGroupActionCommand(others));
  const listed = async (): Promise<readonly number[]> => {
    const told = await client.send(new library.DescribeScheduledActionsCommand({ AutoScalingGroupName: 'web-asg' }));
    return (told.ScheduledUpdateGroupActions ?? []).map(({ MinSize = 0 }) => MinSize).sort((a, b) => a - b);
  };
  const tags = async () => (await client.send(new library.DescribeTagsCommand({}))).Tags?.map(({ Key }) => Key) ?? [];

  const keeper = scheduleAt(endpoint, sale, createSystemClock(), 30_000);
  t.after(() => keeper.stop());
  for (let look = 0; look < 2; look++) {
    const kept = await keeper.keep();
    assert.ok(kept.ok, JSON.stringify(kept));
    assert.deepEqual(await listed(), [1, 2, 5]);
  }
  assert.deepEqual(await tags(), [SCHEDULE_TAG]);
  const later = scheduleAt(endpoint, none, createSystemClock(), 30_000);
  t.after(() => later.stop());
  const cleared = await later.keep();
  assert.ok(cleared.ok, JSON.stringify(cleared));
  assert.deepEqual([await listed(), await tags()], [[2], []]);
});

test('warm pool, against moto: put, found again, and taken away', options, async (t) => {
  const { endpoint, stop } = await startMoto(port + 2);
  t.after(stop);
  const library = await loadAutoScaling();
  const client = await createMotoGroup(endpoint);
  t.after(() => client.destroy());
  const found = async () => {
    const told = await client.send(new library.DescribeWarmPoolCommand({ AutoScalingGroupName: 'web-asg' }));
    const { MinSize, MaxGroupPreparedCapacity, PoolState } = told.WarmPoolConfiguration ?? {};
    return [MinSize, MaxGroupPreparedCapacity, PoolState];
  };
  const tags = async () => (await client.send(new library.DescribeTagsCommand({}))).Tags?.map(({ Key }) => Key) ?? [];
  const settings = { share: 0.5, min: 2, max: 3, state: 'stopped', reuse: false } as const;
  for (const [share, wanted, tag] of [
    [0.5, [2, 2, 'Stopped'], [WARM_POOL_TAG]],
    [0.5, [2, 2, 'Stopped'], [WARM_POOL_TAG]],
    [0, [undefined, undefined, undefined], []],
  ] as const) {
    const keeper = warmPoolAt(endpoint, { ...settings, share }, createSystemClock(), silentLog, 30_000);
    t.after(() => keeper.stop());
    const kept = await keeper.keep();
    assert.ok(kept.ok, JSON.stringify(kept));
    assert.deepEqual([await found(), await tags()], [wanted, tag]);
  }
});

test('schedule, against moto: of an ECS service, put, found again, and taken back', options, async (t) => {
  const { endpoint, stop } = await startMoto(port + 1);
  t.after(stop);
  const { ecs, scaling } = await loadEcs();
  const config = { endpoint, region: 'eu-west-1', credentials };
  const client = new ecs.ECSClient(config);
  const scalingClient = new scaling.ApplicationAutoScalingClient(config);
  t.after(() => (client.destroy(), scalingClient.destroy()));
  await client.send(new ecs.PutAccountSettingCommand({ name: 'serviceLongArnFormat', value: 'enabled' }));
  await client.send(new ecs.CreateClusterCommand({ clusterName: 'shop' }));
  await client.send(
    new ecs.RegisterTaskDefinitionCommand({ family: 'web', containerDefinitions: [{ name: 'c', image: 'i', memory: 64 }] }),
  );
  await client.send(new ecs.CreateServiceCommand({ cluster: 'shop', serviceName: 'web', taskDefinition: 'web', desiredCount: 1 }));
  const resource = { ServiceNamespace: 'ecs', ResourceId: 'service/shop/web', ScalableDimension: 'ecs:service:DesiredCount' } as const;
  await scalingClient.send(new scaling.RegisterScalableTargetCommand({ ...resource, MinCapacity: 1, MaxCapacity: 8 }));
  const listed = async () => {
    const told = await scalingClient.send(new scaling.DescribeScheduledActionsCommand(resource));
    return (told.ScheduledActions ?? []).map(({ ScalableTargetAction: action }) => action?.MinCapacity ?? 0).sort((a, b) => a - b);
  };
  const keeper = serviceScheduleAt(endpoint, sale, createSystemClock(), 30_000);
  t.after(() => keeper.stop());
  for (let look = 0; look < 2; look++) {
    const kept = await keeper.keep();
    assert.ok(kept.ok, JSON.stringify(kept));
    assert.deepEqual(await listed(), [1, 5]);
  }
  const later = serviceScheduleAt(endpoint, none, createSystemClock(), 30_000);
  t.after(() => later.stop());
  const cleared = await later.keep();
  assert.ok(cleared.ok, JSON.stringify(cleared));
  assert.deepEqual(await listed(), []);
});
