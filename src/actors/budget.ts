/**
 * Shares a budget of replicas among pools. Pure.
 *
 * What may stand at the targets never exceeds the budget: a pool counts with the most it may still ask for (its ceiling),
 * which is its grant, or an older, larger grant as long as it has not planned under the new one, or what it holds. So a
 * grant is taken back first, and given to another only when the first has let go.
 */
export interface PoolShare {
  readonly minReplicas: number;
  readonly priority: number;
  /** Last grant and its revision; -1 and 0 before the first. */
  readonly granted: number;
  readonly revision: number;
  /** The most it may still ask for or holds. */
  readonly ceiling: number;
  /** What it would take without the budget; null before its first plan. */
  readonly wanted: number | null;
}

export type Shares = Readonly<Record<string, PoolShare>>;

/** What each pool is to have: minimums first, then by priority, and evenly among pools of the same one. */
export function fairShares(shares: Shares, budget: number): Readonly<Record<string, number>> {
  const names = Object.keys(shares).sort();
  const targets: Record<string, number> = {};
  let left = budget;
  for (const name of names) {
    const given = Math.min(shares[name]?.minReplicas ?? 0, Math.max(0, left));
    targets[name] = given;
    left -= given;
  }
  const priorities = [...new Set(names.map((name) => shares[name]?.priority ?? 0))].sort((a, b) => b - a);
  for (const priority of priorities) {
    left = fill(
      names.filter((name) => shares[name]?.priority === priority),
      shares,
      targets,
      left,
    );
  }
  return targets;
}

/** Max-min fairness: whoever has the least gets the next, until each has what it wants or nothing is left. */
function fill(names: readonly string[], shares: Shares, targets: Record<string, number>, budget: number): number {
  let left = budget;
  let hungry = names.filter((name) => missing(name, shares, targets) > 0);
  while (left > 0 && hungry.length > 0) {
    const level = Math.min(...hungry.map((name) => targets[name] ?? 0));
    const lowest = hungry.filter((name) => targets[name] === level);
    // Raised together to the next level, or by as much as the least hungry of them still misses.
    const above = hungry.map((name) => targets[name] ?? 0).filter((target) => target > level);
    const next = Math.min(...above.map((target) => target - level), ...lowest.map((name) => missing(name, shares, targets)));
    const each = Math.min(next, Math.floor(left / lowest.length));
    if (each === 0) {
      for (const name of lowest.slice(0, left)) targets[name] = level + 1;
      return 0;
    }
    for (const name of lowest) targets[name] = level + each;
    left -= each * lowest.length;
    hungry = hungry.filter((name) => missing(name, shares, targets) > 0);
  }
  return left;
}

function missing(name: string, shares: Shares, targets: Readonly<Record<string, number>>): number {
  const share = shares[name];
  return share === undefined ? 0 : (share.wanted ?? share.minReplicas) - (targets[name] ?? 0);
}

export interface Grant {
  readonly pool: string;
  readonly maxReplicas: number;
  readonly revision: number;
}

/** Grants that change now, and the shares after them: first what is taken back, then what is free is given. */
export function regrant(shares: Shares, budget: number): { readonly shares: Shares; readonly grants: readonly Grant[] } {
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
  let free = budget - Object.values(next).reduce((sum, { ceiling }) => sum + ceiling, 0);
  const byPriority = Object.entries(next).sort(([a, x], [b, y]) => y.priority - x.priority || (a < b ? -1 : 1));
  for (const [pool, share] of byPriority) {
    if (share.wanted === null) continue;
    // Up to its ceiling a pool costs nothing new.
    const affordable = Math.min(targets[pool] ?? 0, share.ceiling + Math.max(0, free));
    if (affordable <= share.granted) continue;
    free -= Math.max(0, affordable - share.ceiling);
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
