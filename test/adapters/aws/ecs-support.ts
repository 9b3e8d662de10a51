import { loadEcs } from '../../../src/adapters/aws/ecs-library.ts';
import { createServiceTarget, type ServicePoolSettings, type ServiceTarget } from '../../../src/adapters/aws/service-target.ts';
import { createServiceSchedule } from '../../../src/adapters/aws/service-schedule.ts';
import type { ScheduleSettings } from '../../../src/adapters/aws/schedule.ts';
import type { Keeper } from '../../../src/adapters/aws/keeper.ts';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import { silentLog } from '../../../src/ports/log.ts';
import type { AwsTrouble } from '../../../sim/aws/auto-scaling-server.ts';
import { startEcs, type EcsServer } from '../../../sim/aws/ecs-server.ts';
import { SimulatedService } from '../../../sim/aws/service.ts';
import type { FaultKind, FaultPoint } from '../../contracts/target/faults.ts';

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
  const pool = { pool: 'web', cluster: 'shop', service: 'web', mode: 'auto' as const, region: 'eu-west-1', endpoint, timeoutMs: 1_000 };
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'hush-hush' };
  return createServiceTarget({ ...pool, ...settings }, { libraries, clock, log: silentLog, credentials });
}

/** Scheduled actions of the service `web`. */
export function serviceScheduleAt(endpoint: string, schedule: ScheduleSettings, clock = createSystemClock(), timeoutMs = 1_000): Keeper {
  const pool = { pool: 'web', cluster: 'shop', service: 'web', mode: 'auto' as const, region: 'eu-west-1', endpoint, timeoutMs };
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'hush-hush' };
  return createServiceSchedule(pool, schedule, { libraries, clock, log: silentLog, credentials });
}

const TROUBLES: Readonly<Record<string, readonly [AwsTrouble, FaultKind['code'], FaultKind['at']?]>> = {
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

export const KINDS: readonly FaultKind[] = Object.entries(TROUBLES).map(([name, [, code, at]]) => ({
  name,
  code,
  ...(at === undefined ? {} : { at }),
}));

/** Makes the next fitting call go wrong. `write`: the action that counts as the write. */
export function armable({ server }: TestService, write: 'UpdateService' | 'RegisterScalableTarget') {
  let armed: { readonly at: FaultPoint; readonly kind: string } | undefined;
  let hasWritten = false;
  server.interfere = (action) => {
    const isWrite = action === write;
    if (isWrite) hasWritten = true;
    else if (action !== 'DescribeServices') return undefined;
    const point = isWrite ? 'write' : hasWritten ? 'confirm' : 'read';
    if (armed === undefined || !armed.at.startsWith(point)) return undefined;
    const trouble = TROUBLES[armed.kind]?.[0];
    if (trouble === undefined) throw new Error(`no trouble ${armed.kind}`);
    const when = armed.at === 'write-after' ? 'after' : 'before';
    armed = undefined;
    return { when, with: trouble };
  };
  return {
    arm(at: FaultPoint, kind: string): void {
      armed = { at, kind };
      hasWritten = false;
    },
    isArmed: () => armed !== undefined,
  };
}
