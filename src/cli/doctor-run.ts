import { createSystemClock } from '../adapters/system/clock.ts';
import { ProblemList } from '../problems.ts';
import type { Finding } from './doctor/finding.ts';
import { examineRedis } from './doctor/redis.ts';
import { examineTargets } from './doctor/targets.ts';
import type { Output } from './output.ts';
import { readConfig, readRedis } from './up/flags.ts';
import { digestOf } from './up/join.ts';

export interface DoctorFlags {
  readonly config?: string;
  readonly bus?: string;
  readonly json?: boolean;
}

/** @throws InputError when the config or the URL itself cannot be read. */
export async function runDoctor({ config, bus, json }: DoctorFlags, output: Output): Promise<void> {
  const problems = new ProblemList();
  if (config === undefined && bus === undefined) problems.add('forescale doctor', '--config, --bus, or both', 'neither');
  const redis = bus === undefined ? undefined : readRedis(bus, problems);
  problems.throwIfAny();
  const clock = createSystemClock();
  const settings = config === undefined ? undefined : readConfig(config);
  const digest = settings === undefined ? undefined : digestOf(settings);
  const findings = [
    ...(redis === undefined ? [] : await examineRedis(redis, digest, clock)),
    ...(settings === undefined ? [] : await examineTargets(settings.pools, clock)),
  ];
  if (findings.some(({ state }) => state === 'ill')) output.setExitCode(1);
  output.out(json === true ? `${JSON.stringify(findings)}\n` : describe(findings));
}

const SIGNS = { well: 'well    ', doubtful: 'doubtful', ill: 'ILL     ' } as const;

function describe(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ what, state, found, mend }) => [
    `${SIGNS[state]}  ${what}: ${found}`,
    ...(mend === undefined ? [] : [`          ${mend}`]),
  ]);
  const count = (state: Finding['state']): number => findings.filter((finding) => finding.state === state).length;
  return `${lines.join('\n')}\n${count('well')} well, ${count('doubtful')} doubtful, ${count('ill')} ill\n`;
}
