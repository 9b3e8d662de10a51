/**
 * What a short minute costs, in minutes of one replica: given, or found so that the pool is short for the allowed share of
 * time. Plain data, moved by the pool's own shortages, whatever rule was followed meanwhile.
 */
export interface Price {
  /** Natural logarithm of price x objective / typical replicas. */
  readonly logFactor: number;
  /** Moving mean of the replicas that the load needed; null before the first interval. */
  readonly typicalReplicas: number | null;
  /** Moving share of short time of the last hours, in multiples of the objective. Absent in states of older builds. */
  readonly burn?: number;
}

const DAY_MS = 86_400_000;
/** A pool of quick intervals learns by the interval, not by the day. */
const DAY_INTERVALS = 1_440;
/** Logits a day of a deviation by one objective. */
const STEP_PER_DAY = 0.5;
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
const BURN_GAIN = 0.4;
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
 * One measured interval. The logarithm of the price moves by exactly the difference between the time that was short and the
 * time that was allowed to be (stochastic approximation, Robbins and Monro 1951), so over a long time the share of shortage is
 * the objective, unless the price has come to its bound: the difference is then what the pool cannot reach.
 */
export function movePrice(before: Price, objective: number, { short, required, intervalMs }: PricedInterval): Price {
  const days = Math.min(1, Math.max(intervalMs / DAY_MS, 1 / DAY_INTERVALS));
  const moved = before.logFactor + (short === null ? 0 : STEP_PER_DAY * days * ((short ? 1 : 0) / objective - 1));
  const keep = 2 ** -days;
  const burnKeep = 2 ** (-days / BURN_HALF_LIFE_DAYS);
  const burn = before.burn ?? 1;
  const typical = before.typicalReplicas ?? required;
  return {
    logFactor: Math.min(Math.log(FACTOR_MAX), Math.max(Math.log(FACTOR_MIN), moved)),
    burn: burn * burnKeep + (short === null ? 1 : (short ? 1 : 0) / objective) * (1 - burnKeep),
    typicalReplicas: typical * keep + required * (1 - keep),
  };
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
