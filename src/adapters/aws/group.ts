import type { Activity, AutoScalingGroup } from '@aws-sdk/client-auto-scaling';

/** Tag of the group with the number of our last write. */
export const GENERATION_TAG = 'forescale:generation';

/** What a group says, in its units of capacity: instances, or their weights. */
export interface GroupReading {
  readonly desired: number;
  readonly inService: number;
  readonly min: number;
  readonly max: number;
  /** 0 before our first write. */
  readonly generation: number;
  /** Launches are suspended: nothing will come. */
  readonly isSuspended: boolean;
}

/** undefined if it is not what the contract says. */
export function readGroup(group: AutoScalingGroup): GroupReading | undefined {
  const { DesiredCapacity: desired, MinSize: min, MaxSize: max, Instances: instances = [], Tags: tags = [] } = group;
  if (!isCount(desired) || !isCount(min) || !isCount(max)) return undefined;
  const serving = instances.filter(({ LifecycleState: state, HealthStatus: health }) => state === 'InService' && health !== 'Unhealthy');
  const inService = serving.reduce((sum, { WeightedCapacity: weight }) => sum + Number(weight ?? 1), 0);
  const tag = Number(tags.find(({ Key: key }) => key === GENERATION_TAG)?.Value ?? 0);
  const suspended = group.SuspendedProcesses ?? [];
  return {
    desired,
    inService,
    min,
    max,
    generation: isCount(tag) ? tag : 0,
    isSuspended: suspended.some(({ ProcessName: name }) => name === 'Launch'),
  };
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 0;
}

/** Failed launches in a row after which nothing more is expected of waiting. */
const FAILED_LAUNCHES_MAX = 3;
/** Failures that no waiting heals, by what AWS writes into an activity. */
const HOPELESS = /limit|quota|not authorized|does not exist|invalid|is not supported/i;

/** Instances that are started only to wait in the warm pool are no capacity on its way. */
function isLaunch({ Description: description = '' }: Activity): boolean {
  return description.startsWith('Launching') && !description.includes('into warm pool');
}

export interface LaunchNews {
  readonly pendingReason?: string;
  readonly stuckReason?: string;
}

/** Why instances are missing, by the activities of the group, newest first. */
export function launchNews(activities: readonly Activity[]): LaunchNews {
  const launches = activities.filter(isLaunch);
  const running = launches.find(({ StatusCode: status }) => status !== 'Failed' && status !== 'Successful' && status !== 'Cancelled');
  const firstGood = launches.findIndex(({ StatusCode: status }) => status !== 'Failed');
  const failed = firstGood === -1 ? launches : launches.slice(0, firstGood);
  const words = (failed[0]?.StatusMessage ?? failed[0]?.Description ?? '').slice(0, 500);
  if (failed.length > 0 && (HOPELESS.test(words) || failed.length >= FAILED_LAUNCHES_MAX))
    return { pendingReason: words, stuckReason: words };
  if (failed.length > 0) return { pendingReason: words };
  return running === undefined
    ? {}
    : { pendingReason: `${running.Description ?? 'an instance starts'} (${running.StatusCode ?? 'no status'})` };
}

export interface Launch {
  readonly endMs: number;
  readonly tookMs: number;
  /** It waited in the warm pool. */
  readonly isWarm: boolean;
}

/** Launches that succeeded after `sinceMs`, oldest first: from the order of AWS until the instance is in service. */
export function launchesSince(activities: readonly Activity[], sinceMs: number): readonly Launch[] {
  return activities
    .filter((activity) => isLaunch(activity) && activity.StatusCode === 'Successful')
    .map(({ StartTime: start, EndTime: end, Description: description = '' }) => ({
      endMs: end?.getTime() ?? 0,
      tookMs: (end?.getTime() ?? 0) - (start?.getTime() ?? 0),
      isWarm: description.includes('from warm pool'),
    }))
    .filter(({ endMs, tookMs }) => endMs > sinceMs && tookMs >= 0)
    .sort((a, b) => a.endMs - b.endMs);
}
