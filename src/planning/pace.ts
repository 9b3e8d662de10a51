import type { LearnedInput } from './inputs.ts';

/**
 * What feedback moves: how careful the level is, and how fast capacity is given up. Bounded, slow to relax, and plain
 * data, so that it can be seen and reset.
 */
export interface Pace {
  /** Moving share of time in shortage; starts at the objective, so that nothing is relaxed before it is earned. */
  readonly shortShare: number;
  /** Accumulated deviation from the objective, in multiples of it. */
  readonly integral: number;
  /** 0.25 to 1, see LearnedInput. */
  readonly downSpeed: number;
}

/** Half of the memory of shortages is gone after a day. */
const HALF_LIFE_MS = 86_400_000;
const PROPORTIONAL = 0.5;
/** Logits per day of a deviation by one objective: slow to relax, fast to tighten. */
const RELAX_PER_DAY = 0.7;
const TIGHTEN_PER_DAY = 2;
const INTEGRAL_MAX = 3;
const SHIFT_MIN = -3;
const SHIFT_MAX = 2;
const BURN_MAX = 5;
const DOWN_SPEED_MIN = 0.25;
/** A day without regrets brings the speed of scaling down back by this factor. */
const DOWN_SPEED_PER_DAY = 1.5;

/** As if the objective (0 to 0.5) had been kept exactly so far. */
export function startPace(objective: number): Pace {
  return { shortShare: objective, integral: 0, downSpeed: 1 };
}

/**
 * One review: was capacity short for `elapsedMs`? A proportional-integral controller on the logit of the level, with the
 * share of shortage against the allowed one as its error (budget pacing). The integral does not leak, so that a forecast whose
 * quantiles are too careful for this objective is corrected all the way; it is bounded, so that it does not wind up.
 *
 * `short` is null while the level is not what decides: then it stands still, and only the speed is relaxed.
 */
export function pace(before: Pace, objective: number, short: boolean | null, elapsedMs: number): Pace {
  const elapsed = Math.min(Math.max(0, elapsedMs), HALF_LIFE_MS);
  const downSpeed = Math.min(1, before.downSpeed * DOWN_SPEED_PER_DAY ** (elapsed / HALF_LIFE_MS));
  if (short === null) return { ...before, downSpeed };
  const keep = 2 ** (-elapsed / HALF_LIFE_MS);
  const shortShare = before.shortShare * keep + (short ? 1 - keep : 0);
  const deviation = Math.min(BURN_MAX, shortShare / objective) - 1;
  const gained = (deviation * (deviation < 0 ? RELAX_PER_DAY : TIGHTEN_PER_DAY) * elapsed) / HALF_LIFE_MS;
  return {
    shortShare,
    integral: clamp(before.integral + gained, -INTEGRAL_MAX, INTEGRAL_MAX),
    downSpeed,
  };
}

/** A scale-down that had to be undone at once, or that left the pool short: give up capacity more slowly. */
export function slowDown(before: Pace): Pace {
  return { ...before, downSpeed: Math.max(DOWN_SPEED_MIN, before.downSpeed * 0.7) };
}

/** What the planner takes of it, within bounds. */
export function learnedOf(known: Pace, objective: number): LearnedInput {
  const deviation = Math.min(BURN_MAX, known.shortShare / objective) - 1;
  const shift = clamp(PROPORTIONAL * deviation + known.integral, SHIFT_MIN, SHIFT_MAX);
  // Four digits: a decision record holds it, and more would be false precision.
  return { levelShift: Number(shift.toFixed(4)), downSpeed: Number(known.downSpeed.toFixed(4)) };
}

export const LEARNED_BOUNDS = { levelShift: [SHIFT_MIN, SHIFT_MAX], downSpeed: [DOWN_SPEED_MIN, 1] } as const;

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
