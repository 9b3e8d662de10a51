/**
 * The root: one for all pools. Where a budget covers them it shares it by priority and evenly, reclaiming before it
 * grants. Without a budget it has nothing to do, and pools do not ask it.
 */
import { setup } from 'xstate';
import { pseAddress, ROOT_ADDRESS } from '../protocol/address.ts';
import type { Plan } from '../protocol/plan.ts';
import type { Behavior, Effect } from '../runtime/behavior.ts';
import { machineBehavior, send, type MachineEvent } from '../runtime/machine.ts';
import { fairShares, regrant, takePlan, type Grant, type Shares } from './budget.ts';
import type { PoolSettings, RootSettings } from './pool-settings.ts';

interface RootContext {
  readonly root: { readonly budget: number; shares: Shares };
}

const machine = setup({
  types: { events: {} as MachineEvent, context: {} as RootContext, input: {} as RootContext },
  actions: {
    share: ({ context: { root }, event }): Effect[] => {
      if (event.type !== 'plan' || event.data.grant === undefined) return [];
      return share(root, event.data, event.data.grant);
    },
  },
  guards: {
    isShort: ({ context: { root } }) => isShort(root),
    isCovered: ({ context: { root } }) => !isShort(root),
  },
}).createMachine({
  id: 'root',
  context: ({ input }) => input,
  initial: 'covered',
  on: { plan: { actions: 'share' } },
  states: {
    /** Everybody has what they want. */
    covered: { always: { guard: 'isShort', target: 'short' } },
    /** More is wanted than the budget allows. */
    short: { always: { guard: 'isCovered', target: 'covered' } },
  },
});

function share(root: RootContext['root'], plan: Plan, grant: NonNullable<Plan['grant']>): Effect[] {
  const known = root.shares[plan.pool];
  if (known === undefined) return [];
  const { wantedReplicas, heldReplicas, revision } = grant;
  const updated = takePlan(known, wantedReplicas, heldReplicas, plan.replicas, revision);
  const { shares, grants } = regrant({ ...root.shares, [plan.pool]: updated }, root.budget);
  root.shares = shares;
  return grants.map((one) => send(pseAddress(one.pool), 'budget', { ...one, reason: reasonOf(root, one) }));
}

function reasonOf({ budget, shares }: RootContext['root'], { pool, maxReplicas }: Grant): string {
  const wanted = shares[pool]?.wanted ?? 0;
  if (wanted <= maxReplicas) return `all of the ${wanted} wanted, within ${budget} for all pools`;
  return `${maxReplicas} of the ${wanted} wanted; ${budget} are shared by ${Object.keys(shares).length} pools by priority`;
}

function isShort({ budget, shares }: RootContext['root']): boolean {
  return Object.values(shares).reduce((sum, { wanted, minReplicas }) => sum + (wanted ?? minReplicas), 0) > budget;
}

export function rootBehavior(pools: readonly PoolSettings[], settings: RootSettings): Behavior {
  const fresh = (): Shares =>
    Object.fromEntries(
      pools.map(({ pool, planner: { minReplicas } }) => [
        pool,
        { minReplicas, priority: settings.priorities[pool] ?? 0, granted: -1, revision: 0, ceiling: minReplicas, wanted: null },
      ]),
    );
  return machineBehavior({
    kind: 'root',
    machine,
    refuses: (address) => (address === ROOT_ADDRESS ? undefined : `There is one root, ${ROOT_ADDRESS}`),
    input: () => ({ root: { budget: settings.replicasMax, shares: fresh() } }),
    freeze: ({ root }) => ({ shares: root.shares }),
    // Pools may have come and gone since, and minimums, priorities and the budget may have changed: settings win.
    thaw: (frozen) => {
      const kept = (frozen as { readonly shares: Shares }).shares;
      const shares = Object.fromEntries(
        Object.entries(fresh()).map(([pool, { minReplicas, priority, ...start }]) => [
          pool,
          { ...start, ...kept[pool], minReplicas, priority },
        ]),
      );
      return { root: { budget: settings.replicasMax, shares } };
    },
    describe: ({ root }) => ({ budget: root.budget, shares: root.shares, fair: fairShares(root.shares, root.budget) }),
  });
}
