/** Scheduled actions of Application Auto Scaling for an ECS service. It has to be a scalable target: its maximum is not ours to choose. */
import { targetError } from '../../ports/target.ts';
import { clientConfig } from './client-config.ts';
import type { Done } from './done.ts';
import { attempt } from './failure.ts';
import type { Keeper } from './keeper.ts';
import type { ScheduleSettings } from './schedule.ts';
import { ACTION_PREFIX, createScheduleKeeper, SCHEDULE_TAG, type KeptAction, type ScheduleStore } from './schedule-keeper.ts';
import { ORIGINAL_MIN_TAG } from './service.ts';
import type { ServiceContext, ServicePoolSettings } from './service-target.ts';

const PAGES_MAX = 5;

export function createServiceSchedule(settings: ServicePoolSettings, schedule: ScheduleSettings, context: ServiceContext): Keeper {
  const { libraries, clock, credentials } = context;
  const { cluster, service } = settings;
  const who = `ECS service ${cluster}/${service}`;
  const config = clientConfig(settings, credentials);
  const ecs = new libraries.ecs.ECSClient(config);
  const scaling = new libraries.scaling.ApplicationAutoScalingClient(config);
  const ServiceNamespace = 'ecs' as const;
  const resource = {
    ServiceNamespace,
    ResourceId: `service/${cluster}/${service}`,
    ScalableDimension: 'ecs:service:DesiredCount' as const,
  };
  let arn: string | undefined;

  const call = <T>(intent: 'read' | 'write', send: () => Promise<T>): Promise<Done<T>> => attempt(who, intent, send);

  async function tagsOf(): Promise<Done<ReadonlyMap<string, string>>> {
    const command = new libraries.ecs.DescribeServicesCommand({ cluster, services: [service], include: ['TAGS'] });
    const told = await call('read', () => ecs.send(command));
    if (!told.ok) return told;
    const found = told.value.services?.find(({ serviceName, serviceArn }) => serviceName === service || serviceArn === service);
    arn = found?.serviceArn;
    if (arn === undefined) return targetError('not-found', `${who} is not there`);
    return { ok: true, value: new Map(found?.tags?.map(({ key, value }) => [key ?? '', value ?? ''])) };
  }

  const store: ScheduleStore = {
    async look() {
      const tags = await tagsOf();
      if (!tags.ok) return tags;
      const { ResourceId, ScalableDimension } = resource;
      const targets = await call('read', () =>
        scaling.send(
          new libraries.scaling.DescribeScalableTargetsCommand({ ServiceNamespace, ResourceIds: [ResourceId], ScalableDimension }),
        ),
      );
      if (!targets.ok) return targets;
      const found = targets.value.ScalableTargets?.[0];
      if (found?.MinCapacity === undefined || found.MaxCapacity === undefined)
        return targetError('not-found', `${who} is no scalable target of Application Auto Scaling, which scheduled actions need`);
      const original = Number(tags.value.get(ORIGINAL_MIN_TAG) ?? Number.NaN);
      const isPlanned = Number.isInteger(original);
      return {
        ok: true,
        value: {
          min: isPlanned ? original : found.MinCapacity,
          max: found.MaxCapacity,
          tag: tags.value.get(SCHEDULE_TAG),
          ...(isPlanned ? { isPlanned } : {}),
        },
      };
    },
    async actions() {
      const found: KeptAction[] = [];
      let NextToken: string | undefined;
      for (let page = 0; page < PAGES_MAX; page++) {
        const order = { ...resource, ...(NextToken === undefined ? {} : { NextToken }) };
        const told = await call('read', () => scaling.send(new libraries.scaling.DescribeScheduledActionsCommand(order)));
        if (!told.ok) return told;
        for (const { ScheduledActionName: name, Schedule, ScalableTargetAction } of told.value.ScheduledActions ?? [])
          if (name?.startsWith(ACTION_PREFIX) === true)
            found.push({ name, atMs: timeOf(Schedule), min: ScalableTargetAction?.MinCapacity ?? -1 });
        NextToken = told.value.NextToken;
        if (NextToken === undefined) break;
      }
      return { ok: true, value: found };
    },
    put(name, { atMs, min }) {
      const Schedule = `at(${new Date(atMs).toISOString().slice(0, 19)})`;
      const order = { ...resource, ScheduledActionName: name, Schedule, ScalableTargetAction: { MinCapacity: min } };
      return call('write', () => scaling.send(new libraries.scaling.PutScheduledActionCommand(order)));
    },
    remove: (name) =>
      call('write', () => scaling.send(new libraries.scaling.DeleteScheduledActionCommand({ ...resource, ScheduledActionName: name }))),
    tag: (value) =>
      value === undefined
        ? call('write', () => ecs.send(new libraries.ecs.UntagResourceCommand({ resourceArn: arn, tagKeys: [SCHEDULE_TAG] })))
        : call('write', () => ecs.send(new libraries.ecs.TagResourceCommand({ resourceArn: arn, tags: [{ key: SCHEDULE_TAG, value }] }))),
    close() {
      ecs.destroy();
      scaling.destroy();
    },
  };
  return createScheduleKeeper(schedule, store, clock, context.log.child({ pool: settings.pool, service }));
}

/** Of `at(2026-11-27T07:00:00)` in UTC, which is what we write; anything else is no time. */
function timeOf(schedule = ''): number {
  const at = /^at\((.+)\)$/.exec(schedule)?.[1];
  return at === undefined ? 0 : Date.parse(`${at}Z`);
}
