/** Every policy over its knob on one series, and what each costs at an equal share of short time. */
import type { LeadTime } from '../../src/planning/settings.ts';
import { offlineOptimum } from '../../sim/optimum.ts';
import { plantFor, requiredReplicas, type Plant } from '../../sim/plant.ts';
import { DEPTH_MAX } from '../../sim/policies/optimal.ts';
import { goalOf } from '../../sim/policies/predictive.ts';
import type { Policy } from '../../sim/policies/policy.ts';
import { POLICIES } from '../../sim/policies/registry.ts';
import { runPolicy } from '../../sim/run.ts';
import { scoreOf, type Score } from '../../sim/score.ts';
import type { SeriesTrace } from '../../sim/traces/trace.ts';
import { seriesWorkload } from '../../sim/workloads/series.ts';
import type { Workload } from '../../sim/workloads/workload.ts';
import { enginePolicy } from './engine-policy.ts';
import type { CachedForecasts } from './forecasts.ts';

/** Shares of short time at which costs are compared. */
export const SHARES = [0.05, 0.01, 0.001] as const;

/** 0.2 to 1; as close as that, or a rival pays for the gaps of its sweep. */
const UTILISATIONS = Array.from({ length: 33 }, (_, i) => Number((0.2 + 0.025 * i).toFixed(3)));
const HEADROOMS = [1, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.35, 1.4, 1.5, 1.6, 1.75, 1.9, 2.2, 2.6, 3];
const REACTIVE = [5, 10, 15, 30, 45, 60, 90, 120].flatMap((minutes) => HEADROOMS.map((headroom) => `${minutes}x${headroom}`));

/** Knobs of the rivals that are swept always, and of those that are on request: they take longer. */
export const RIVALS: Readonly<Record<string, readonly string[]>> = {
  hpa: UTILISATIONS.map(String),
  reactive: REACTIVE,
};
export const MORE_RIVALS: Readonly<Record<string, readonly string[]>> = {
  kpa: UTILISATIONS.map(String),
  'target-tracking': UTILISATIONS.map(String),
  phpa: UTILISATIONS.map(String),
  crane: UTILISATIONS.map(String),
  additive: UTILISATIONS.map(String),
  'step-schedule': HEADROOMS.map(String),
};
const OBJECTIVES = [0.0005, 0.001, 0.002, 0.003, 0.006, 0.01, 0.015, 0.03, 0.05, 0.08];
/** In minutes of one replica: from what nobody would call a price to more than a pool of twenty ever pays. */
const PRICES = Array.from({ length: 22 }, (_, i) => Number((4 * 1.6 ** i).toPrecision(3)));
const BANDS = ['', '+band=0.04x0.02', '+band=0x0'];
/** What our own engine is set to: the objective alone, or all: fewer than the reactive rule has. */
export const OBJECTIVES_ONLY = OBJECTIVES.map(String);
const GOALS = [...OBJECTIVES_ONLY, ...PRICES.map((price) => `price=${price}`)];
const OWN = BANDS.flatMap((band) => GOALS.map((goal) => `${goal}${band}`));

/** Is the dead band as it comes? */
export function isCalm({ knob }: Point): boolean {
  return !knob.includes('+');
}

export interface Point {
  readonly knob: string;
  readonly score: Score;
}

export interface SweptSeries {
  readonly name: string;
  readonly intervalMs: number;
  /** Jump over lead time and review at its 99th percentile / mean load: 1 and above is bursty. */
  readonly burstiness: number;
  readonly meanRequired: number;
  readonly points: Readonly<Record<string, readonly Point[]>>;
  /** Lower bound of the optimum at each of SHARES, replica-minutes. */
  readonly optimum: readonly number[];
}

export interface SweepOptions {
  readonly leadTime: LeadTime;
  readonly rivals: Readonly<Record<string, readonly string[]>>;
  /** Default: all of OWN. */
  readonly own?: readonly string[] | undefined;
}

