import { loadEcs } from '../../../src/adapters/aws/ecs-library.ts';
import { createServiceTarget, type ServicePoolSettings, type ServiceTarget } from '../../../src/adapters/aws/service-target.ts';
import { createServiceSchedule } from '../../../src/adapters/aws/service-schedule.ts';
import type { ScheduleSettings } from '../../../src/adapters/aws/schedule.ts';
import type { Keeper } from '../../../src/adapters/aws/keeper.ts';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import { silentLog } from '../../../src/ports/log.ts';
import { startEcs, type EcsServer } from '../../../sim/aws/ecs-server.ts';
import { SimulatedService } from '../../../sim/aws/service.ts';
import { ANSWER_LIMIT_MS, type Troubles } from './troubles.ts';

const libraries = await loadEcs();

export interface TestService {
  readonly server: EcsServer;
  readonly service: SimulatedService;
  readonly target: (settings?: Partial<ServicePoolSettings>) => ServiceTarget;
  readonly schedule: (schedule: ScheduleSettings) => Keeper;
  readonly advance: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A service of one task; `isFloored`: with a policy of Application Auto Scaling from 1 to 8. */
export async function testService(isFloored = false): Promise<TestService> {
  let nowMs = 1_700_000_000_000;
  const service = new SimulatedService({ cluster: 'shop', name: 'web', desired: 1, nowMs: () => nowMs, startMs: 30_000 });
  if (isFloored) service.scaler = { min: 1, max: 8, policies: 1 };
  const server = await startEcs(service);
  const targets: ServiceTarget[] = [];
  const keepers: Keeper[] = [];
  return {
    server,
    service,
    target(settings) {
      const target = serviceAt(server.endpoint, settings, { ...createSystemClock(), nowMs: () => nowMs });
      targets.push(target);
      return target;
    },
    schedule(schedule) {
      const keeper = serviceScheduleAt(server.endpoint, schedule, { ...createSystemClock(), nowMs: () => nowMs });
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

export function serviceAt(endpoint: string, settings: Partial<ServicePoolSettings> = {}, clock = createSystemClock()): ServiceTarget {
  const where = { pool: 'web', cluster: 'shop', service: 'web', region: 'eu-west-1', endpoint };
  const pool = { ...where, mode: 'auto' as const, timeoutMs: ANSWER_LIMIT_MS };
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'hush-hush' };
  return createServiceTarget({ ...pool, ...settings }, { libraries, clock, log: silentLog, credentials });
}

/** Scheduled actions of the service `web`. */
export function serviceScheduleAt(
  endpoint: string,
  schedule: ScheduleSettings,
  clock = createSystemClock(),
  timeoutMs = ANSWER_LIMIT_MS,
): Keeper {
  const pool = { pool: 'web', cluster: 'shop', service: 'web', mode: 'auto' as const, region: 'eu-west-1', endpoint, timeoutMs };
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'hush-hush' };
  return createServiceSchedule(pool, schedule, { libraries, clock, log: silentLog, credentials });
}

export const TROUBLES: Troubles = {
  'a cut connection': ['cut', 'unknown-outcome'],
  'no answer': ['hang', 'unknown-outcome'],
  'half an answer': ['half', 'broken-answer', ['read', 'confirm']],
  ThrottlingException: [
    { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' },
    'throttled',
    ['read', 'write-before', 'confirm'],
  ],
  ConcurrentUpdateException: [{ status: 400, code: 'ConcurrentUpdateException', message: 'wait' }, 'unavailable', ['write-before']],
  ExpiredTokenException: [{ status: 400, code: 'ExpiredTokenException', message: 'expired' }, 'unauthenticated'],
  AccessDeniedException: [{ status: 400, code: 'AccessDeniedException', message: 'not authorized' }, 'forbidden'],
  ClusterNotFoundException: [
    { status: 400, code: 'ClusterNotFoundException', message: 'Cluster not found.' },
    'not-found',
    ['write-before'],
  ],
  LimitExceededException: [{ status: 400, code: 'LimitExceededException', message: 'too many' }, 'quota', ['write-before']],
  ServerException: [{ status: 500, code: 'ServerException', message: 'oh' }, 'unknown-outcome'],
};
