/**
 * What a forecast does not know of the minutes of the hour. Jobs that begin on the clock (at :00, at :30) are short against an
 * hour and rare against a day, so the forecast spreads their risk over all minutes: at some it is told far too small, at the
 * others too large. For each two minutes of the hour the shortages that were expected of the priced count are compared with
 * those that came. Plain data; each call gives a new one.
 */
export interface HourClock {
  /** For each two minutes of the hour, decayed: shortages that were expected, and those that came. */
  readonly expected: readonly number[];
  readonly came: readonly number[];
  /**
   * By how much the factors have told lately what came better than the forecast alone: the logarithm of the ratio of the two
   * likelihoods, each factor as it was before its shortage could be known (Dawid 1984, prequential analysis). Decayed.
   */
  readonly evidence: number;
  /** What is not yet known of, oldest first. */
  readonly open: readonly OpenRisk[];
  /** End of the last interval seen; null before the first. */
  readonly seenMs: number | null;
}

/** A count, and the chance that it is too few until some time. */
export interface Risk {
  readonly count: number;
  readonly chance: number;
  readonly horizonMs: number;
}

interface OpenRisk extends Risk {
  readonly fromMs: number;
  /** Shortages that came for one that was expected, over all minutes: that is no matter of the clock. */
  readonly level: number;
  /** What the clock said of it, heeded or not. */
  readonly factor: number;
}

export interface ClockSight {
  readonly startMs: number;
  readonly intervalMs: number;
  /** Replicas that the load of the interval needed. */
  readonly required: number;
  /** What is expected from its end on; null without a forecast. */
  readonly risk: Risk | null;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SLOTS = 30;
const SLOT_MS = HOUR_MS / SLOTS;
/** With fewer intervals an hour there is no clock to be seen. */
const INTERVAL_MAX_MS = HOUR_MS / 4;
const HALF_LIFE_MS = 14 * 86_400_000;
/** Shortages that came as expected, before there were any: where little is known the factor is near 1. */
const PRIOR = 1;
const FACTOR_MAX = 50;
/** The factors are heeded when what came was e^6 times (400 times) as likely with them: on a pool without such jobs never. */
const EVIDENCE_MIN = 6;

export function startClock(): HourClock {
  const none = Array.from({ length: SLOTS }, () => 0);
  return { expected: none, came: none, evidence: 0, open: [], seenMs: null };
}

/** One measured interval: what was expected before is compared with it, and what is expected now is remembered, once a minute. */
export function turnClock(before: HourClock, sight: ClockSight): HourClock {
  const { startMs, intervalMs, risk } = sight;
  const endMs = startMs + intervalMs;
  if (intervalMs > INTERVAL_MAX_MS || (before.seenMs !== null && endMs <= before.seenMs)) return before;
  // Of what a gap has covered nobody knows whether it came.
  const known = before.seenMs === startMs ? settle(before, sight) : { ...before, open: [] };
  const isNext = endMs - (known.open.at(-1)?.fromMs ?? Number.NEGATIVE_INFINITY) >= Math.max(intervalMs, MINUTE_MS);
  const open = risk !== null && isNext ? [...known.open, openRisk(known, risk, endMs)] : known.open;
  return { ...known, open, seenMs: endMs };
}

/** What the chance of a shortage is to be multiplied by at a time; 1 until the clock has proven itself. */
export function clockFactor(clock: HourClock | undefined, atMs: number): number {
  return clock === undefined || clock.evidence < EVIDENCE_MIN ? 1 : factorAt(clock, atMs);
}

/** Counts of another size are another question. */
export function withoutOpen(clock: HourClock): HourClock {
  return { ...clock, open: [] };
}

function openRisk(clock: HourClock, risk: Risk, fromMs: number): OpenRisk {
  return { ...risk, fromMs, level: levelOf(clock), factor: factorAt(clock, fromMs) };
}

function levelOf({ expected, came }: HourClock): number {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const all = sum(expected);
  return all > 0 ? bounded(sum(came) / all) : 1;
}

/** Shortages that came for one that was expected at these minutes, beside those at all minutes. */
function factorAt(clock: HourClock, atMs: number): number {
  const slot = slotOf(atMs);
  const factor = ((clock.came[slot] ?? 0) + PRIOR) / ((clock.expected[slot] ?? 0) * levelOf(clock) + PRIOR);
  // Four digits: a decision record holds it.
  return Number(bounded(factor).toPrecision(4));
}

function bounded(factor: number): number {
  return Math.min(FACTOR_MAX, Math.max(1 / FACTOR_MAX, factor));
}

function slotOf(atMs: number): number {
  return Math.floor((((atMs % HOUR_MS) + HOUR_MS) % HOUR_MS) / SLOT_MS);
}

/** Counts every risk that came true, or whose time is over. */
function settle(before: HourClock, { startMs, intervalMs, required }: ClockSight): HourClock {
  const keep = 2 ** (-intervalMs / HALF_LIFE_MS);
  const expected = before.expected.map((sum) => sum * keep);
  const came = before.came.map((sum) => sum * keep);
  let evidence = before.evidence * keep;
  const open = before.open.filter((risk) => {
    const { fromMs, count, chance, level, factor, horizonMs } = risk;
    const isShort = required > count;
    if (!isShort && startMs + intervalMs < fromMs + horizonMs) return true;
    // As many risks are open at a time as there are steps in a horizon, and one shortage makes all of them come true.
    const weight = Math.max(intervalMs, MINUTE_MS) / Math.max(horizonMs, MINUTE_MS);
    const slot = slotOf(fromMs);
    expected[slot] = (expected[slot] ?? 0) + weight * chance;
    if (isShort) came[slot] = (came[slot] ?? 0) + weight;
    evidence += weight * ((isShort ? Math.log(factor) : 0) - chance * level * (factor - 1));
    return false;
  });
  return { ...before, expected, came, evidence, open };
}
