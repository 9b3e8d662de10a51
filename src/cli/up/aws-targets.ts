import { createGroupTarget, type GroupTarget } from '../../adapters/aws/group-target.ts';
import { loadAutoScaling } from '../../adapters/aws/library.ts';
import type { AwsTargetSettings } from '../../config/settings.ts';
import type { RemoteTargetKind, RemoteWorld } from './remote-target.ts';

/** Auto Scaling groups. The SDK is loaded at the start, if there is one. */
export function awsTargets({ clock, log }: RemoteWorld): RemoteTargetKind<AwsTargetSettings> {
  return {
    create(pool, { group, region, endpoint, timeoutMs }) {
      let target: GroupTarget | undefined;
      const prepare = async (): Promise<void> => {
        const library = await loadAutoScaling();
        target = createGroupTarget({ pool, group, region, endpoint, timeoutMs }, { library, clock, log });
      };
      return {
        get target(): GroupTarget {
          if (target === undefined) throw new Error(`The target of ${pool} is used before it is started.`);
          return target;
        },
        prepare,
        start: prepare,
        stop: async () => target?.close(),
      };
    },
    stop: async () => {},
  };
}
