import { ProblemList } from '../src/problems.ts';
import type { CloudFault } from './cloud-faults.ts';
import type { Plant } from './plant.ts';
import { choosePolicies, type ChosenPolicy } from './policies/registry.ts';
import { runPolicy, type PolicyRun } from './run.ts';
import { judge, type Verdict } from './scenario/expect.ts';
import type { Scenario } from './scenario/schema.ts';
import { scoreOf, type Score } from './score.ts';
import type { Workload } from './workloads/workload.ts';

/** What several policies are compared on. */
export interface Comparison {
  /** Demand over time: what every policy meets, whatever it does. */
  readonly workload: Workload;
  /** What a replica serves, how long it takes to start, and the bounds of their number. */
  readonly plant: Plant;
  /** What goes wrong with the cloud, and when. Empty: nothing. */
  readonly faults: readonly CloudFault[];
  /** As `choosePolicies` reads them; each runs in a world of its own. */
  readonly policies: readonly ChosenPolicy[];
  /** Start-up times and faults are drawn by it: the same seed, the same bytes. */
  readonly seed: number;
  /** Its expectations are judged after the runs. */
  readonly scenario?: Scenario;
  /** Told now and then. Default: nobody is. */
  readonly onProgress?: (progress: Progress) => void;
  /** What actors take is kept, for stepping through it. Default false. */
  readonly keepsMessages?: boolean;
}

export interface Progress {
  readonly label: string;
  /** Of all runs together, 0 to 1. */
  readonly share: number;
}

export interface ScoredRun extends PolicyRun {
  readonly score: Score;
  /** The second half alone: the first half is what policies and settings were given to learn from. */
  readonly secondHalf: Score;
}

/** What came of a comparison. */
export interface Simulation {
  readonly workload: Workload;
  readonly plant: Plant;
  readonly seed: number;
  readonly scenario?: Scenario;
  /** In the order of the policies. */
  readonly runs: readonly ScoredRun[];
  /** Of the scenario's expectations; empty without a scenario. */
  readonly verdicts: readonly Verdict[];
}

/** Runs every policy in a world of its own on the same demand, one after the other, and scores them. */
export async function simulate(comparison: Comparison): Promise<Simulation> {
  const { workload, plant, faults, policies, seed, scenario, onProgress, keepsMessages = false } = comparison;
  const runs: ScoredRun[] = [];
  for (const [index, { label, policy, start }] of policies.entries()) {
    const tell = onProgress && ((share: number): void => onProgress({ label, share: (index + share) / policies.length }));
    const run = await runPolicy({ workload, plant, faults, policy, start, label, seed, keepsMessages, ...(tell && { onProgress: tell }) });
    const half = Math.ceil(run.rows.length / 2);
    runs.push({
      ...run,
      score: scoreOf(run.rows, workload.intervalMs, plant.minReplicas),
      secondHalf: scoreOf(run.rows.slice(half), workload.intervalMs, plant.minReplicas),
    });
  }
  const verdicts = scenario === undefined ? [] : judge(scenario, runs);
  return { workload, plant, seed, ...(scenario && { scenario }), runs, verdicts };
}

/** Policies by their labels. @throws InputError that names every label that is none. */
export function policiesFor(labels: readonly string[], place = '--policy'): readonly ChosenPolicy[] {
  const problems = new ProblemList();
  const chosen = choosePolicies(labels, place, problems);
  problems.throwIfAny();
  return chosen;
}
