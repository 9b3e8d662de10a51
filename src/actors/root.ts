/**
 * The root: one for all pools. Where a budget covers them it shares it by priority and evenly, reclaiming before it
 * grants. Without a budget it has nothing to do, and pools do not ask it.
 */
import { setup } from 'xstate';
import { pseAddress, ROOT_ADDRESS } from '../protocol/address.ts';
import type { Plan } from '../protocol/plan.ts';
import type { Behavior, Effect } from '../runtime/behavior.ts';
import { machineBehavior, send, type MachineEvent } from '../runtime/machine.ts';
import { fairShares, regrant, takePlan, type Budget, type Grant, type Shares } from './budget.ts';
import type { PoolSettings, RootSettings } from './pool-settings.ts';

interface RootContext {
  readonly root: { readonly budget: Budget; shares: Shares };
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
  if (wanted <= maxReplicas) return `all of the ${wanted} wanted, within ${budgetText(budget)} for all pools`;
  return `${maxReplicas} of the ${wanted} wanted; ${budgetText(budget)} are shared by ${Object.keys(shares).length} pools by priority`;
}

function budgetText({ replicas, costPerHour }: Budget): string {
  const parts = [`${replicas} replicas`, `a cost of ${costPerHour} an hour`];
  return parts.filter((_, i) => Number.isFinite([replicas, costPerHour][i])).join(' and ');
}

function isShort({ budget, shares }: RootContext['root']): boolean {
  const fair = fairShares(shares, budget);
  return Object.entries(shares).some(([pool, { wanted, minReplicas }]) => (fair[pool] ?? 0) < (wanted ?? minReplicas));
}

/** Whether there is anything to share: pools ask the root only then. */
export function isBudgeted(settings: RootSettings): boolean {
  const { replicas, costPerHour } = budgetOf(settings);
  return Number.isFinite(replicas) || Number.isFinite(costPerHour);
}

function budgetOf({ replicasMax, costPerHourMax = Number.POSITIVE_INFINITY }: RootSettings): Budget {
  return { replicas: replicasMax, costPerHour: costPerHourMax };
}

export function rootBehavior(pools: readonly PoolSettings[], settings: RootSettings): Behavior {
  const budget = budgetOf(settings);
  const fresh = (): Shares =>
    Object.fromEntries(
      pools.map(({ pool, replicaCostPerHour = 0, planner: { minReplicas } }) => {
        const priority = settings.priorities[pool] ?? 0;
        return [pool, { minReplicas, priority, replicaCostPerHour, granted: -1, revision: 0, ceiling: minReplicas, wanted: null }];
      }),
    );
  return machineBehavior({
    kind: 'root',
    machine,
    refuses: (address) => (address === ROOT_ADDRESS ? undefined : `There is one root, ${ROOT_ADDRESS}`),
    input: () => ({ root: { budget, shares: fresh() } }),
    freeze: ({ root }) => ({ shares: root.shares }),
    // Pools may have come and gone since, and minimums, priorities, prices and the budget may have changed: settings win.
    thaw: (frozen) => {
      const kept = (frozen as { readonly shares: Shares }).shares;
      const shares = Object.fromEntries(
        Object.entries(fresh()).map(([pool, { minReplicas, priority, replicaCostPerHour, ...start }]) => [
          pool,
          { ...start, ...kept[pool], minReplicas, priority, replicaCostPerHour },
        ]),
      );
      return { root: { budget, shares } };
    },
    describe: ({ root }) => ({ budget: root.budget, shares: root.shares, fair: fairShares(root.shares, root.budget) }),
  });
}
