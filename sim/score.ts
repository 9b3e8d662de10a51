import { isViolation, type TimelineRow } from './timeline.ts';

/** What a run was worth. Replica-minutes are paid from the request of a replica to its end. */
export interface Score {
  readonly intervals: number;
  readonly days: number;
  /** Share of intervals in which fewer replicas were ready than required, and the same in minutes. */
  readonly violationShare: number;
  readonly violationMinutes: number;
  readonly costReplicaMinutes: number;
  readonly meanReplicas: number;
  /** What exactly the required replicas (at least the plant's minimum) would have cost, without lead time. */
  readonly perfectCostReplicaMinutes: number;
  readonly elasticity: Elasticity;
  /** Turns of the direction in which `requested` changes, and changes of it, per day. */
  readonly reversalsPerDay: number;
  readonly changesPerDay: number;
  /** Mean over intervals, seconds. */
  readonly meanLatencyP95Seconds: number;
  readonly meanUtilisation: number;
  /** Share of all demand that was dropped. */
  readonly droppedShare: number;
}

/**
 * The elasticity metrics of the SPEC research group (Herbst et al., "Ready for Rain?", SPEC RG 2016), on ready replicas
 * against required ones (at least 1 in the divisor). All in percent.
 */
export interface Elasticity {
  /** Mean shortage and surplus relative to what was required. */
  readonly thetaUnder: number;
  readonly thetaOver: number;
  /** Share of time in shortage and in surplus. */
  readonly tauUnder: number;
  readonly tauOver: number;
  /** Share of steps in which ready and required did not move in the same direction. */
  readonly instability: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export function scoreOf(rows: readonly TimelineRow[], intervalMs: number, minReplicas: number): Score {
  const intervals = rows.length;
  const minutes = intervalMs / MINUTE_MS;
  const days = (intervals * intervalMs) / DAY_MS;
  const requested = rows.map((row) => row.requested);
  const violations = rows.filter(isViolation).length;
  const cost = sum(requested);
  return {
    intervals,
    days,
    violationShare: intervals === 0 ? 0 : violations / intervals,
    violationMinutes: violations * minutes,
    costReplicaMinutes: cost * minutes,
    meanReplicas: mean(requested),
    perfectCostReplicaMinutes: sum(rows.map((row) => Math.max(row.required, minReplicas))) * minutes,
    elasticity: elasticityOf(rows),
    reversalsPerDay: reversals(requested) / days,
    changesPerDay: changes(requested) / days,
    meanLatencyP95Seconds: mean(rows.map((row) => row.latencyP95Seconds)),
    meanUtilisation: mean(rows.map((row) => row.utilisation)),
    droppedShare: share(sum(rows.map((row) => row.dropped)), sum(rows.map((row) => row.demand))),
  };
}

export function elasticityOf(rows: readonly { readonly required: number; readonly ready: number }[]): Elasticity {
  const relative = (count: number, required: number): number => Math.max(0, count) / Math.max(1, required);
  const steps = rows.slice(1).filter((row, i) => {
    const before = rows[i] ?? row;
    return Math.sign(row.ready - before.ready) !== Math.sign(row.required - before.required);
  });
  return {
    thetaUnder: 100 * mean(rows.map(({ required, ready }) => relative(required - ready, required))),
    thetaOver: 100 * mean(rows.map(({ required, ready }) => relative(ready - required, required))),
    tauUnder: 100 * mean(rows.map(({ required, ready }) => Number(ready < required))),
    tauOver: 100 * mean(rows.map(({ required, ready }) => Number(ready > required))),
    instability: rows.length < 2 ? 0 : (100 * steps.length) / (rows.length - 1),
  };
}

/** How often the direction of change turns round; steps without a change are passed over. */
export function reversals(values: readonly number[]): number {
  let turns = 0;
  let direction = 0;
  for (let i = 1; i < values.length; i++) {
    const sign = Math.sign((values[i] ?? 0) - (values[i - 1] ?? 0));
    if (sign === 0) continue;
    if (direction !== 0 && sign !== direction) turns += 1;
    direction = sign;
  }
  return turns;
}

function changes(values: readonly number[]): number {
  return values.filter((value, i) => i > 0 && value !== values[i - 1]).length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
