import type { Behavior } from '../runtime/behavior.ts';
import { plaBehavior } from './pla.ts';
import { poolProblems, poolRules, type PoolRules } from './pool-rules.ts';
import type { PoolSettings, RootSettings } from './pool-settings.ts';
import { pseBehavior } from './pse.ts';
import { rootBehavior } from './root.ts';
import { actionBehavior } from './scaling-action.ts';

export { poolProblems } from './pool-rules.ts';
export type { PoolSettings, RootSettings } from './pool-settings.ts';

export interface ActorSettings {
  readonly pools: readonly PoolSettings[];
  readonly root: RootSettings;
}

/** The behaviors of all kinds of actors for these pools. Throws when the settings contradict themselves, listing all problems. */
export function createBehaviors({ pools, root }: ActorSettings): Behavior[] {
  const problems = poolProblems(pools, root);
  if (problems.length > 0) throw new RangeError(`The settings of the pools cannot be used:\n- ${problems.join('\n- ')}`);
  const budgeted = Number.isFinite(root.replicasMax);
  const rules = new Map<string, PoolRules>(pools.map((pool) => [pool.pool, poolRules(pool, budgeted)]));
  const rulesOf = (pool: string): PoolRules | undefined => rules.get(pool);
  return [plaBehavior(rulesOf), pseBehavior(rulesOf), actionBehavior(rulesOf), rootBehavior(pools, root)];
}
