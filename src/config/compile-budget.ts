import type { RootSettings } from '../actors/pool-settings.ts';
import { leastCostPerHour } from '../actors/pool-rules.ts';
import type { AddProblem } from './schema-problems.ts';
import type { Config } from './schema.ts';
import type { ConfiguredPool } from './settings.ts';

/** What all pools share. What contradicts itself or them is added as a problem. */
export function compileBudget(config: Config['budget'], pools: readonly ConfiguredPool[], add: AddProblem): RootSettings {
  if (config === undefined) return { replicasMax: Number.POSITIVE_INFINITY, priorities: {} };
  const { replicas, costPerHour, priorities = {} } = config;
  if (replicas === undefined && costPerHour === undefined) add(['budget'], 'replicas, costPerHour or both', 'neither');
  const least = pools.reduce((sum, pool) => sum + pool.planner.minReplicas, 0);
  if (replicas !== undefined && least > replicas) add(['budget', 'replicas'], `at least ${least}, the sum of the pools’ minima`, replicas);
  if (costPerHour !== undefined) checkCost(costPerHour, pools, add);
  const names = pools.map(({ pool }) => pool);
  for (const name of Object.keys(priorities)) {
    if (!names.includes(name)) add(['budget', 'priorities', name], `one of the pools ${names.join(', ')}`, name);
  }
  return {
    replicasMax: replicas ?? Number.POSITIVE_INFINITY,
    ...(costPerHour === undefined ? {} : { costPerHourMax: costPerHour }),
    priorities,
  };
}

/** A pool without a price would be free, and the others would pay for it. */
function checkCost(costPerHour: number, pools: readonly ConfiguredPool[], add: AddProblem): void {
  for (const { pool, replicaCostPerHour } of pools) {
    if (replicaCostPerHour === undefined) add(['pools', pool], 'a replicaCostPerHour, as budget.costPerHour is given', 'none');
  }
  const least = leastCostPerHour(pools);
  if (least > costPerHour) add(['budget', 'costPerHour'], `at least ${least}, what the pools’ minima cost`, costPerHour);
}
