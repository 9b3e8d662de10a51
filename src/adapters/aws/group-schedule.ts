/** Scheduled actions of an EC2 Auto Scaling group. */
import { targetError } from '../../ports/target.ts';
import { connectGroup, tagOf } from './group-calls.ts';
import type { GroupContext, GroupPoolSettings } from './group-target.ts';
import type { Keeper } from './keeper.ts';
import type { ScheduleSettings } from './schedule.ts';
import { ACTION_PREFIX, createScheduleKeeper, SCHEDULE_TAG, type KeptAction, type ScheduleStore } from './schedule-keeper.ts';

/** A group keeps 125 of them at the most. */
const PAGES_MAX = 5;

export function createGroupSchedule(settings: GroupPoolSettings, schedule: ScheduleSettings, context: GroupContext): Keeper {
  const { library, clock, credentials } = context;
  const AutoScalingGroupName = settings.group;
  const { client, who, call, ...calls } = connectGroup(settings, library, credentials);

  const store: ScheduleStore = {
    async look() {
      const read = await calls.describe();
      if (!read.ok) return read;
      const { MinSize: min, MaxSize: max } = read.value;
      if (min === undefined || max === undefined) return targetError('not-found', `${who} tells no bounds`);
      return { ok: true, value: { min, max, tag: tagOf(read.value, SCHEDULE_TAG) } };
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
    tag: (value) => calls.tag(SCHEDULE_TAG, value),
    close: () => calls.close(),
  };
  return createScheduleKeeper(schedule, store, clock, context.log.child({ pool: settings.pool, group: settings.group }));
}
