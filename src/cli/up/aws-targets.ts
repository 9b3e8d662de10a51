import { createGroupSchedule } from '../../adapters/aws/group-schedule.ts';
import { createGroupTarget, type GroupTarget } from '../../adapters/aws/group-target.ts';
import { loadAutoScaling } from '../../adapters/aws/library.ts';
import type { ScheduleKeeper } from '../../adapters/aws/schedule-keeper.ts';
import type { AwsTargetSettings } from '../../config/settings.ts';
import type { RemoteTargetKind, RemoteWorld } from './remote-target.ts';

/** Auto Scaling groups. The SDK is loaded at the start, if there is one. */
export function awsTargets({ clock, log, meter }: RemoteWorld): RemoteTargetKind<AwsTargetSettings> {
  return {
    create(pool, { group, region, endpoint, timeoutMs, scheduledActions }) {
      const settings = { pool, group, region, endpoint, timeoutMs };
      let target: GroupTarget | undefined;
      let schedule: ScheduleKeeper | undefined;
      const prepare = async (): Promise<void> => {
        const library = await loadAutoScaling();
        target = createGroupTarget(settings, { library, clock, log, ...(meter === undefined ? {} : { meter }) });
      };
      return {
        get target(): GroupTarget {
          if (target === undefined) throw new Error(`The target of ${pool} is used before it is started.`);
          return target;
        },
        prepare,
        async start() {
          await prepare();
          schedule = createGroupSchedule(settings, scheduledActions, { library: await loadAutoScaling(), clock, log });
          schedule.start();
        },
        async stop() {
          schedule?.stop();
          target?.close();
        },
      };
    },
    stop: async () => {},
  };
}
