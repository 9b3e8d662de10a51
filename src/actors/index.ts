import type { Compute } from '../ports/compute.ts';
import type { Behavior } from '../runtime/behavior.ts';
import { networkBehavior } from './network.ts';
import type { NetworkRules } from './network-trainer.ts';
import { plaBehavior, type OnRenewal } from './pla.ts';
import { poolProblems, poolRules, type PoolRules } from './pool-rules.ts';
import type { PoolSettings, RootSettings } from './pool-settings.ts';
import { pseBehavior } from './pse.ts';
import { isBudgeted, rootBehavior } from './root.ts';
import { actionBehavior } from './scaling-action.ts';

export { callProblems } from './call-graph.ts';
export { poolProblems } from './pool-rules.ts';
export type { OnRenewal } from './pla.ts';
export type { NetworkSettings, PoolSettings, RootSettings } from './pool-settings.ts';

export interface ActorSettings {
  readonly pools: readonly PoolSettings[];
  readonly root: RootSettings;
  /** Opens networks for answers within a step. */
  readonly openNetwork: Compute['open'];
  readonly onRenewal?: OnRenewal;
}

/** The behaviors of all kinds of actors for these pools. Throws when the settings contradict themselves, listing all problems. */
export function createBehaviors({ pools, root, openNetwork, onRenewal }: ActorSettings): Behavior[] {
  const problems = poolProblems(pools, root);
  if (problems.length > 0) throw new RangeError(`The settings of the pools cannot be used:\n- ${problems.join('\n- ')}`);
  const budgeted = isBudgeted(root);
  const rules = new Map<string, PoolRules>(pools.map((pool) => [pool.pool, poolRules(pool, budgeted)]));
  const rulesOf = (pool: string): PoolRules | undefined => rules.get(pool);
  const networks = networksOf([...rules.values()]);
  const network = networkBehavior((address) => networks.get(address));
  return [network, plaBehavior(rulesOf, openNetwork, onRenewal), pseBehavior(rulesOf), actionBehavior(rulesOf), rootBehavior(pools, root)];
}

/** By address. Pools that share one: the first one's shape, the shortest schedule. */
function networksOf(pools: readonly PoolRules[]): ReadonlyMap<string, NetworkRules> {
  const networks = new Map<string, NetworkRules>();
  for (const { network } of pools) {
    if (network === undefined) continue;
    const known = networks.get(network.address) ?? network;
    networks.set(network.address, { ...known, trainEveryMs: Math.min(known.trainEveryMs, network.trainEveryMs) });
  }
  return networks;
}
