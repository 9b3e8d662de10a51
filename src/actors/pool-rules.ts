import type { ForecasterSettings } from '../models/forecast.ts';
import { taskProblem } from '../models/network/task.ts';
import { capacityOf } from '../planning/capacity.ts';
import { capacityRulesProblems } from '../planning/learned-capacity.ts';
import { settingsProblems } from '../planning/settings.ts';
import { networkAddress } from '../protocol/address.ts';
import { RESOURCES, type Resource } from '../protocol/resource.ts';
import { bucketMsOf } from './bucket.ts';
import { callProblems } from './call-graph.ts';
import type { NetworkRules } from './network-trainer.ts';
import type { CapacityTask } from './replica-capacity.ts';
import type { PoolSettings, RootSettings } from './pool-settings.ts';
import { BOTTOM_UP_MODEL, NETWORK_MODEL } from './series-set.ts';

/** A pool's settings with what follows from them, computed once for all its actors. */
export interface PoolRules {
  readonly settings: PoolSettings;
  /** Forecasters of single producers, which may go by longer intervals than the pool (see `Bucket`), and of the total. */
  readonly slim: ForecasterSettings;
  readonly full: ForecasterSettings;
  /** Resources that bound a replica. */
  readonly bounding: readonly Resource[];
  /** A budget covers this pool: it asks the root before it grows. */
  readonly budgeted: boolean;
  /** Where the capacity of a replica is learned; undefined: it is as configured. */
  readonly capacityTask: CapacityTask | undefined;
  /** The network that its analyzers use; undefined: none. */
  readonly network: NetworkRules | undefined;
}

/** Measured intervals before the first answer. */
const WARMUP_INTERVALS = 3;

export function poolRules(settings: PoolSettings, budgeted: boolean): PoolRules {
  const network = networkRules(settings);
  const common = {
    intervalMs: settings.intervalMs,
    horizonsMs: settings.horizonsMs,
    warmupIntervals: WARMUP_INTERVALS,
  };
  const models = network === undefined ? [] : [NETWORK_MODEL];
  return {
    settings,
    slim: { ...common, intervalMs: bucketMsOf(settings, network !== undefined), profile: 'slim', models },
    full: { ...common, profile: 'full', models: settings.bottomUp === true ? [...models, BOTTOM_UP_MODEL] : models },
    bounding: RESOURCES.filter((resource) => capacityOf(settings.planner.replicaCapacity, resource) !== undefined),
    budgeted,
    capacityTask: capacityTaskOf(settings),
    network,
  };
}

function capacityTaskOf({ learnCapacity: rules, planner }: PoolSettings): CapacityTask | undefined {
  const { requestsPerSecond: configured } = planner.replicaCapacity;
  return rules === undefined || configured === undefined ? undefined : { rules, configured, objective: planner.objective };
}

function networkRules({ network, intervalMs, horizonsMs, trainEveryMs }: PoolSettings): NetworkRules | undefined {
  const task = { intervalMs, horizonsMs };
  if (network === undefined || taskProblem(task) !== undefined) return undefined;
  return { address: networkAddress(intervalMs, horizonsMs), task, settings: network, trainEveryMs };
}

/** Everything that is wrong with the settings of the pools and the root, a sentence each. */
export function poolProblems(pools: readonly PoolSettings[], root: RootSettings): readonly string[] {
  const problems: string[] = [];
  const names = new Set<string>();
  for (const pool of pools) {
    if (names.has(pool.pool)) problems.push(`pool ${pool.pool} is there twice`);
    names.add(pool.pool);
    problems.push(...settingsProblems(pool.planner).map((problem) => `pool ${pool.pool}: ${problem}`));
    problems.push(...learningProblems(pool).map((problem) => `pool ${pool.pool}: ${problem}`));
    problems.push(...timeProblems(pool).map((problem) => `pool ${pool.pool}: ${problem}`));
  }
  for (const { pool, problem } of callProblems(pools)) problems.push(`pool ${pool}: ${problem}`);
  const least = pools.reduce((sum, pool) => sum + pool.planner.minReplicas, 0);
  if (!(root.replicasMax >= least)) problems.push(`the budget of ${root.replicasMax} replicas is under the sum of the minimums, ${least}`);
  problems.push(...costProblems(pools, root));
  for (const name of Object.keys(root.priorities)) if (!names.has(name)) problems.push(`priorities name the unknown pool ${name}`);
  return problems;
}

function costProblems(pools: readonly PoolSettings[], { costPerHourMax }: RootSettings): readonly string[] {
  if (costPerHourMax === undefined) return [];
  const problems = pools
    .filter(({ replicaCostPerHour = 0 }) => !(replicaCostPerHour > 0 && Number.isFinite(replicaCostPerHour)))
    .map(({ pool, replicaCostPerHour }) => `pool ${pool}: a budget of cost needs a replicaCostPerHour above 0, got ${replicaCostPerHour}`);
  const least = leastCostPerHour(pools);
  if (!(costPerHourMax >= least)) problems.push(`the budget of ${costPerHourMax} an hour is under what the minimums cost, ${least}`);
  return problems;
}

/** What the minimums of all pools cost together, to the billionth: the sum of decimal prices is no sum of binary ones. */
export function leastCostPerHour(pools: readonly Pick<PoolSettings, 'replicaCostPerHour' | 'planner'>[]): number {
  const sum = pools.reduce((cost, { replicaCostPerHour = 0, planner }) => cost + replicaCostPerHour * planner.minReplicas, 0);
  return Math.round(sum * 1e9) / 1e9;
}

function learningProblems({ learnCapacity, planner }: PoolSettings): readonly string[] {
  if (learnCapacity === undefined) return [];
  const problems = capacityRulesProblems(learnCapacity).map((problem) => `learnCapacity.${problem}`);
  if (planner.replicaCapacity.requestsPerSecond === undefined) problems.push('learnCapacity needs a replicaCapacity.requestsPerSecond');
  return problems;
}

function timeProblems(pool: PoolSettings): readonly string[] {
  const problems: string[] = [];
  if (!(pool.intervalMs >= 1 && pool.intervalMs <= 86_400_000)) return [`intervalMs must be 1 to 86400000, got ${pool.intervalMs}`];
  if (pool.horizonsMs.length === 0) problems.push('at least one horizon is needed');
  let before = 0;
  for (const horizonMs of pool.horizonsMs) {
    const whole = horizonMs > 0 && Number.isInteger(horizonMs / pool.intervalMs);
    if (!whole || horizonMs <= before)
      problems.push(`horizons must be ascending whole multiples of ${pool.intervalMs} ms, got ${horizonMs}`);
    before = horizonMs;
  }
  const positive = {
    producerTimeoutMs: pool.producerTimeoutMs,
    trainEveryMs: pool.trainEveryMs,
    confirmEveryMs: pool.confirmEveryMs,
    deadlineFactor: pool.deadlineFactor,
    attemptsMax: pool.attemptsMax,
  };
  for (const [name, value] of Object.entries(positive))
    if (!(value > 0 && Number.isFinite(value))) problems.push(`${name} must be above 0, got ${value}`);
  for (const [name, value] of Object.entries({ lateAfterMs: pool.lateAfterMs, observeMs: pool.observeMs })) {
    if (!(value >= 0 && Number.isFinite(value))) problems.push(`${name} must be 0 or more, got ${value}`);
  }
  return problems;
}
