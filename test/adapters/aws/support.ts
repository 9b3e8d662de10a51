import { loadAutoScaling } from '../../../src/adapters/aws/library.ts';
import { createGroupTarget, type GroupContext, type GroupTarget } from '../../../src/adapters/aws/group-target.ts';
import { createGroupSchedule } from '../../../src/adapters/aws/group-schedule.ts';
import type { ScheduleSettings } from '../../../src/adapters/aws/schedule.ts';
import type { Keeper } from '../../../src/adapters/aws/keeper.ts';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import { createWarmPoolKeeper, type WarmPoolSettings } from '../../../src/adapters/aws/warm-pool.ts';
import { silentLog, type Log } from '../../../src/ports/log.ts';
import type { Meter } from '../../../src/ports/meter.ts';
import { startAutoScaling, type AutoScalingServer } from '../../../sim/aws/auto-scaling-server.ts';
import { SimulatedGroup, type SimulatedGroupOptions } from '../../../sim/aws/group.ts';
import { ANSWER_LIMIT_MS, type Troubles } from './troubles.ts';

const library = await loadAutoScaling();

export interface TestGroup {
  readonly server: AutoScalingServer;
  readonly group: SimulatedGroup;
  /** By the clock of the group. */
  readonly target: (meter?: Meter) => GroupTarget;
  readonly schedule: (schedule: ScheduleSettings) => Keeper;
  readonly warmPool: (warmPool: WarmPoolSettings, log?: Log) => Keeper;
  readonly advance: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function testGroup(options: Pick<SimulatedGroupOptions, 'weights' | 'warmLaunchMs'> = {}): Promise<TestGroup> {
  let nowMs = 1_700_000_000_000;
  const group = new SimulatedGroup({
    name: 'web-asg',
    minSize: 1,
    maxSize: 8,
    desired: 1,
    nowMs: () => nowMs,
    launchMs: 45_000,
    cooldownMs: 300_000,
    ...options,
  });
  const server = await startAutoScaling(group);
  const targets: GroupTarget[] = [];
  const keepers: Keeper[] = [];
  return {
    server,
    group,
    target(meter) {
      const target = targetAt(server.endpoint, 'web-asg', ANSWER_LIMIT_MS, {
        clock: { ...createSystemClock(), nowMs: () => nowMs },
        ...(meter && { meter }),
      });
      targets.push(target);
      return target;
    },
    schedule(schedule) {
      const keeper = scheduleAt(server.endpoint, schedule, { ...createSystemClock(), nowMs: () => nowMs });
      keepers.push(keeper);
      return keeper;
    },
    warmPool(warmPool, log) {
      const keeper = warmPoolAt(server.endpoint, warmPool, { ...createSystemClock(), nowMs: () => nowMs }, log);
      keepers.push(keeper);
      return keeper;
    },
    async advance(ms) {
      nowMs += ms;
    },
    async close() {
      for (const target of targets) target.close();
      for (const keeper of keepers) keeper.stop();
      await server.close();
    },
  };
}

export function targetAt(endpoint: string, group: string, timeoutMs = ANSWER_LIMIT_MS, context: Partial<GroupContext> = {}): GroupTarget {
  return createGroupTarget(
    { pool: 'web', group, region: 'eu-west-1', endpoint, timeoutMs },
    {
      library,
      clock: createSystemClock(),
      log: silentLog,
      credentials: CREDENTIALS,
      ...context,
    },
  );
}

/** Scheduled actions of `web-asg`. */
export function scheduleAt(endpoint: string, schedule: ScheduleSettings, clock = createSystemClock(), timeoutMs = ANSWER_LIMIT_MS): Keeper {
  return createGroupSchedule({ ...WEB, endpoint, timeoutMs }, schedule, { library, clock, log: silentLog, credentials: CREDENTIALS });
}

/** The warm pool of `web-asg`. */
export function warmPoolAt(
  endpoint: string,
  warmPool: WarmPoolSettings,
  clock = createSystemClock(),
  log = silentLog,
  timeoutMs = ANSWER_LIMIT_MS,
): Keeper {
  return createWarmPoolKeeper({ ...WEB, endpoint, timeoutMs }, warmPool, { library, clock, log, credentials: CREDENTIALS });
}

const WEB = { pool: 'web', group: 'web-asg', region: 'eu-west-1' };
const CREDENTIALS = { accessKeyId: 'AKIATEST', secretAccessKey: 'hush-hush' };

export const TROUBLES: Troubles = {
  'a cut connection': ['cut', 'unknown-outcome'],
  'no answer': ['hang', 'unknown-outcome'],
  'half an answer': ['half', 'broken-answer', ['read', 'confirm']],
  Throttling: [{ status: 400, code: 'Throttling', message: 'Rate exceeded' }, 'throttled', ['read', 'write-before', 'confirm']],
  ResourceContention: [{ status: 500, code: 'ResourceContention', message: 'pending update' }, 'unavailable', ['write-before']],
  ScalingActivityInProgress: [{ status: 400, code: 'ScalingActivityInProgress', message: 'wait' }, 'unavailable', ['write-before']],
  ExpiredToken: [{ status: 403, code: 'ExpiredToken', message: 'expired' }, 'unauthenticated'],
  AccessDenied: [{ status: 403, code: 'AccessDenied', message: 'not authorized' }, 'forbidden'],
  ValidationError: [{ status: 400, code: 'ValidationError', message: 'odd' }, 'invalid', ['write-before']],
  LimitExceeded: [{ status: 400, code: 'LimitExceeded', message: 'too many' }, 'quota', ['write-before']],
  InternalFailure: [{ status: 500, code: 'InternalFailure', message: 'oh' }, 'unknown-outcome'],
};
