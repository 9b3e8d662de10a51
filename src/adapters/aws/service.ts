import type { ScalableTarget } from '@aws-sdk/client-application-auto-scaling';
import type { Service } from '@aws-sdk/client-ecs';

/** Tag of the service with the number of our last write. */
export const GENERATION_TAG = 'forescale:generation';
/** Tag with the least capacity of the scalable target before we first raised it: never lowered below. */
export const ORIGINAL_MIN_TAG = 'forescale:original-min-capacity';

/** What a service says of itself. */
export interface ServiceReading {
  readonly arn: string;
  readonly desired: number;
  readonly running: number;
  /** 0 before our first write. */
  readonly generation: number;
  readonly originalMin: number | undefined;
  readonly pendingReason?: string;
  readonly stuckReason?: string;
}

/** What scales the service beside us; undefined: nothing. */
export interface Scaler {
  readonly min: number;
  readonly max: number;
  /** Policies or schedules that move the count. Without one it only bounds. */
  readonly isActive: boolean;
}

/** Failures that no waiting heals, in the words of events. */
const HOPELESS = /is not authorized|does not exist|CannotPullContainerError|quota|limit exceeded/i;
const TROUBLE = /unable to|unhealthy|failed|cannot|error/i;
const WORDS_MAX = 500;
/** Older events speak of what was. */
const EVENTS_MS = 600_000;

/** undefined if it is not what the contract says. */
export function readService(service: Service, nowMs: number): ServiceReading | undefined {
  const { serviceArn: arn, desiredCount: desired, runningCount: running, tags = [] } = service;
  if (arn === undefined || !isCount(desired) || !isCount(running)) return undefined;
  const numberOf = (key: string): number | undefined => {
    const value = Number(tags.find((tag) => tag.key === key)?.value ?? Number.NaN);
    return isCount(value) ? value : undefined;
  };
  return {
    arn,
    desired,
    running,
    generation: numberOf(GENERATION_TAG) ?? 0,
    originalMin: numberOf(ORIGINAL_MIN_TAG),
    ...(running < desired ? newsOf(service, nowMs) : {}),
  };
}

/** Why tasks are missing: a deployment that was given up, or the newest event that tells of trouble. */
function newsOf({ deployments = [], events = [] }: Service, nowMs: number): Pick<ServiceReading, 'pendingReason' | 'stuckReason'> {
  const failed = deployments.find(({ status, rolloutState }) => status === 'PRIMARY' && rolloutState === 'FAILED');
  if (failed !== undefined) {
    const words = (failed.rolloutStateReason ?? 'the deployment failed').slice(0, WORDS_MAX);
    return { pendingReason: words, stuckReason: words };
  }
  const recent = events.filter(({ createdAt }) => createdAt !== undefined && nowMs - createdAt.getTime() < EVENTS_MS);
  const words = recent.find(({ message = '' }) => TROUBLE.test(message))?.message?.slice(0, WORDS_MAX);
  if (words === undefined) return { pendingReason: 'tasks are starting' };
  return HOPELESS.test(words) ? { pendingReason: words, stuckReason: words } : { pendingReason: words };
}

/** undefined if it is not what the contract says. */
export function readScaler({ MinCapacity: min, MaxCapacity: max }: ScalableTarget, policies: number): Scaler | undefined {
  return isCount(min) && isCount(max) ? { min, max, isActive: policies > 0 } : undefined;
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 0;
}
