/** The warm pool of an EC2 Auto Scaling group: instances that have been started once and wait, as many as the count asks for. */
import type { AutoScalingGroup, WarmPoolState } from '@aws-sdk/client-auto-scaling';
import { connectGroup, tagOf, type GroupCalls } from './group-calls.ts';
import type { GroupContext, GroupPoolSettings } from './group-target.ts';
import type { Done } from './done.ts';
import { createKeeper, type Keeper } from './keeper.ts';

export interface WarmPoolSettings {
  /** Of the desired capacity, 0 to 1; 0: a pool of ours is taken away. */
  readonly share: number;
  /** Instances, at least and at most. */
  readonly min: number;
  readonly max: number;
  /** How they wait. */
  readonly state: 'stopped' | 'hibernated' | 'running';
  /** Instances that are scaled in go back to it. */
  readonly reuse: boolean;
}

/** Says that the warm pool of the group is ours. */
export const WARM_POOL_TAG = 'forescale:warm-pool';

const FOLLOW_EVERY_MS = 60_000;
/** Whoever wants none looks only whether one of before is left. */
const LOOK_EVERY_MS = 3_600_000;
const STATES = { stopped: 'Stopped', hibernated: 'Hibernated', running: 'Running' } as const satisfies Record<string, WarmPoolState>;

interface WarmPool {
  readonly MinSize: number;
  readonly MaxGroupPreparedCapacity: number;
  readonly PoolState: WarmPoolState;
  readonly InstanceReusePolicy: { readonly ReuseOnScaleIn: boolean };
}

export function createWarmPoolKeeper(settings: GroupPoolSettings, warmPool: WarmPoolSettings, context: GroupContext): Keeper {
  const calls = connectGroup(settings, context.library, context.credentials);
  const log = context.log.child({ pool: settings.pool, group: settings.group });
  let isForeign = false;

  async function keep(): Promise<Done<void>> {
    const read = await calls.describe();
    if (!read.ok) return read;
    const group = read.value;
    const found = group.WarmPoolConfiguration;
    const isOurs = tagOf(group, WARM_POOL_TAG) !== undefined;
    // One that goes is looked at again when it has gone.
    if (found?.Status !== undefined) return NOTHING;
    if (warmPool.share === 0) return isOurs ? remove(calls, settings.group, found !== undefined) : NOTHING;
    if (found !== undefined && !isOurs) {
      if (!isForeign) log.warn({}, 'the group has a warm pool that is not ours; it is left alone');
      isForeign = true;
      return NOTHING;
    }
    const wanted = warmPoolOf(warmPool, group);
    if (found !== undefined && isSame(found, wanted)) return NOTHING;
    // First of all: without it, the pool would be taken for somebody else's.
    const tagged = isOurs ? NOTHING : await calls.tag(WARM_POOL_TAG, 'kept');
    if (!tagged.ok) return tagged;
    const order = { AutoScalingGroupName: settings.group, ...wanted };
    const put = await calls.call('write', () => calls.client.send(new calls.library.PutWarmPoolCommand(order)));
    if (!put.ok) return put;
    log.info({ instances: wanted.MinSize }, 'warm pool');
    return NOTHING;
  }

  return createKeeper({
    keep,
    everyMs: warmPool.share === 0 ? LOOK_EVERY_MS : FOLLOW_EVERY_MS,
    trouble: 'the warm pool is not as the config wants it',
    clock: context.clock,
    log,
    release: () => calls.close(),
  });
}

const NOTHING = { ok: true, value: undefined } as const;

/** Only where both sizes are the same is the size of the pool that number, whatever the desired capacity (AWS, "Warm pools"). */
function warmPoolOf({ share, min, max, state, reuse }: WarmPoolSettings, group: AutoScalingGroup): WarmPool {
  const { DesiredCapacity: desired = 0, MaxSize: most = 0 } = group;
  const room = Math.max(0, most - desired);
  const size = Math.min(room, max, Math.max(min, Math.ceil(share * desired)));
  return {
    MinSize: size,
    MaxGroupPreparedCapacity: size,
    PoolState: STATES[state],
    InstanceReusePolicy: { ReuseOnScaleIn: reuse },
  };
}

function isSame(found: NonNullable<AutoScalingGroup['WarmPoolConfiguration']>, wanted: WarmPool): boolean {
  return (
    found.MinSize === wanted.MinSize &&
    found.MaxGroupPreparedCapacity === wanted.MaxGroupPreparedCapacity &&
    (found.PoolState ?? 'Stopped') === wanted.PoolState &&
    (found.InstanceReusePolicy?.ReuseOnScaleIn ?? false) === wanted.InstanceReusePolicy.ReuseOnScaleIn
  );
}

async function remove({ library, client, call, tag }: GroupCalls, group: string, isThere: boolean): Promise<Done<void>> {
  const order = { AutoScalingGroupName: group, ForceDelete: true };
  const removed = isThere ? await call('write', () => client.send(new library.DeleteWarmPoolCommand(order))) : NOTHING;
  if (!removed.ok) return removed;
  const untagged = await tag(WARM_POOL_TAG, undefined);
  return untagged.ok ? NOTHING : untagged;
}
