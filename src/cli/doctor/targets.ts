/** What the doctor sees of the targets: each is read as an engine does before it plans. Nothing is written. */
import { createSystemRandom } from '../../adapters/system/random.ts';
import type { ConfiguredPool } from '../../config/settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { TargetErrorCode } from '../../ports/target.ts';
import { InputError } from '../../problems.ts';
import { createRemoteTargets } from '../up/targets.ts';
import type { Finding } from './finding.ts';

const MENDS: Readonly<Partial<Record<TargetErrorCode, string>>> = {
  forbidden: 'give the rights that docs/targets.md lists for it',
  unauthenticated: 'renew the credentials that the config names',
  untrusted: 'name the authority of its certificate',
  'not-found': 'make it, or mend its name in the config',
  unavailable: 'let this machine reach it',
};

export async function examineTargets(pools: readonly ConfiguredPool[], clock: Clock): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  /** Rights that the target which is looked at lacks, of all that it could use. */
  const missing: string[] = [];
  let targets: ReturnType<typeof createRemoteTargets>;
  try {
    targets = createRemoteTargets(pools, { clock, random: createSystemRandom(), log: listenTo(missing) });
    await targets.prepare();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ place, wanted, found }) => ({ what: place, state: 'ill', found, mend: `needs ${wanted}` }));
  }
  try {
    for (const { pool } of pools) {
      const target = targets.of(pool);
      if (target === undefined) continue;
      missing.length = 0;
      const read = await target.get(pool);
      const what = `target of pool ${pool}`;
      if (read.ok) {
        const found = `${read.value.requestedReplicas} replicas asked for, ${read.value.readyReplicas} ready`;
        if (target.capabilities.scale) findings.push({ what, state: 'well', found });
        else findings.push({ what, state: 'doubtful', found: `${found}; it is only advised`, mend: mendAdvice(missing) });
      } else {
        const { code, message } = read.error;
        findings.push({ what, state: 'ill', found: `${code}: ${message}`, mend: MENDS[code] ?? 'see docs/targets.md' });
      }
    }
    return findings;
  } finally {
    await targets.stop();
  }
}

function mendAdvice(missing: readonly string[]): string {
  return missing.length === 0 ? 'docs/targets.md says when' : `give the right to ${missing.join(', ')}`;
}

function listenTo(missing: string[]): Log {
  const log: Log = {
    debug: () => {},
    info({ missingRights }) {
      if (Array.isArray(missingRights)) missing.push(...missingRights.map(String));
    },
    warn: () => {},
    error: () => {},
    child: () => log,
  };
  return log;
}
