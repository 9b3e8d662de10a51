import { loadAutoScaling } from '../../../src/adapters/aws/library.ts';
import { createGroupTarget, type GroupTarget } from '../../../src/adapters/aws/group-target.ts';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import { silentLog } from '../../../src/ports/log.ts';
import { startAutoScaling, type AutoScalingServer, type AwsTrouble } from '../../../sim/aws/auto-scaling-server.ts';
import { SimulatedGroup } from '../../../sim/aws/group.ts';
import type { FaultKind, FaultPoint } from '../../contracts/target/faults.ts';

const library = await loadAutoScaling();

export interface TestGroup {
  readonly server: AutoScalingServer;
  readonly group: SimulatedGroup;
  readonly target: () => GroupTarget;
  readonly advance: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function testGroup(): Promise<TestGroup> {
  let nowMs = 1_700_000_000_000;
  const group = new SimulatedGroup({
    name: 'web-asg',
    minSize: 1,
    maxSize: 8,
    desired: 1,
    nowMs: () => nowMs,
    launchMs: 45_000,
    cooldownMs: 300_000,
  });
  const server = await startAutoScaling(group);
  const targets: GroupTarget[] = [];
  return {
    server,
    group,
    target() {
      const target = targetAt(server.endpoint, 'web-asg');
      targets.push(target);
      return target;
    },
    async advance(ms) {
      nowMs += ms;
    },
    async close() {
      for (const target of targets) target.close();
      await server.close();
    },
  };
}

export function targetAt(endpoint: string, group: string, timeoutMs = 1_000): GroupTarget {
  return createGroupTarget(
    { pool: 'web', group, region: 'eu-west-1', endpoint, timeoutMs },
    { library, clock: createSystemClock(), log: silentLog, credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'hush-hush' } },
  );
}

const TROUBLES: Readonly<Record<string, readonly [AwsTrouble, FaultKind['code'], FaultKind['at']?]>> = {
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

export const KINDS: readonly FaultKind[] = Object.entries(TROUBLES).map(([name, [, code, at]]) => ({
  name,
  code,
  ...(at === undefined ? {} : { at }),
}));

/** Makes the next fitting call go wrong. Each write of the target is a look, the write, its tag and a look. */
export function armable({ server }: TestGroup) {
  let armed: { readonly at: FaultPoint; readonly kind: string } | undefined;
  let hasWritten = false;
  server.interfere = ({ action }) => {
    if (action === 'CreateOrUpdateTags' || action === 'DescribeScalingActivities') return undefined;
    const point = action === 'SetDesiredCapacity' ? 'write' : hasWritten ? 'confirm' : 'read';
    if (action === 'SetDesiredCapacity') hasWritten = true;
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
