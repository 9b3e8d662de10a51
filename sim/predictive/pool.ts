import type { PoolSettings } from '../../src/actors/pool-settings.ts';
import type { DeadBand } from '../../src/planning/dead-band.ts';
import { plannerSettings, type ReplicaCapacity } from '../../src/planning/settings.ts';
import type { Plant } from '../plant.ts';
import { wholeHorizons } from '../backtest.ts';

/** Horizons of a pool: 5, 10 and 15 minutes, rounded up to whole intervals. */
const HORIZONS_MS = [300_000, 600_000, 900_000];
/** All producers of a simulation report at the very end of an interval: nobody has to be waited for. */
const LATE_AFTER_MS = 1;

/** What a pool is asked to keep: the objective, or where a price is given, that; and how calmly, where that is said. */
export interface Goal {
  readonly objective: number;
  readonly shortMinutePrice?: number | undefined;
  readonly deadBand?: DeadBand | undefined;
}

/** What the pool is told about the plant. Everything else is as a user gets it who sets nothing. */
export function poolSettingsFor(pool: string, plant: Plant, intervalMs: number, goal: Goal): PoolSettings {
  const { objective, shortMinutePrice, deadBand } = goal;
  const planner = plannerSettings(intervalMs, {
    replicaCapacity: replicaCapacity(plant, intervalMs),
    minReplicas: plant.minReplicas,
    maxReplicas: plant.maxReplicas,
    leadTimePrior: plant.leadTime,
    objective,
    ...(shortMinutePrice === undefined ? {} : { shortMinutePrice }),
    ...(deadBand === undefined ? {} : { deadBand }),
  });
  return {
    pool,
    intervalMs,
    horizonsMs: wholeHorizons(HORIZONS_MS, intervalMs),
    producerTimeoutMs: 3 * intervalMs,
    lateAfterMs: LATE_AFTER_MS,
    trainEveryMs: Math.max(3_600_000, 60 * intervalMs),
    planner,
    confirmEveryMs: Math.max(2_000, Math.min(15_000, intervalMs / 4)),
    deadlineFactor: 4,
    observeMs: 2 * planner.reviewMs,
    attemptsMax: 6,
  };
}

/** A full replica is one busy core. */
function replicaCapacity(plant: Plant, intervalMs: number): ReplicaCapacity {
  if (plant.bound === 'cpu') return { cpuMillicores: 1_000 };
  return { requestsPerSecond: plant.replicaCapacity / (intervalMs / 1000) };
}