export async function sweep(series: SeriesTrace, forecasts: CachedForecasts, options: SweepOptions): Promise<SweptSeries> {
  const plant = plantFor(seriesWorkload(series, 1).demand, { leadTime: options.leadTime });
  const workload = seriesWorkload(series, plant.replicaCapacity);
  const points: Record<string, Point[]> = { predictive: [] };
  for (const knob of options.own ?? OWN) {
    const policy = enginePolicy(forecasts, { objective: plant.objective, ...goalOf(knob) });
    points['predictive']?.push({ knob, score: await scored(policy, undefined, workload, plant) });
  }
  for (const [name, knobs] of Object.entries(options.rivals)) {
    const policy = POLICIES.find((candidate) => candidate.name === name);
    if (policy === undefined) throw new Error(`there is no policy ${name}`);
    points[name] = [];
    for (const knob of knobs) points[name].push({ knob, score: await scored(policy, knob, workload, plant) });
  }
  return { ...outline(series, workload, plant), points, optimum: optimumOf(workload, plant) };
}

/** Replicas that the second half needs on average. */
export function meanRequired(series: SeriesTrace, leadTime: LeadTime): number {
  const plant = plantFor(seriesWorkload(series, 1).demand, { leadTime });
  return outline(series, seriesWorkload(series, plant.replicaCapacity), plant).meanRequired;
}

async function scored(policy: Policy, knob: string | undefined, workload: Workload, plant: Plant): Promise<Score> {
  const configured = policy.configure(knob);
  if (!configured.ok) throw new Error(`${policy.name} wants ${configured.wanted}, got ${knob}`);
  const { rows } = await runPolicy({
    workload,
    plant,
    faults: [],
    policy,
    start: configured.start,
    label: policy.name,
    seed: 1,
    replicasOnly: true,
  });
  return scoreOf(rows.slice(Math.ceil(rows.length / 2)), workload.intervalMs, plant.minReplicas);
}

function outline(
  { name, intervalMs }: SeriesTrace,
  { demand }: Workload,
  { replicaCapacity, leadTime }: Plant,
): Pick<SweptSeries, 'name' | 'intervalMs' | 'burstiness' | 'meanRequired'> {
  const half = demand.subarray(Math.ceil(demand.length / 2));
  const ahead = Math.max(1, Math.ceil((leadTime.p95Ms + intervalMs) / intervalMs));
  const jumps = [...half.subarray(0, half.length - ahead)].map((value, i) => Math.max(...half.subarray(i + 1, i + 1 + ahead)) - value);
  jumps.sort((a, b) => a - b);
  const mean = half.reduce((sum, value) => sum + value, 0) / Math.max(1, half.length);
  const required = half.reduce((sum, value) => sum + requiredReplicas(value, replicaCapacity), 0) / Math.max(1, half.length);
  return { name, intervalMs, burstiness: (jumps[Math.floor(0.99 * jumps.length)] ?? 0) / mean, meanRequired: required };
}

function optimumOf({ demand, intervalMs }: Workload, plant: Plant): number[] {
  const half = [...demand.subarray(Math.ceil(demand.length / 2))];
  const required = half.map((value) => requiredReplicas(value, plant.replicaCapacity));
  const { minReplicas, maxReplicas, leadTime } = plant;
  const base = { required, startCost: leadTime.p50Ms / intervalMs, depthMax: DEPTH_MAX, minReplicas, maxReplicas };
  return SHARES.map(
    (share) => (offlineOptimum({ ...base, shortMax: Math.floor(share * required.length) }).lowerBound * intervalMs) / 60_000,
  );
}

/**
 * Cost at a share of short time: linear between the nearest points of the frontier on both sides (no other point is cheaper and
 * no more often short); undefined where a policy is never so seldom short.
 */
export function costAt(points: readonly Point[], share: number): number | undefined {
  const frontier: Score[] = [];
  const sorted = points
    .map(({ score }) => score)
    .sort((a, b) => a.violationShare - b.violationShare || a.costReplicaMinutes - b.costReplicaMinutes);
  for (const score of sorted)
    if (score.costReplicaMinutes < (frontier.at(-1)?.costReplicaMinutes ?? Number.POSITIVE_INFINITY)) frontier.push(score);
  const before = frontier.filter(({ violationShare }) => violationShare <= share).at(-1);
  if (before === undefined) return undefined;
  const after = frontier.find(({ violationShare }) => violationShare > share);
  if (after === undefined) return before.costReplicaMinutes;
  const part = (share - before.violationShare) / (after.violationShare - before.violationShare);
  return before.costReplicaMinutes + part * (after.costReplicaMinutes - before.costReplicaMinutes);
}
