import pc from 'picocolors';
import { createRandom } from '../adapters/system/random.ts';
import { plantFor, type Plant } from '../../sim/plant.ts';
import { choosePolicies, DEFAULT_POLICIES } from '../../sim/policies/registry.ts';
import { reportOf } from '../../sim/report/report.ts';
import { writeReport } from '../../sim/report/write.ts';
import { compileScenario } from '../../sim/scenario/compile.ts';
import { loadScenario } from '../../sim/scenario/load.ts';
import { simulate, type Comparison, type Progress, type Simulation } from '../../sim/simulate.ts';
import { readTrace } from '../../sim/traces/read.ts';
import { demandOf, workloadOf } from '../../sim/workloads/from-trace.ts';
import { InputError, ProblemList } from '../problems.ts';
import { resultTable } from './simulate-table.ts';

/** As commander reads them. */
export interface SimulateFlags {
  readonly trace?: string;
  readonly policy?: string;
  readonly seed?: string;
  readonly out?: string;
  readonly messages?: boolean;
  readonly json?: boolean;
  readonly replicaCapacity?: string;
  readonly leadTime: string;
  readonly min: string;
  readonly max?: string;
  readonly objective: string;
  readonly shortMinutePrice?: string;
}

/** Options that describe the plant; a scenario has its own. */
const PLANT_OPTIONS = ['replicaCapacity', 'leadTime', 'min', 'max', 'objective', 'shortMinutePrice'] as const;
/** Memory of the offline and the queueing parts grows with it. */
const REPLICAS_MAX = 100_000;
/** As in a pool's config. */
const PRICE_MAX = 1e9;

/**
 * Everything is read and checked before the first run, and nothing is written before the last has ended.
 * @throws InputError
 */
