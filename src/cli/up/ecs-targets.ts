import { loadEcs } from '../../adapters/aws/ecs-library.ts';
import { createServiceSchedule } from '../../adapters/aws/service-schedule.ts';
import { createServiceTarget, type ServiceTarget } from '../../adapters/aws/service-target.ts';
import type { Keeper } from '../../adapters/aws/keeper.ts';
import type { EcsTargetSettings } from '../../config/settings.ts';
import type { RemoteTargetKind, RemoteWorld } from './remote-target.ts';

/** ECS services. The SDK is loaded at the start, if there is one. */
export function ecsTargets({ clock, log }: RemoteWorld): RemoteTargetKind<EcsTargetSettings> {
  return {
    create(pool, { cluster, service, mode, region, endpoint, timeoutMs, scheduledActions }) {
      const settings = { pool, cluster, service, mode, region, endpoint, timeoutMs };
      let target: ServiceTarget | undefined;
      let schedule: Keeper | undefined;
      const prepare = async (): Promise<void> => {
        const libraries = await loadEcs();
        target = createServiceTarget(settings, { libraries, clock, log });
      };
      return {
        get target(): ServiceTarget {
          if (target === undefined) throw new Error(`The target of ${pool} is used before it is started.`);
          return target;
        },
        prepare,
        async start() {
          await prepare();
          schedule = createServiceSchedule(settings, scheduledActions, { libraries: await loadEcs(), clock, log });
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
