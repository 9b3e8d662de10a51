/** Older occurrences count less by this with each new one; the hint counts as one of the oldest. */
const FORGETTING = 0.7;
const FACTOR_MIN = 0.01;
const FACTOR_MAX = 1_000;

/** What an event multiplied the load by, as a geometric mean of the hint and of what was seen. Plain data. */
export interface LearnedFactor {
  /** Of the logarithms, and of their weights. */
  sum: number;
  weight: number;
  occurrences: number;
}

export function hintedFactor(factor: number): LearnedFactor {
  return { sum: Math.log(within(factor)), weight: 1, occurrences: 0 };
}

export function factorOf({ sum, weight }: LearnedFactor): number {
  return Math.exp(sum / weight);
}

/** An occurrence is over, or far enough to be judged. */
export function learnFactor(learned: LearnedFactor, seen: number): void {
  learned.sum = FORGETTING * learned.sum + Math.log(within(seen));
  learned.weight = FORGETTING * learned.weight + 1;
  learned.occurrences += 1;
}

const within = (factor: number): number => Math.max(FACTOR_MIN, Math.min(FACTOR_MAX, factor));