export async function runSimulate(scenario: string | undefined, flags: SimulateFlags, given: ReadonlySet<string>): Promise<void> {
  if (flags.messages === true && flags.out === undefined)
    throw new InputError([{ place: '--messages', wanted: '--out DIR, where they are written', found: 'no --out' }]);
  const comparison = { ...prepare(scenario, flags, given), keepsMessages: flags.messages === true };
  const simulation = await simulate({ ...comparison, ...(process.stderr.isTTY && { onProgress: showProgress }) });
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[2K');
  if (flags.out !== undefined) writeReport(flags.out, simulation);
  print(simulation, flags);
  if (simulation.verdicts.some(({ holds }) => !holds)) process.exitCode = 1;
}

/** Reads the scenario or the trace and the options into what is to be run. */
export function prepare(scenarioPath: string | undefined, flags: SimulateFlags, given: ReadonlySet<string>): Comparison {
  if ((scenarioPath === undefined) === (flags.trace === undefined)) {
    const found = flags.trace === undefined ? 'neither' : 'both';
    throw new InputError([{ place: 'simulate', wanted: 'a scenario file or --trace FILE', found }]);
  }
  const problems = new ProblemList();
  const seed = readSeed(flags, problems);
  if (scenarioPath !== undefined) {
    for (const option of PLANT_OPTIONS)
      if (given.has(option)) problems.add(`--${dashed(option)}`, 'nothing: a scenario has its own plant', 'a value');
    return prepareScenario(scenarioPath, flags, seed, problems);
  }
  return prepareTrace(flags, seed, problems);
}

function prepareScenario(path: string, flags: SimulateFlags, seed: number | undefined, problems: ProblemList): Comparison {
  const scenario = loadScenario(path);
  const labels = flags.policy?.split(',') ?? scenario.policies ?? DEFAULT_POLICIES;
  const policies = choosePolicies(labels, flags.policy === undefined ? path : '--policy', problems);
  problems.throwIfAny();
  const used = seed ?? scenario.seed ?? 1;
  return { ...compileScenario(scenario, createRandom(used).fork('workload')), policies, seed: used, scenario };
}

function prepareTrace(flags: SimulateFlags, seed: number | undefined, problems: ProblemList): Comparison {
  const policies = choosePolicies(flags.policy?.split(',') ?? DEFAULT_POLICIES, '--policy', problems);
  const settings = readPlant(flags, problems);
  problems.throwIfAny();
  const trace = readTrace(flags.trace ?? '');
  const plant = plantFor(demandOf(trace), settings);
  return { workload: workloadOf(trace, plant.replicaCapacity), plant, faults: [], policies, seed: seed ?? 1 };
}

function readSeed({ seed }: SimulateFlags, problems: ProblemList): number | undefined {
  if (seed === undefined) return undefined;
  const value = Number(seed);
  if (/^[0-9]+$/.test(seed) && Number.isSafeInteger(value)) return value;
  problems.add('--seed', 'a whole number of 0 or more', `"${seed}"`);
  return undefined;
}

function readPlant(flags: SimulateFlags, problems: ProblemList): Partial<Plant> {
  const minReplicas = readCount('--min', flags.min, 0, problems);
  const maxReplicas = flags.max === undefined ? undefined : readCount('--max', flags.max, 1, problems);
  if (maxReplicas !== undefined && maxReplicas < minReplicas) problems.add('--max', `at least --min (${minReplicas})`, String(maxReplicas));
  const objective = Number(flags.objective);
  if (!(objective > 0 && objective <= 0.5)) problems.add('--objective', 'a share above 0 and up to 0.5', `"${flags.objective}"`);
  const capacity = flags.replicaCapacity === undefined ? undefined : Number(flags.replicaCapacity);
  if (capacity !== undefined && !(capacity > 0 && Number.isFinite(capacity))) {
    problems.add('--replica-capacity', 'a number above 0', `"${flags.replicaCapacity ?? ''}"`);
  }
  const price = flags.shortMinutePrice === undefined ? undefined : Number(flags.shortMinutePrice);
  if (price !== undefined && !(price > 0 && price <= PRICE_MAX)) {
    problems.add('--short-minute-price', `a number above 0 and up to ${PRICE_MAX}`, `"${flags.shortMinutePrice ?? ''}"`);
  }
  return {
    minReplicas,
    objective,
    ...(price !== undefined && { shortMinutePrice: price }),
    leadTime: readLeadTime(flags.leadTime, problems),
    ...(maxReplicas !== undefined && { maxReplicas }),
    ...(capacity !== undefined && { replicaCapacity: capacity }),
  };
}

function readCount(option: string, text: string, least: number, problems: ProblemList): number {
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < least || value > REPLICAS_MAX) {
    problems.add(option, `a whole number from ${least} to ${REPLICAS_MAX}`, `"${text}"`);
  }
  return value;
}

function readLeadTime(text: string, problems: ProblemList): Plant['leadTime'] {
  const [p50 = Number.NaN, p95 = Number.NaN, ...more] = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (!(p50 > 0 && p95 >= p50 && p95 <= 86_400) || more.length > 0) {
    problems.add('--lead-time', 'two numbers of seconds, P50,P95, above 0 and P95 at least P50', `"${text}"`);
  }
  return { p50Ms: p50 * 1000, p95Ms: p95 * 1000 };
}

function dashed(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function showProgress({ label, share }: Progress): void {
  process.stderr.write(`\r\u001B[2K${label} ${Math.floor(100 * share)}%`);
}

function print(simulation: Simulation, { json, out }: SimulateFlags): void {
  if (json === true) {
    process.stdout.write(`${JSON.stringify(reportOf(simulation))}\n`);
    return;
  }
  process.stdout.write(resultTable(simulation));
  for (const { policy, expected, found, holds } of simulation.verdicts) {
    process.stdout.write(`${holds ? pc.green('holds') : pc.red('FAILS')}  ${policy}: ${expected} (${found})\n`);
  }
  if (out !== undefined) process.stdout.write(`\n${pc.dim('report:')} ${out}/report.html\n`);
}
