/**
 * What a short minute costs, in minutes of one replica: found so that the pool is short for the allowed share of time. Plain data.
 * At first it is found by the pool's own shortages, whatever rule was followed meanwhile; with the evidence of days the ladder tells it
 * (`price-ladder.ts`), and own shortages correct it.
 */
export interface Price {
  /** Natural logarithm of price x objective / typical replicas, as own shortages alone have moved it. */
  readonly logFactor: number;
  /** The same as the ladder tells it, with what counts of it, 0 to 1. Absent: nothing yet, or in states of older builds. */
  readonly told?: { readonly logFactor: number; readonly weight: number };
  /** What own shortages add to the logarithm that the ladder tells. Absent: nothing. */
  readonly correction?: number;
  /** Moving mean of the replicas that the load needed; null before the first interval. */
  readonly typicalReplicas: number | null;
  /** Moving share of short time of the last hours, in multiples of the objective. Absent in states of older builds. */
  readonly burn?: number;
}

const DAY_MS = 86_400_000;
/** A pool of quick intervals learns by the interval, not by the day. */
const DAY_INTERVALS = 1_440;
/** Logits a day of a deviation by one objective: alone, and beside the ladder. */
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
const FACTOR_RANGE = [Math.log(FACTOR_MIN), Math.log(FACTOR_MAX)] as const;
/**
 * Shortages come in bursts. What the last quarter of a day used up moves the price at once, beside what is learned for good
 * (the proportional term of a controller beside its integral), so that a burst is paid back soon and a lucky day is used.
 */
const BURN_HALF_LIFE_DAYS = 0.25;
const BURN_GAIN = 0.4;
/** What the ladder tells had the bursts of weeks in it already. */
const BURN_GAIN_TOLD = 0.1;
const BURN_MAX = 5;

/** Before anything was measured. */
export const START_PRICE: Price = { logFactor: Math.log(START_FACTOR), typicalReplicas: null };

/** What the ladder says. */
export interface ToldPrice {
  readonly price: number;
  /** What counts of it, 0 to 1: grows with the evidence. */
  readonly weight: number;
}

export interface PricedInterval {
  /** null: no rule was followed, so the price is not to blame. */
  readonly short: boolean | null;
  readonly required: number;
  readonly intervalMs: number;
}

/**
 * One measured interval. `told` is what the ladder says, undefined before it knows. The logarithm, and the correction of what is told,
 * move by exactly the difference between the time that was short and the time that was allowed to be (stochastic approximation,
 * Robbins and Monro 1951), so over a long time the share of shortage is the objective, unless they have come to their bounds.
 */
export function movePrice(before: Price, objective: number, { short, required, intervalMs }: PricedInterval, told?: ToldPrice): Price {
  const days = Math.min(1, Math.max(intervalMs / DAY_MS, 1 / DAY_INTERVALS));
  const used = short === null ? 1 : (short ? 1 : 0) / objective;
  const keep = 2 ** -days;
  const burnKeep = 2 ** (-days / BURN_HALF_LIFE_DAYS);
  const typicalReplicas = (before.typicalReplicas ?? required) * keep + required * (1 - keep);
  // What was short at a price that the ladder had only a part in, it answers for with that part.
  const correction = (before.correction ?? 0) + CORRECTION_PER_DAY * days * (told?.weight ?? 0) * (used - 1);
  return {
    logFactor: within(FACTOR_RANGE, before.logFactor + STEP_PER_DAY * days * (used - 1)),
    ...(told && { told: { logFactor: Math.log((told.price * objective) / Math.max(1, typicalReplicas)), weight: told.weight } }),
    correction: within([-CORRECTION_MAX, CORRECTION_MAX], correction),
    burn: (before.burn ?? 1) * burnKeep + used * (1 - burnKeep),
    typicalReplicas,
  };
}

/** What a short minute costs now, in minutes of one replica. */
export function priceOf(price: Price, objective: number): number {
  const { told, typicalReplicas, burn = 1 } = price;
  const gain = told === undefined ? BURN_GAIN : BURN_GAIN + (BURN_GAIN_TOLD - BURN_GAIN) * told.weight;
  const pushed = factorOf(price) + gain * (Math.min(BURN_MAX, burn) - 1);
  // Four digits: a decision record holds it, and more would be false precision.
  return Number(((Math.exp(pushed) / objective) * Math.max(1, typicalReplicas ?? 1)).toPrecision(4));
}

function factorOf({ logFactor, told, correction = 0 }: Price): number {
  if (told === undefined) return logFactor;
  return told.weight * within(FACTOR_RANGE, told.logFactor + correction) + (1 - told.weight) * logFactor;
}

function within([least, most]: readonly [number, number], value: number): number {
  return Math.min(most, Math.max(least, value));
}

/** Some hours without a shortage. */
const NEAR = 0.1;

/** The price stands at its upper bound: more capacity than that is not bought for the objective. */
export function isPriceExhausted(price: Price): boolean {
  return factorOf(price) >= Math.log(FACTOR_MAX) - NEAR;
}
