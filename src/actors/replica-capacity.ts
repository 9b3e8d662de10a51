import { observeReplica } from '../planning/capacity-evidence.ts';
import { boundsOf, type CapacityRules, type LearnedCapacity } from '../planning/learned-capacity.ts';
import type { Observation } from '../protocol/observation.ts';
import type { ReplicaCapacityReport } from '../protocol/state-report.ts';
import { roundLoad } from './measure.ts';

/** Where a pool learns what a replica serves: the rules, the configured requests/s, and the share of time that may be short. */
export interface CapacityTask {
  readonly rules: CapacityRules;
  readonly configured: number;
  readonly objective: number;
}

/** Takes what a warm producer told. `weight`: what its requests cost relative to the usual; `replicas`: of the pool. */
export function learnCapacity(
  { evidence }: LearnedCapacity,
  task: CapacityTask,
  observation: Observation,
  { startMs, weight, replicas }: { readonly startMs: number; readonly weight: number; readonly replicas: number },
): void {
  const { load, process, intervalMs } = observation;
  const seconds = intervalMs / 1_000;
  const sample = {
    startMs,
    load: (load.requests * weight) / seconds / task.configured,
    cpuMillicores: ((process?.cpuSeconds ?? load.cpuSeconds) / seconds) * 1_000,
    eventLoopDelayMs: process?.eventLoopDelayMs,
    replicas,
  };
  observeReplica(evidence, sample, task.rules);
}

export function capacityReport(
  { evidence, ratio }: LearnedCapacity,
  { rules, configured, objective }: CapacityTask,
): ReplicaCapacityReport {
  const { cpu, proven, failing } = boundsOf(evidence, rules, objective);
  const told = (load: number | null): number | null => (load === null ? null : roundLoad(load * configured));
  return {
    requestsPerSecond: roundLoad(ratio * configured),
    configured,
    cpuBound: told(cpu),
    proven: told(proven),
    failing: told(failing),
  };
}
