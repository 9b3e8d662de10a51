/**
 * Shares a budget among pools: so many replicas, so much money an hour, or both. Pure.
 *
 * What may stand at the targets never exceeds the budget: a pool counts with the most it may still ask for (its ceiling),
 * which is its grant, or an older, larger grant as long as it has not planned under the new one, or what it holds. So a
 * grant is taken back first, and given to another only when the first has let go.
 */
export interface Budget {
  /** Over all pools; Infinity: no limit. */
  readonly replicas: number;
  /** What they may cost together, in the money of `replicaCostPerHour`; Infinity: no limit. */
  readonly costPerHour: number;
}

export interface PoolShare {
  readonly minReplicas: number;
  readonly priority: number;
  /** 0: not priced. */
  readonly replicaCostPerHour: number;
  /** Last grant and its revision; -1 and 0 before the first. */
  readonly granted: number;
  readonly revision: number;
  /** The most it may still ask for or holds. */
  readonly ceiling: number;
  /** What it would take without the budget; null before its first plan. */
  readonly wanted: number | null;
}

export type Shares = Readonly<Record<string, PoolShare>>;

/** Money is a binary fraction: what fits but for rounding fits. */
const ROUNDING = 1e-9;

/** What is left of a budget while it is given out. */
class Purse {
  #replicas: number;
  #costPerHour: number;

  constructor({ replicas, costPerHour }: Budget) {
    this.#replicas = replicas;
    this.#costPerHour = costPerHour * (1 + ROUNDING);
  }

  /** How often one replica of each of these can be had, at most `wanted` times. */
  affords(wanted: number, shares: readonly PoolShare[]): number {
    const cost = shares.reduce((sum, { replicaCostPerHour }) => sum + replicaCostPerHour, 0);
    const byCost = cost === 0 ? Number.POSITIVE_INFINITY : Math.floor(this.#costPerHour / cost);
    return Math.max(0, Math.min(wanted, Math.floor(this.#replicas / shares.length), byCost));
  }

  /** May leave less than nothing: what is held already counts whether it can be afforded or not. */
  take(replicas: number, { replicaCostPerHour }: PoolShare): void {
    this.#replicas -= replicas;
    this.#costPerHour -= replicas * replicaCostPerHour;
  }
}

/** What each pool is to have: minimums first, then by priority, and evenly among pools of the same one. */
export function fairShares(shares: Shares, budget: Budget): Readonly<Record<string, number>> {
  const purse = new Purse(budget);
  const targets: Record<string, number> = {};
  const pools = Object.entries(shares).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, share] of pools) {
    const given = purse.affords(share.minReplicas, [share]);
    targets[name] = given;
    purse.take(given, share);
  }
  const priorities = [...new Set(pools.map(([, { priority }]) => priority))].sort((a, b) => b - a);
  for (const wanted of priorities) {
    fill(
      pools.filter(([, { priority }]) => priority === wanted),
      targets,
      purse,
    );
  }
  return targets;
}

/** Max-min fairness: whoever has the least gets the next, until each has what it wants or can have no more. */
function fill(pools: readonly (readonly [string, PoolShare])[], targets: Record<string, number>, purse: Purse): void {
  const has = (name: string): number => targets[name] ?? 0;
  const isHungry = ([name, share]: readonly [string, PoolShare]): boolean => missing(share, has(name)) > 0;
  let hungry = pools.filter(isHungry);
  while (hungry.length > 0) {
    const level = Math.min(...hungry.map(([name]) => has(name)));
    const lowest = hungry.filter(([name]) => has(name) === level);
    // Raised together to the next level, or by as much as the least hungry of them still misses.
    const above = hungry.map(([name]) => has(name)).filter((target) => target > level);
    const next = Math.min(...above.map((target) => target - level), ...lowest.map(([, share]) => missing(share, level)));
    const together = purse.affords(
      next,
      lowest.map(([, share]) => share),
    );
    // Not enough for all of them: one each while it lasts, and whoever is too dear for what is left is done.
    const unfed = new Set<string>();
    for (const [name, share] of lowest) {
      const given = together > 0 ? together : purse.affords(1, [share]);
      if (given === 0) unfed.add(name);
      targets[name] = level + given;
      purse.take(given, share);
    }
    hungry = hungry.filter((pool) => !unfed.has(pool[0]) && isHungry(pool));
  }
}

function missing({ wanted, minReplicas }: PoolShare, has: number): number {
  return (wanted ?? minReplicas) - has;
}

export interface Grant {
  readonly pool: string;
  readonly maxReplicas: number;
  readonly revision: number;
}

/** Grants that change now, and the shares after them: first what is taken back, then what is free is given. */
export function regrant(shares: Shares, budget: Budget): { readonly shares: Shares; readonly grants: readonly Grant[] } {
  const targets = fairShares(shares, budget);
  const next: Record<string, PoolShare> = { ...shares };
  const grants: Grant[] = [];
  const give = (pool: string, share: PoolShare, maxReplicas: number): void => {
    const revision = share.revision + 1;
    next[pool] = { ...share, granted: maxReplicas, revision, ceiling: Math.max(share.ceiling, maxReplicas) };
    grants.push({ pool, maxReplicas, revision });
  };
  for (const [pool, share] of Object.entries(shares)) {
    if (share.wanted !== null && (targets[pool] ?? 0) < share.granted) give(pool, share, targets[pool] ?? 0);
  }
  const free = new Purse(budget);
  for (const share of Object.values(next)) free.take(share.ceiling, share);
  const byPriority = Object.entries(next).sort(([a, x], [b, y]) => y.priority - x.priority || (a < b ? -1 : 1));
  for (const [pool, share] of byPriority) {
    if (share.wanted === null) continue;
    // Up to its ceiling a pool costs nothing new.
    const target = targets[pool] ?? 0;
    const more = free.affords(Math.max(0, target - share.ceiling), [share]);
    const affordable = Math.min(target, share.ceiling + more);
    if (affordable <= share.granted) continue;
    free.take(more, share);
    give(pool, share, affordable);
  }
  return { shares: next, grants };
}

/** A pool's plan: what it wants and holds, and under which grant it was made. */
export function takePlan(share: PoolShare, wanted: number, held: number, planned: number, revision: number): PoolShare {
  const seen = revision >= share.revision;
  const mayHave = seen ? Math.max(share.granted, held, planned) : Math.max(share.ceiling, held, planned);
  return { ...share, wanted, ceiling: Math.max(mayHave, share.minReplicas) };
}
