import type { CapacityChange, ForecastPoint } from '../policies/policy.ts';
import type { ScoredRun, Simulation } from '../simulate.ts';
import { isViolation, rounded, type TimelineRow } from '../timeline.ts';
import { reportOf, type SimulationReport } from './report.ts';

/** What the page is given. Long series are run-length coded: value, count, value, count, ... */
export interface PageData {
  readonly report: SimulationReport;
  readonly required: readonly number[];
  readonly policies: readonly PolicyData[];
}

export interface PolicyData {
  readonly label: string;
  readonly ready: readonly number[];
  readonly requested: readonly number[];
  readonly violation: readonly number[];
  readonly latency: readonly number[];
  /** Forecast in replicas per interval, -1 where there is none; absent for policies without forecasts. */
  readonly forecast?: { readonly q05: readonly number[]; readonly q50: readonly number[]; readonly q95: readonly number[] };
  /** Time in seconds from the start, from, to, reason. */
  readonly changes: readonly (readonly [number, number, number, string])[];
  readonly changesLeftOut: number;
}

/** More are in decisions.jsonl. */
const CHANGES_MAX = 5_000;

export function pageData(simulation: Simulation): PageData {
  const rows = simulation.runs[0]?.rows ?? [];
  return {
    report: reportOf(simulation),
    required: runLengths(rows.map((row) => row.required)),
    policies: simulation.runs.map((run) => policyData(run, simulation)),
  };
}

function policyData(run: ScoredRun, { workload, plant }: Simulation): PolicyData {
  const { label, rows, changes, forecasts } = run;
  const series = (read: (row: TimelineRow) => number): number[] => runLengths(rows.map(read));
  return {
    label,
    ready: series((row) => row.ready),
    requested: series((row) => row.requested),
    violation: series((row) => Number(isViolation(row))),
    latency: series((row) => Number(row.latencyP95Seconds.toPrecision(3))),
    ...(forecasts.length > 0 && { forecast: band(forecasts, workload.startMs, workload.intervalMs, rows.length, plant.replicaCapacity) }),
    changes: changes.slice(0, CHANGES_MAX).map((change) => changeRow(change, workload.startMs)),
    changesLeftOut: Math.max(0, changes.length - CHANGES_MAX),
  };
}

function changeRow({ atMs, from, to, reason }: CapacityChange, startMs: number): [number, number, number, string] {
  return [Math.round((atMs - startMs) / 1000), from, to, reason];
}

function band(
  forecasts: readonly ForecastPoint[],
  startMs: number,
  intervalMs: number,
  intervals: number,
  capacity: number,
): NonNullable<PolicyData['forecast']> {
  const at = new Map(forecasts.map((point) => [Math.round((point.atMs - startMs) / intervalMs), point]));
  const replicas = (read: (point: ForecastPoint) => number): number[] => {
    const values = Array.from({ length: intervals }, (_, i) => {
      const point = at.get(i);
      return point === undefined ? -1 : rounded(read(point) / capacity, 100);
    });
    return runLengths(values);
  };
  return { q05: replicas((point) => point.q05), q50: replicas((point) => point.q50), q95: replicas((point) => point.q95) };
}

function runLengths(values: readonly number[]): number[] {
  const coded: number[] = [];
  let count = 0;
  for (const [i, value] of values.entries()) {
    count += 1;
    if (value === values[i + 1]) continue;
    coded.push(value, count);
    count = 0;
  }
  return coded;
}
