import type { PoolSettings, RootSettings } from '../../src/actors/pool-settings.ts';
import { plannerSettings } from '../../src/planning/settings.ts';
import { plaAddress, pseAddress, ROOT_ADDRESS, shardOf } from '../../src/protocol/address.ts';

/** Everything is quicker than in production, so that two minutes hold many decisions. */
export const INTERVAL_MS = 3_000;
/** Requests per second that one replica serves. */
export const REPLICA_CAPACITY = 100;
export const REPLICAS = { min: 1, max: 12 } as const;
export const STALE_AFTER_MS = 3 * INTERVAL_MS;
/** The target may grow and shrink by this many replicas within the period. */
export const STEP = { replicas: 6, periodMs: 6_000 } as const;
/** Of all pools together, where a budget covers them. */
const BUDGET_PER_POOL = 7;

export function poolSettings(pool: string): PoolSettings {
  const policies = [{ type: 'Pods', value: STEP.replicas, periodMs: STEP.periodMs }] as const;
  return {
    pool,
    intervalMs: INTERVAL_MS,
    horizonsMs: [2 * INTERVAL_MS, 4 * INTERVAL_MS],
    producerTimeoutMs: 3 * INTERVAL_MS,
    lateAfterMs: INTERVAL_MS / 2,
    trainEveryMs: 10 * INTERVAL_MS,
    confirmEveryMs: 700,
    deadlineFactor: 3,
    observeMs: 2 * INTERVAL_MS,
    attemptsMax: 6,
    planner: plannerSettings(INTERVAL_MS, {
      replicaCapacity: { requestsPerSecond: REPLICA_CAPACITY },
      minReplicas: REPLICAS.min,
      maxReplicas: REPLICAS.max,
      leadTimePrior: LEAD_TIME,
      reactiveWindowMs: 2 * INTERVAL_MS,
      staleAfterMs: STALE_AFTER_MS,
      scaleUp: { stabilizationWindowMs: 0, policies },
      scaleDown: { stabilizationWindowMs: 2 * INTERVAL_MS, policies },
    }),
  };
}

/** From the request of a replica to its readiness. */
export const LEAD_TIME = { p50Ms: 1_500, p95Ms: 4_000 } as const;

export function rootSettings(pools: readonly string[]): RootSettings {
  return { replicasMax: pools.length > 1 ? BUDGET_PER_POOL * pools.length : Number.POSITIVE_INFINITY, priorities: {} };
}

/** The shards that the actors of these pools live in. Sixty-four for a handful of actors would mostly hold nothing. */
export function shardsOf(pools: readonly string[], producers: readonly string[]): readonly number[] {
  const addresses = pools.flatMap((pool) => [
    pseAddress(pool),
    plaAddress(pool, null),
    ...producers.map((producer) => plaAddress(pool, producer)),
  ]);
  return [...new Set([ROOT_ADDRESS, ...addresses].map(shardOf))].sort((a, b) => a - b);
}
