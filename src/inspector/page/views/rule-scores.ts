import type { DecisionOutline } from '../../api/pools.ts';

/** What a rule asked for over some decisions, held against what was needed when its replicas would have been ready. */
export interface RuleScore {
  readonly name: string;
  /** Replicas, mean over time. */
  readonly mean: number;
  /** Replicas asked for per replica needed. */
  readonly cost: number;
  /** Share of the time in which fewer were asked for than were needed a lead time later. */
  readonly short: number;
  /** Share of the decisions that it won; null: it is no rule. */
  readonly won: number | null;
}

export interface RuleScores {
  /** After all clamps. */
  readonly followed: RuleScore;
  /** The least short first, then the cheapest. */
  readonly rules: readonly RuleScore[];
  readonly meanNeeded: number;
  /** Decisions that could be judged: what was needed a lead time later is known. */
  readonly judged: number;
}

interface Sum {
  asked: number;
  needed: number;
  ms: number;
  shortMs: number;
  wins: number;
}

/** undefined: nothing can be judged yet. */
export function ruleScores(decisions: readonly DecisionOutline[], leadMs: number): RuleScores | undefined {
  const sums = new Map<string, Sum>();
  const followed = emptySum();
  let judged = 0;
  let later = 0;
  for (const [i, decision] of decisions.entries()) {
    const untilMs = decisions[i + 1]?.atMs;
    while (later < decisions.length && (decisions[later]?.atMs ?? 0) < decision.atMs + leadMs) later += 1;
    const needed = decisions[later]?.required ?? null;
    if (untilMs === undefined || needed === null) continue;
    judged += 1;
    const ms = untilMs - decision.atMs;
    add(followed, decision.to, needed, ms, false);
    for (const { name, replicas } of decision.candidates) {
      const sum = sums.get(name) ?? emptySum();
      sums.set(name, sum);
      add(sum, replicas, needed, ms, name === decision.winner);
    }
  }
  if (followed.ms === 0 || followed.needed === 0) return undefined;
  const rules = [...sums].map(([name, sum]) => scoreOf(name, sum, sum.wins / judged));
  rules.sort((a, b) => a.short - b.short || a.mean - b.mean);
  return { followed: scoreOf('wanted in the end', followed, null), rules, meanNeeded: followed.needed / followed.ms, judged };
}

function emptySum(): Sum {
  return { asked: 0, needed: 0, ms: 0, shortMs: 0, wins: 0 };
}

function add(sum: Sum, asked: number, needed: number, ms: number, hasWon: boolean): void {
  sum.asked += asked * ms;
  sum.needed += needed * ms;
  sum.ms += ms;
  if (asked < needed) sum.shortMs += ms;
  if (hasWon) sum.wins += 1;
}

function scoreOf(name: string, { asked, needed, ms, shortMs }: Sum, won: number | null): RuleScore {
  return { name, mean: asked / ms, cost: asked / needed, short: shortMs / ms, won };
}
