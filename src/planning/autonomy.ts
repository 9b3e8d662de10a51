import { request, settle, startPlant, type ShadowPlant } from './shadow-plant.ts';
import { durationText, percentText } from './words.ts';

/**
 * How much a pool is trusted with: `shadow` plans and does nothing; `advisory` says what it would do; `guarded` does it in small
 * steps, and goes a level back when that makes things worse; `full` does it.
 */
export const AUTONOMY_LEVELS = ['shadow', 'advisory', 'guarded', 'full'] as const;
/** One of them. */
export type AutonomyLevel = (typeof AUTONOMY_LEVELS)[number];

/** Where trust begins, and what raises it. */
export interface AutonomyRules {
  /** Where a new pool begins. */
  readonly level: AutonomyLevel;
  /** `hand`: only people promote it; `evidence`: so does what was measured, up to `upTo`. */
  readonly promote: 'hand' | 'evidence';
  /** The highest level that evidence raises it to. */
  readonly upTo: AutonomyLevel;
  /** Measured time that a level is judged on, milliseconds. */
  readonly evidenceMs: number;
  /** Largest share of the present count that a guarded step changes; one replica is always allowed. */
  readonly stepShare: number;
}

/** Where the config says nothing: people promote, a day of evidence, a quarter at a step. */
export const AUTONOMY_DEFAULTS = { promote: 'hand', upTo: 'full', evidenceMs: 86_400_000, stepShare: 0.25 } as const;
/** A pool that does what it plans, from the start. */
export const FULL_AUTONOMY: AutonomyRules = { level: 'full', ...AUTONOMY_DEFAULTS };

/** Plain data; each call gives a new one. */
export interface Autonomy {
  readonly level: AutonomyLevel;
  /** The level that the config named when this began: another one there begins anew. */
  readonly configured: AutonomyLevel;
  readonly sinceMs: number;
  readonly by: string;
  readonly reason: string;
  readonly evidence: Evidence;
  /** What its plans would have done; moved while it does nothing. */
  readonly plant: ShadowPlant;
  readonly judgedToMs: number;
}

/** Since the level began, or since it was last judged. Milliseconds, and replica-milliseconds. */
export interface Evidence {
  readonly judgedMs: number;
  /** By its plans, and as it was. The same where it acts. */
  readonly planShortMs: number;
  readonly planPaidMs: number;
  readonly shortMs: number;
  readonly paidMs: number;
  /** What it came to when it was last judged. */
  readonly verdict: string;
}

const NO_EVIDENCE: Evidence = { judgedMs: 0, planShortMs: 0, planPaidMs: 0, shortMs: 0, paidMs: 0, verdict: 'not judged yet' };

export function startAutonomy({ level }: AutonomyRules, replicas: number, nowMs: number): Autonomy {
  const plant = startPlant(replicas);
  return {
    level,
    configured: level,
    sinceMs: nowMs,
    by: 'config',
    reason: 'a new pool begins here',
    evidence: NO_EVIDENCE,
    plant,
    judgedToMs: 0,
  };
}

export function acts(level: AutonomyLevel): boolean {
  return level === 'guarded' || level === 'full';
}

export function setLevel(before: Autonomy, level: AutonomyLevel, by: string, reason: string, nowMs: number, replicas: number): Autonomy {
  return { ...before, level, sinceMs: nowMs, by, reason, evidence: NO_EVIDENCE, plant: startPlant(replicas) };
}

/** One measured interval. */
export interface Judged {
  readonly originMs: number;
  readonly intervalMs: number;
  readonly required: number;
  /** At the target, and the least that was ready. */
  readonly requested: number;
  readonly ready: number;
  readonly leadMs: number;
}

