import { createGroupSchedule } from '../../adapters/aws/group-schedule.ts';
import { createGroupTarget, type GroupTarget } from '../../adapters/aws/group-target.ts';
import { loadAutoScaling } from '../../adapters/aws/library.ts';
import type { Keeper } from '../../adapters/aws/keeper.ts';
import { createWarmPoolKeeper } from '../../adapters/aws/warm-pool.ts';
import type { AwsTargetSettings } from '../../config/settings.ts';
import type { RemoteTargetKind, RemoteWorld } from './remote-target.ts';

/** Auto Scaling groups. The SDK is loaded at the start, if there is one. */
export function awsTargets({ clock, log, meter }: RemoteWorld): RemoteTargetKind<AwsTargetSettings> {
  return {
    create(pool, { group, region, endpoint, timeoutMs, scheduledActions, warmPool }) {
      const settings = { pool, group, region, endpoint, timeoutMs };
      let target: GroupTarget | undefined;
      const keepers: Keeper[] = [];
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
          const context = { library: await loadAutoScaling(), clock, log };
          keepers.push(createGroupSchedule(settings, scheduledActions, context), createWarmPoolKeeper(settings, warmPool, context));
          for (const keeper of keepers) keeper.start();
        },
        async stop() {
          for (const keeper of keepers) keeper.stop();
          target?.close();
        },
      };
    },
    stop: async () => {},
  };
}
