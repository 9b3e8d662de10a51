/** Rows that the mean cost weighs as much as, for each type. */
const RIDGE = 0.05;
/** A type costs at most this many times the mean. */
const TIMES_MEAN_MAX = 1_000;
/** Few are enough: the fit of the row before is where it starts. */
const SWEEPS = 12;

/**
 * Least squares of the moments, with a ridge that pulls types to the mean cost and idling to nothing, within bounds: by
 * coordinates, which for bounds is exact. The last place idles. `costs` is changed in place.
 */
export function solveCosts(
  moments: readonly number[],
  { products, costs, mean }: { readonly products: readonly number[]; readonly costs: number[]; readonly mean: number },
): void {
  const width = products.length;
  const most = TIMES_MEAN_MAX * mean;
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (let i = 0; i < width; i += 1) {
      let rest = products[i] ?? 0;
      for (let j = 0; j < width; j += 1) if (j !== i) rest -= (moments[i * width + j] ?? 0) * (costs[j] ?? 0);
      const prior = i === width - 1 ? 0 : mean;
      costs[i] = Math.min(most, Math.max(0, (rest + RIDGE * prior) / ((moments[i * width + i] ?? 0) + RIDGE)));
    }
  }
}

export function capped(value: number, bound: number): number {
  return Math.min(bound, Math.max(-bound, value));
}
