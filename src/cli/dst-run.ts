import { execFileSync } from 'node:child_process';
import { FAMILIES, isFamilyName, type FamilyName } from '../../sim/dst/families/index.ts';
import { failureLine, failureReport } from '../../sim/dst/failure-report.ts';
import { minimise } from '../../sim/dst/minimise.ts';
import { isPlantedBug, PLANTED_BUGS, type PlantedBug } from '../../sim/dst/planted.ts';
import { runSeed, type SeedResult } from '../../sim/dst/run-seed.ts';
import { neverReached, runSuite } from '../../sim/dst/suite.ts';
import { parseDuration } from '../config/duration.ts';
import { ProblemList } from '../problems.ts';
import type { Output } from './output.ts';

/** As commander reads them. */
export interface DstFlags {
  readonly seed?: string;
  readonly seeds?: string;
  readonly from: string;
  readonly for?: string;
  readonly families?: string;
  readonly plant?: string;
  readonly trace?: boolean;
  readonly minimise: boolean;
}

interface Wanted {
  readonly seed: number | undefined;
  readonly first: number;
  readonly count: number;
  readonly forMs: number;
  readonly families: readonly FamilyName[] | undefined;
  readonly planted: readonly PlantedBug[];
}

const SEEDS_DEFAULT = 100;
/** Failures that are told whole; of further ones a line. */
const REPORTS_MAX = 3;
/** As shells have it. */
const INTERRUPTED = 130;
/** So often is said how far it is. */
const PROGRESS_EVERY_MS = 15_000;
/** From so many seeds on, a branch that none of them took is a failure of the suite itself. */
const REACHES_FROM = 500;

/**
 * @param isBroken asked before each of many seeds; true: what was found so far is said. Default: after an interrupt.
 * @throws InputError
 */
export async function runDst(flags: DstFlags, output: Output, isBroken?: () => boolean): Promise<void> {
  const wanted = read(flags);
  if (wanted.seed === undefined) await runMany(wanted, flags, output, isBroken ?? untilInterrupted());
  else await runOne(wanted.seed, wanted, flags, output);
}

async function runOne(seed: number, { families, planted }: Wanted, flags: DstFlags, output: Output): Promise<void> {
  const onLine = flags.trace === true ? (line: string): void => output.out(`${line}\n`) : undefined;
  const result = await runSeed({ seed, families, planted, onLine });
  if (result.violation === undefined) {
    const faults = result.draw.families.join(' ') || 'no faults';
    output.out(`seed ${seed} holds: ${result.draw.nodes} nodes, ${faults}\n`);
  } else if (flags.trace === true) output.out(`${failureLine(result)}\n`);
  else await tell(result, flags, output);
  if (onLine !== undefined) output.out(`digest ${result.digest}\n`);
  output.out(`1 seeds, ${result.violation === undefined ? 0 : 1} failed\n`);
  if (result.violation !== undefined) output.setExitCode(1);
}

async function runMany(
  { first, count, forMs, families, planted }: Wanted,
  flags: DstFlags,
  output: Output,
  isBroken: () => boolean,
): Promise<void> {
  const begun = process.cpuUsage();
  const cpuMs = (): number => {
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1_000;
  };
  const onResult = progressOf(count, cpuMs, output);
  const result = await runSuite({ first, count, families, planted, onResult, isOver: () => isBroken() || cpuMs() > forMs });
  for (const failure of result.failures.slice(0, REPORTS_MAX)) await tell(failure, flags, output);
  for (const failure of result.failures.slice(REPORTS_MAX)) output.out(`${failureLine(failure)}\n`);
  const missed = families === undefined && planted.length === 0 ? neverReached(result) : [];
  if (missed.length > 0) output.out(`never reached: ${missed.join('; ')}\n`);
  const isInterrupted = result.seeds < count && cpuMs() <= forMs;
  if (result.seeds < count) output.out(`${isInterrupted ? 'interrupted' : 'the time was up'} after ${result.seeds} of ${count} seeds\n`);
  output.out(`${(cpuMs() / 1_000 / Math.max(1, result.seeds)).toFixed(2)} s of CPU a seed, from seed ${first}\n`);
  output.out(`${result.seeds} seeds, ${result.failures.length} failed\n`);
  if (isInterrupted) output.setExitCode(INTERRUPTED);
  if (result.failures.length > 0 || (missed.length > 0 && result.seeds >= REACHES_FROM)) output.setExitCode(1);
}

/** Says how far it is, and each failure at once: the whole is told at the end, which may be hours away. */
function progressOf(count: number, cpuMs: () => number, output: Output): (result: SeedResult) => void {
  let seeds = 0;
  let failed = 0;
  let saidMs = cpuMs();
  return (result) => {
    seeds += 1;
    if (result.violation !== undefined) {
      failed += 1;
      output.err(`${failureLine(result)}\n`);
    }
    if (cpuMs() - saidMs < PROGRESS_EVERY_MS) return;
    saidMs = cpuMs();
    output.err(`${seeds} of ${count} seeds, ${failed} failed\n`);
  };
}

/** The first interrupt ends the run after its seed, so that it says what it found; the next ends the process. */
function untilInterrupted(): () => boolean {
  let isInterrupted = false;
  process.once('SIGINT', () => (isInterrupted = true));
  return () => isInterrupted;
}

async function tell(failed: SeedResult, flags: DstFlags, output: Output): Promise<void> {
  const smallest = flags.minimise ? await minimise(failed) : failed;
  output.out(`${failureReport(failed, smallest, commit())}\n`);
}

/** Of the sources; an installed package has none. */
function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

function read(flags: DstFlags): Wanted {
  const problems = new ProblemList();
  const whole = (option: string, text: string | undefined, least: number): number | undefined => {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    problems.add(option, `a whole number from ${least}`, `"${text}"`);
    return undefined;
  };
  if (flags.seed !== undefined && flags.seeds !== undefined) problems.add('--seed', 'either --seed or --seeds', 'both');
  const forMs = flags.for === undefined ? Number.POSITIVE_INFINITY : parseDuration(flags.for);
  if (forMs === undefined) problems.add('--for', 'a duration like 90s or 3m', `"${flags.for}"`);
  const families = readNames(
    '--families',
    flags.families,
    FAMILIES.map(({ name }) => name),
    isFamilyName,
    problems,
  );
  const wanted: Wanted = {
    seed: whole('--seed', flags.seed, 0),
    first: whole('--from', flags.from, 0) ?? 1,
    count: whole('--seeds', flags.seeds, 1) ?? SEEDS_DEFAULT,
    forMs: forMs ?? 0,
    families,
    planted: readNames('--plant', flags.plant, PLANTED_BUGS, isPlantedBug, problems) ?? [],
  };
  problems.throwIfAny();
  return wanted;
}

function readNames<N extends string>(
  option: string,
  text: string | undefined,
  known: readonly string[],
  isKnown: (name: string) => name is N,
  problems: ProblemList,
): readonly N[] | undefined {
  if (text === undefined) return undefined;
  if (text === 'none') return [];
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) if (!isKnown(name)) problems.add(option, `names out of: ${known.join(', ')}`, `"${name}"`);
  return names.filter(isKnown);
}
