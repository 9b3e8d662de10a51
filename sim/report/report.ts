import type { Plant } from '../plant.ts';
import type { Verdict } from '../scenario/expect.ts';
import type { Score } from '../score.ts';
import type { ScoredRun, Simulation } from '../simulate.ts';

/** report.json. Times are epoch milliseconds, costs replica-minutes. Fields are added, never changed. */
export interface SimulationReport {
  readonly version: 1;
  readonly name: string;
  readonly source: 'scenario' | 'trace';
  readonly description: string;
  readonly seed: number;
  readonly startMs: number;
  readonly intervalMs: number;
  readonly intervals: number;
  readonly producers: number;
  readonly plant: Plant;
  readonly policies: readonly PolicyReport[];
  /** Of a scenario: what had to hold, and whether it does. */
  readonly expectations: readonly Verdict[];
}

export interface PolicyReport {
  readonly label: string;
  /** The whole run. */
  readonly score: Score;
  /** Its second half alone: the first half is what the plant and `static` were sized on. */
  readonly secondHalf: Score;
  /** Cost of the whole run relative to that of each other policy, and to exactly what was required (`required`). */
  readonly costRelativeTo: Readonly<Record<string, number>>;
  /** Decisions that asked for a change. */
  readonly changes: number;
}

export function reportOf({ workload, plant, seed, scenario, runs, verdicts }: Simulation): SimulationReport {
  return {
    version: 1,
    name: workload.name,
    source: scenario === undefined ? 'trace' : 'scenario',
    description: scenario?.description.trim() ?? '',
    seed,
    startMs: workload.startMs,
    intervalMs: workload.intervalMs,
    intervals: workload.demand.length,
    producers: workload.producers.length,
    plant,
    policies: runs.map((run) => policyReport(run, runs)),
    expectations: verdicts,
  };
}

function policyReport(run: ScoredRun, runs: readonly ScoredRun[]): PolicyReport {
  const { label, score, secondHalf, changes } = run;
  const costs = runs.filter((other) => other !== run).map((other) => [other.label, other.score.costReplicaMinutes] as const);
  const relative = [['required', score.perfectCostReplicaMinutes] as const, ...costs]
    .filter(([, cost]) => cost > 0)
    .map(([other, cost]) => [other, score.costReplicaMinutes / cost] as const);
  return { label, score, secondHalf, costRelativeTo: Object.fromEntries(relative), changes: changes.length };
}
