import type { LeadTime } from '../src/planning/settings.ts';

/** The thing that is scaled, as every policy meets it. */
export interface Plant {
  /** Units of demand that one replica serves in one interval. Above 0. */
  readonly replicaCapacity: number;
  /** Request of a replica to its readiness: lognormal with these quantiles. */
  readonly leadTime: LeadTime;
  /** Never fewer, never more replicas, for every policy. */
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Allowed share of intervals with too little ready capacity: what `predictive` is asked to keep. */
  readonly objective: number;
  /** What a short minute costs, in minutes of one replica: what `predictive` weighs in the place of the objective. Absent: found for it. */
  readonly shortMinutePrice?: number;
  /** Share of starts that fail; noticed when the replica should have been ready, and started anew. 0 to 0.9. */
  readonly startFailureShare: number;
  /** A request that would wait longer than this is dropped. */
  readonly queueTimeoutMs: number;
  /** What the pool is told to bound a replica: its requests, or its CPU (one core). */
  readonly bound: 'requests' | 'cpu';
}

export const PLANT_DEFAULTS = {
  leadTime: { p50Ms: 120_000, p95Ms: 180_000 },
  minReplicas: 1,
  objective: 0.01,
  startFailureShare: 0,
  queueTimeoutMs: 60_000,
  bound: 'requests',
} as const satisfies Partial<Plant>;

/** Capacity such that the peak of the first half of the demand needs this many replicas, unless capacity is given. */
export const REPLICAS_AT_PEAK = 20;
/** Default `maxReplicas`: this many times what the peak of the first half needs. */
export const MAX_OVER_PEAK = 4;

/** Largest demand of the first half of the intervals: what an operator could have known. Never 0. */
export function peakOfFirstHalf(demand: Float64Array): number {
  const half = Math.max(1, Math.ceil(demand.length / 2));
  let peak = 0;
  for (let i = 0; i < half && i < demand.length; i++) peak = Math.max(peak, demand[i] ?? 0);
  if (peak > 0) return peak;
  for (const value of demand) peak = Math.max(peak, value);
  return peak > 0 ? peak : 1;
}

/** A quotient that should be whole but for its last digit is not pushed up to the next replica. */
const TOLERANCE = 1e-9;

/** Replicas that serve a demand: ceil(demand / capacity). */
export function requiredReplicas(demand: number, replicaCapacity: number): number {
  const exact = demand / replicaCapacity;
  return Math.max(0, Math.ceil(exact - TOLERANCE * Math.max(1, exact)));
}

/** Plant for a demand series where only some of it is given; see PLANT_DEFAULTS. */
export function plantFor(demand: Float64Array, given: Partial<Plant>): Plant {
  const peak = peakOfFirstHalf(demand);
  const replicaCapacity = given.replicaCapacity ?? peak / REPLICAS_AT_PEAK;
  const minReplicas = given.minReplicas ?? PLANT_DEFAULTS.minReplicas;
  const maxReplicas = Math.max(minReplicas, MAX_OVER_PEAK * requiredReplicas(peak, replicaCapacity));
  return { ...PLANT_DEFAULTS, minReplicas, maxReplicas, ...given, replicaCapacity };
}
