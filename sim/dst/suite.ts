import type { DrawOptions } from './draw.ts';
import { BRANCHES, type Branch } from './reached.ts';
import { runSeed, type SeedResult } from './run-seed.ts';

export interface SuiteOptions extends DrawOptions {
  readonly first: number;
  readonly count: number;
  /** Asked before each seed; true: enough. Default: never. */
  readonly isOver?: () => boolean;
  /** Told every result as it comes. */
  readonly onResult?: (result: SeedResult) => void;
  /** Stop at the first failure. Default: go on. */
  readonly untilFailure?: boolean;
}

export interface SuiteResult {
  /** Seeds that ran. */
  readonly seeds: number;
  readonly failures: readonly SeedResult[];
  /** In how many runs each rare branch was taken. */
  readonly reached: ReadonlyMap<Branch, number>;
}

/** Failures kept whole; of further ones only the number is known. */
const FAILURES_MAX = 1_000;

/** Many clusters, one after the other. */
export async function runSuite({ first, count, isOver, onResult, untilFailure, ...options }: SuiteOptions): Promise<SuiteResult> {
  const reached = new Map<Branch, number>(BRANCHES.map((branch) => [branch, 0]));
  const failures: SeedResult[] = [];
  let seeds = 0;
  for (; seeds < count; seeds += 1) {
    if (isOver?.() === true || (untilFailure === true && failures.length > 0)) break;
    const result = await runSeed({ ...options, seed: first + seeds });
    for (const branch of result.reached) reached.set(branch, (reached.get(branch) ?? 0) + 1);
    if (result.violation !== undefined && failures.length < FAILURES_MAX) failures.push(result);
    onResult?.(result);
  }
  return { seeds, failures, reached };
}

/** Branches that no run took. */
export function neverReached({ reached }: SuiteResult): readonly Branch[] {
  return BRANCHES.filter((branch) => reached.get(branch) === 0);
}
