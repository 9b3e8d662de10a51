import type { AutoScalingClient, AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { targetError } from '../../ports/target.ts';
import type { Intent } from '../http/target-failure.ts';
import { clientConfig, type AwsCallSettings, type AwsCredentials } from './client-config.ts';
import type { Done } from './done.ts';
import { attempt } from './failure.ts';
import type { AutoScalingLibrary } from './library.ts';

/** One EC2 Auto Scaling group. */
export interface GroupSettings extends AwsCallSettings {
  readonly group: string;
}

/** What every part of ours asks of a group. */
export interface GroupCalls {
  readonly library: AutoScalingLibrary;
  readonly client: AutoScalingClient;
  /** In messages. */
  readonly who: string;
  readonly call: <T>(intent: Intent, send: () => Promise<T>) => Promise<Done<T>>;
  readonly describe: () => Promise<Done<AutoScalingGroup>>;
  /** undefined: takes the tag away. */
  readonly tag: (key: string, value: string | undefined) => Promise<Done<unknown>>;
  readonly close: () => void;
}

export function connectGroup(settings: GroupSettings, library: AutoScalingLibrary, credentials: AwsCredentials | undefined): GroupCalls {
  const { group: AutoScalingGroupName } = settings;
  const who = `Auto Scaling group ${AutoScalingGroupName}`;
  const client = new library.AutoScalingClient(clientConfig(settings, credentials));
  const call = <T>(intent: Intent, send: () => Promise<T>): Promise<Done<T>> => attempt(who, intent, send);
  return {
    library,
    client,
    who,
    call,
    async describe() {
      const command = new library.DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [AutoScalingGroupName] });
      const told = await call('read', () => client.send(command));
      if (!told.ok) return told;
      const groups = told.value.AutoScalingGroups;
      if (groups === undefined) return targetError('broken-answer', `${who}: the answer holds no groups`);
      const group = groups.find((one) => one.AutoScalingGroupName === AutoScalingGroupName);
      // A group that is deleted is told until its last instance is gone.
      if (group === undefined || group.Status !== undefined)
        return targetError('not-found', `${who} ${group === undefined ? 'is not there' : `is going (${group.Status})`}`);
      return { ok: true, value: group };
    },
    tag(Key, Value) {
      const tag = { ResourceId: AutoScalingGroupName, ResourceType: 'auto-scaling-group', Key };
      if (Value === undefined) return call('write', () => client.send(new library.DeleteTagsCommand({ Tags: [tag] })));
      const Tags = [{ ...tag, Value, PropagateAtLaunch: false }];
      return call('write', () => client.send(new library.CreateOrUpdateTagsCommand({ Tags })));
    },
    close: () => client.destroy(),
  };
}

export function tagOf({ Tags: tags = [] }: AutoScalingGroup, key: string): string | undefined {
  return tags.find(({ Key }) => Key === key)?.Value;
}
