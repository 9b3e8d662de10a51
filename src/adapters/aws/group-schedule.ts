/** Scheduled actions of an EC2 Auto Scaling group. */
import { targetError } from '../../ports/target.ts';
import { clientConfig } from './client-config.ts';
import { attempt } from './failure.ts';
import type { GroupContext, GroupPoolSettings } from './group-target.ts';
import type { ScheduleSettings } from './schedule.ts';
import {
  ACTION_PREFIX,
  createScheduleKeeper,
  SCHEDULE_TAG,
  type Done,
  type KeptAction,
  type ScheduleKeeper,
  type ScheduleStore,
} from './schedule-keeper.ts';

/** A group keeps 125 of them at the most. */
const PAGES_MAX = 5;

export function createGroupSchedule(settings: GroupPoolSettings, schedule: ScheduleSettings, context: GroupContext): ScheduleKeeper {
  const { library, clock, credentials } = context;
  const AutoScalingGroupName = settings.group;
  const who = `Auto Scaling group ${settings.group}`;
  const client = new library.AutoScalingClient(clientConfig(settings, credentials));
  const tag = { ResourceId: settings.group, ResourceType: 'auto-scaling-group', Key: SCHEDULE_TAG };

  const call = <T>(intent: 'read' | 'write', send: () => Promise<T>): Promise<Done<T>> => attempt(who, intent, send);

  const store: ScheduleStore = {
    async look() {
      const command = new library.DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [AutoScalingGroupName] });
      const told = await call('read', () => client.send(command));
      if (!told.ok) return told;
      const group = told.value.AutoScalingGroups?.find((one) => one.AutoScalingGroupName === AutoScalingGroupName);
      if (group?.MinSize === undefined || group.MaxSize === undefined) return targetError('not-found', `${who} tells no bounds`);
      const found = group.Tags?.find(({ Key }) => Key === SCHEDULE_TAG)?.Value;
      return { ok: true, value: { min: group.MinSize, max: group.MaxSize, tag: found } };
    },
    async actions() {
      const found: KeptAction[] = [];
      let NextToken: string | undefined;
      for (let page = 0; page < PAGES_MAX; page++) {
        const order = { AutoScalingGroupName, ...(NextToken === undefined ? {} : { NextToken }) };
        const told = await call('read', () => client.send(new library.DescribeScheduledActionsCommand(order)));
        if (!told.ok) return told;
        for (const { ScheduledActionName: name, StartTime, MinSize } of told.value.ScheduledUpdateGroupActions ?? [])
          if (name?.startsWith(ACTION_PREFIX) === true) found.push({ name, atMs: StartTime?.getTime() ?? 0, min: MinSize ?? -1 });
        NextToken = told.value.NextToken;
        if (NextToken === undefined) break;
      }
      return { ok: true, value: found };
    },
    put(name, { atMs, min }) {
      const order = { AutoScalingGroupName, ScheduledActionName: name, StartTime: new Date(atMs), MinSize: min };
      return call('write', () => client.send(new library.PutScheduledUpdateGroupActionCommand(order)));
    },
    remove: (name) =>
      call('write', () => client.send(new library.DeleteScheduledActionCommand({ AutoScalingGroupName, ScheduledActionName: name }))),
    tag: (value) =>
      value === undefined
        ? call('write', () => client.send(new library.DeleteTagsCommand({ Tags: [tag] })))
        : call('write', () =>
            client.send(new library.CreateOrUpdateTagsCommand({ Tags: [{ ...tag, Value: value, PropagateAtLaunch: false }] })),
          ),
  };
  const keeper = createScheduleKeeper(schedule, store, clock, context.log.child({ pool: settings.pool, group: settings.group }));
  return {
    ...keeper,
    stop() {
      keeper.stop();
      client.destroy();
    },
  };
}
