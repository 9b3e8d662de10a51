/**
 * What a short minute costs, in minutes of one replica: found so that the pool is short for the allowed share of time. Plain data.
 * The ladder tells it (`price-ladder.ts`); the pool's own shortages correct it, whatever rule was followed meanwhile.
 */
export interface Price {
  /** Natural logarithm of price x objective / typical replicas. */
  readonly logFactor: number;
  /** What the pool's own shortages add to the logarithm of what the ladder tells. Absent in states of older builds. */
  readonly correction?: number;
  /** Moving mean of the replicas that the load needed; null before the first interval. */
  readonly typicalReplicas: number | null;
  /** Moving share of short time of the last hours, in multiples of the objective. Absent in states of older builds. */
  readonly burn?: number;
}

const DAY_MS = 86_400_000;
/** A pool of quick intervals learns by the interval, not by the day. */
const DAY_INTERVALS = 1_440;
/** Logits a day of a deviation by one objective: while there is no ladder yet, and beside it. */
const STEP_PER_DAY = 0.5;
const CORRECTION_PER_DAY = 0.15;
/** Real starts take longer than replayed ones, or fail; what is off by more than that is no matter of the price. */
const CORRECTION_MAX = 1.5;
/**
 * A tail that falls e-fold per tenth of the load makes a price of a tenth of the load / objective hit the objective
 * (price x chance = width of the tail); real ones are somewhat wider.
 */
const START_FACTOR = 0.15;
/** Lower, and a pool that was calm for weeks would need days of shortages to learn of a storm. */
const FACTOR_MIN = 0.005;
const FACTOR_MAX = 20;
/**
 * Shortages come in bursts. What the last quarter of a day used up moves the price at once, beside what is learned for good
 * (the proportional term of a controller beside its integral), so that a burst is paid back soon and a lucky day is used.
 */
const BURN_HALF_LIFE_DAYS = 0.25;
const BURN_GAIN = 0.1;
const BURN_MAX = 5;

/** Before anything was measured. */
export const START_PRICE: Price = { logFactor: Math.log(START_FACTOR), typicalReplicas: null };

export interface PricedInterval {
  /** null: no rule was followed, so the price is not to blame. */
  readonly short: boolean | null;
  readonly required: number;
  readonly intervalMs: number;
}

/**
 * One measured interval. `told` is the price at which the objective would have been met lately, undefined before that is known.
 * What the pool's own shortages correct moves by exactly the difference between the time that was short and the time that was
 * allowed to be (stochastic approximation, Robbins and Monro 1951), so over a long time the share of shortage is the
 * objective, unless the correction has come to its bound.
 */
export function movePrice(before: Price, objective: number, { short, required, intervalMs }: PricedInterval, told?: number): Price {
  const days = Math.min(1, Math.max(intervalMs / DAY_MS, 1 / DAY_INTERVALS));
  const used = short === null ? 1 : (short ? 1 : 0) / objective;
  const keep = 2 ** -days;
  const burnKeep = 2 ** (-days / BURN_HALF_LIFE_DAYS);
  const typicalReplicas = (before.typicalReplicas ?? required) * keep + required * (1 - keep);
  const common = { burn: (before.burn ?? 1) * burnKeep + used * (1 - burnKeep), typicalReplicas };
  if (told === undefined) return { ...common, logFactor: boundedFactor(before.logFactor + STEP_PER_DAY * days * (used - 1)) };
  const moved = (before.correction ?? 0) + CORRECTION_PER_DAY * days * (used - 1);
  const correction = Math.min(CORRECTION_MAX, Math.max(-CORRECTION_MAX, moved));
  const logTold = Math.log((told * objective) / Math.max(1, typicalReplicas));
  return { ...common, logFactor: boundedFactor(logTold + correction), correction };
}

function boundedFactor(logFactor: number): number {
  return Math.min(Math.log(FACTOR_MAX), Math.max(Math.log(FACTOR_MIN), logFactor));
}

/** What a short minute costs now, in minutes of one replica. */
export function priceOf({ logFactor, typicalReplicas, burn = 1 }: Price, objective: number): number {
  const pushed = logFactor + BURN_GAIN * (Math.min(BURN_MAX, burn) - 1);
  // Four digits: a decision record holds it, and more would be false precision.
  return Number(((Math.exp(pushed) / objective) * Math.max(1, typicalReplicas ?? 1)).toPrecision(4));
}

/** Some hours without a shortage. */
const NEAR = 0.1;

/** The price stands at its upper bound: more capacity than that is not bought for the objective. */
export function isPriceExhausted({ logFactor }: Price): boolean {
  return logFactor >= Math.log(FACTOR_MAX) - NEAR;
}
