import type { ReplicaSize } from '../protocol/resource.ts';

/** How sizes of replicas are weighed against their number. */
export interface VerticalRules {
  /** What a replica has, and for which its capacity holds. */
  readonly size: ReplicaSize;
  /** What it might have instead, at most SIZES_MAX. */
  readonly sizes: readonly ReplicaSize[];
  /** An hour of a core, of a GB of memory, and of a replica beside them; 0 or more, not all 0. */
  readonly prices: { readonly core: number; readonly memoryGB: number; readonly replica: number };
  /** Memory above the measured peak that a replica has at the least, as a share of the peak. 0 to 10. */
  readonly memoryMargin: number;
  /** A size is worth a change when it saves at least this share of the cost, 0 to 1, */
  readonly savingMin: number;
  /** in every plan for so long. */
  readonly holdMs: number;
  /** Carried out where the target can resize, not only told. Absent: it is not. */
  readonly apply?: boolean;
}

export const SIZES_MAX = 8;
export const VERTICAL_DEFAULTS = { memoryMargin: 0.2, savingMin: 0.1, holdMs: 3_600_000 } as const;

/** Everything that is wrong with the rules, a sentence each. */
export function verticalProblems({ size, sizes, prices, memoryMargin, savingMin, holdMs }: VerticalRules): readonly string[] {
  const problems: string[] = [];
  const check = (isRight: boolean, problem: string): void => {
    if (!isRight) problems.push(problem);
  };
  for (const { cpuMillicores, memoryBytes } of [size, ...sizes]) {
    check(isAbove0(cpuMillicores) && isAbove0(memoryBytes), `sizes must be above 0, got ${cpuMillicores} and ${memoryBytes}`);
  }
  check(sizes.length > 0 && sizes.length <= SIZES_MAX, `there must be 1 to ${SIZES_MAX} sizes, got ${sizes.length}`);
  const each = Object.entries(prices);
  for (const [name, price] of each) check(price >= 0 && Number.isFinite(price), `prices.${name} must be 0 or more, got ${price}`);
  check(
    each.some(([, price]) => price > 0),
    'one of the prices must be above 0',
  );
  check(memoryMargin >= 0 && memoryMargin <= 10, `memoryMargin must be 0 to 10, got ${memoryMargin}`);
  check(savingMin >= 0 && savingMin <= 1, `savingMin must be 0 to 1, got ${savingMin}`);
  check(holdMs >= 0 && Number.isFinite(holdMs), `holdMs must be 0 or more, got ${holdMs}`);
  return problems;
}

function isAbove0(value: number): boolean {
  return value > 0 && Number.isFinite(value);
}
