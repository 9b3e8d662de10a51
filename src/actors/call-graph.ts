import type { PoolSettings } from './pool-settings.ts';

/** Callers of a pool that are joined. */
export const CALLERS_MAX = 16;

type Called = Pick<PoolSettings, 'pool' | 'calls'>;

/** Everything that is wrong with the declared graph of calls: unknown pools, amounts that cannot be, circles. */
export function callProblems(
  pools: readonly Called[],
): readonly { readonly pool: string; readonly index: number; readonly problem: string }[] {
  const byName = new Map(pools.map((pool) => [pool.pool, pool]));
  const problems: { pool: string; index: number; problem: string }[] = [];
  const callers = new Map<string, number>();
  for (const { pool, calls = [] } of pools) {
    for (const [index, { pool: called, perRequest }] of calls.entries()) {
      const add = (problem: string): void => void problems.push({ pool, index, problem });
      callers.set(called, (callers.get(called) ?? 0) + 1);
      if (!byName.has(called)) add(`there is no pool ${called}`);
      else if (!(perRequest > 0 && Number.isFinite(perRequest))) add(`perRequest must be above 0, got ${perRequest}`);
      else if ((callers.get(called) ?? 0) > CALLERS_MAX) add(`${called} is called by more than ${CALLERS_MAX} pools`);
      else if (reaches(byName, called, pool)) add(`${pool} and ${called} call each other in a circle`);
    }
  }
  return problems;
}

function reaches(byName: ReadonlyMap<string, Called>, from: string, to: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === to) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    for (const { pool } of byName.get(name)?.calls ?? []) open.push(pool);
  }
  return false;
}