export function judgeInterval(before: Autonomy, { originMs, intervalMs, required, requested, ready, leadMs }: Judged): Autonomy {
  if (originMs <= before.judgedToMs) return before;
  const plant = acts(before.level) ? before.plant : settle(before.plant, originMs);
  const own = acts(before.level) ? { requested, ready } : plant;
  const { judgedMs, planShortMs, planPaidMs, shortMs, paidMs, verdict } = before.evidence;
  // The first lead time says nothing about the plans: nothing that they asked for could be there.
  if (originMs < before.sinceMs + leadMs) return { ...before, plant, judgedToMs: originMs };
  return {
    ...before,
    plant,
    judgedToMs: originMs,
    evidence: {
      judgedMs: judgedMs + intervalMs,
      planShortMs: planShortMs + (own.ready < required ? intervalMs : 0),
      planPaidMs: planPaidMs + own.requested * intervalMs,
      shortMs: shortMs + (ready < required ? intervalMs : 0),
      paidMs: paidMs + requested * intervalMs,
      verdict,
    },
  };
}

/** What the plan would have asked for, had it been allowed to. */
export function wouldRequest(before: Autonomy, replicas: number, nowMs: number, leadMs: number): Autonomy {
  return acts(before.level) ? before : { ...before, plant: request(before.plant, replicas, nowMs, leadMs) };
}

/** Shortages up to this multiple of the objective count as kept: a day of minutes tells no more. */
const SHORT_FACTOR = 4 / 3;
/** Plans that are no better in shortages must not cost more than this. */
const COST_FACTOR = 1.05;

/** When enough was measured, the level is judged: promoted where that is allowed and deserved, and the evidence begins anew. */
export function promote(before: Autonomy, rules: AutonomyRules, objective: number, nowMs: number): Autonomy {
  const { level, evidence } = before;
  if (level === 'full' || evidence.judgedMs < rules.evidenceMs) return before;
  const next = AUTONOMY_LEVELS[AUTONOMY_LEVELS.indexOf(level) + 1] ?? 'full';
  const { deserved, because } = judge(evidence, acts(level), objective);
  const verdict = `${deserved ? `ready for ${next}` : `not ready for ${next}`}: ${because}`;
  const isAllowed = rules.promote === 'evidence' && AUTONOMY_LEVELS.indexOf(next) <= AUTONOMY_LEVELS.indexOf(rules.upTo);
  if (deserved && isAllowed) return { ...setLevel(before, next, 'evidence', because, nowMs, before.plant.requested) };
  return { ...before, evidence: { ...NO_EVIDENCE, verdict } };
}

function judge(evidence: Evidence, isActing: boolean, objective: number): { readonly deserved: boolean; readonly because: string } {
  const { judgedMs, planShortMs, planPaidMs, shortMs, paidMs } = evidence;
  const planShort = planShortMs / judgedMs;
  const short = shortMs / judgedMs;
  const over = durationText(judgedMs);
  const isKept = planShort <= SHORT_FACTOR * objective;
  if (isActing)
    return { deserved: isKept, because: `short for ${percentText(planShort)} of ${over}, allowed are ${percentText(objective)}` };
  const isBetter = short > SHORT_FACTOR * objective && planShort < short;
  const isCheap = planPaidMs <= COST_FACTOR * paidMs;
  const because = `over ${over} its plans would have been short for ${percentText(planShort)} at ${percentText(paidMs > 0 ? planPaidMs / paidMs : 1)} of the cost; as it was: ${percentText(short)}`;
  return { deserved: isBetter || (isCheap && (isKept || planShort <= short)), because };
}

/** One level back, where the rules say so: a guarded pool always, a full one that evidence promoted. */
export function stepBack(before: Autonomy, rules: AutonomyRules, reason: string, nowMs: number, replicas: number): Autonomy {
  const to = { guarded: 'advisory', full: 'guarded' } as const;
  if (before.level === 'guarded' || (before.level === 'full' && rules.promote === 'evidence'))
    return setLevel(before, to[before.level], 'evidence', reason, nowMs, replicas);
  return before;
}
