import { QUANTILE_LEVELS } from '../../src/models/forecast.ts';
import type { PlanInputs, ReportInput, ResourceInput } from '../../src/planning/inputs.ts';
import { plannerSettings, type PlannerSettings } from '../../src/planning/settings.ts';

/** A pool of 10 replicas of 100 requests/s each, at its third day. */
export const AT_MS = 1_700_000_100_000;
const INTERVAL_MS = 60_000;

export function settings(given: Partial<PlannerSettings> = {}): PlannerSettings {
  return plannerSettings(INTERVAL_MS, { replicaCapacity: { requestsPerSecond: 100 }, ...given });
}

/** Quantiles that rise evenly from the first to the last value. */
export function quantiles(first: number, last: number): number[] {
  return QUANTILE_LEVELS.map((_, i) => first + ((last - first) * i) / (QUANTILE_LEVELS.length - 1));
}

export function requests(current: number, q99ByHorizon: readonly number[], recentMax = current): ResourceInput {
  return {
    resource: 'requests',
    current,
    recentMax,
    maxima: q99ByHorizon.map((q99, i) => ({ horizonMs: (i + 1) * 300_000, quantiles: quantiles(q99 * 0.8, q99) })),
  };
}

export function report(resources: readonly ResourceInput[], given: Partial<ReportInput> = {}): ReportInput {
  return {
    originMs: AT_MS - INTERVAL_MS,
    intervalMs: INTERVAL_MS,
    ready: true,
    problem: null,
    confidence: 0.9,
    levels: QUANTILE_LEVELS,
    resources,
    ...given,
  };
}

export function inputs(given: Partial<PlanInputs> = {}): PlanInputs {
  return {
    planId: 'web/1',
    pool: 'web',
    atMs: AT_MS,
    target: { requestedReplicas: 10, readyReplicas: 10, minReplicas: null, maxReplicas: null, problem: null },
    report: report([requests(900, [950, 980, 990])]),
    leadTime: { p50Ms: 120_000, p95Ms: 180_000, samples: 40 },
    learned: { levelShift: 0, downSpeed: 1 },
    history: { recommendations: [], sinceMs: AT_MS - 86_400_000, changes: [] },
    budget: null,
    override: null,
    pause: null,
    backOff: null,
    ...given,
  };
}

export function target(requestedReplicas: number, readyReplicas = requestedReplicas): PlanInputs['target'] {
  return { requestedReplicas, readyReplicas, minReplicas: null, maxReplicas: null, problem: null };
}
