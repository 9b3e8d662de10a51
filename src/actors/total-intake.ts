import type { Observation } from '../protocol/observation.ts';
import { takeDepartures, type Departures } from './departures.ts';
import { addLoads, loadsOf, NO_LOAD, type Loads } from './measure.ts';
import type { PoolSettings } from './pool-settings.ts';

/**
 * Sums the producers of a pool, interval by interval. The sum must say the same whether two producers carry the load or
 * eight: so an interval is closed only when everybody who is expected has reported, or when waiting longer would cost
 * more than it gives, and a producer that is silent makes the interval incomplete, never zero.
 */
export interface TotalIntake {
  readonly known: Map<string, KnownProducer>;
  readonly open: Map<number, OpenInterval>;
  /** Start of the last closed interval. */
  closedMs: number | null;
  /** Sums of the last measured interval. */
  total: Loads | null;
  /** Replicas that an action of ours stops; null when it stops none. */
  departures: Departures | null;
  /** The only producer, whose analyzer was told so; null: there are several, or none. */
  lone: string | null;
  /** Start of the last closed interval in which there were several; null before the first. */
  companyMs: number | null;
  readonly counts: IntakeCounts;
}

export interface KnownProducer {
  readonly sinceMs: number;
  lastMs: number;
  loads: Loads;
  leaving: boolean;
}

export interface OpenInterval {
  sums: Loads;
  /** Producer to the incarnation that reported. */
  readonly reported: Map<string, number>;
  /** One that is known to be missing: while it is, nobody else needs to be looked at. Found again when it is not known. */
  waitingFor?: string | undefined;
}

export interface IntakeCounts {
  late: number;
  duplicate: number;
  early: number;
  misfit: number;
  refused: number;
  carried: number;
  missing: number;
}

export interface ClosedInterval {
  readonly startMs: number;
  /** Sums; undefined: not measured. */
  readonly loads: Loads | undefined;
  /** Producers that the sum is of, carried ones included. */
  readonly producers: number;
}

/** Producers of one pool at the most; what more say is refused and counted. */
export const PRODUCERS_MAX = 10_000;
/** Intervals that may be open at a time; an observation further ahead is refused as coming from a wrong clock. */
const OPEN_MAX = 8;
/** A silent producer is carried with its last value while it had at most this share of the load. */
const CARRIED_SHARE_MAX = 0.2;
/** A producer that has just started reports together with the others: its first report is waited for this long. */
const NEWCOMER_SHARE = 1 / 20;

export function createIntake(): TotalIntake {
  const counts = { late: 0, duplicate: 0, early: 0, misfit: 0, refused: 0, carried: 0, missing: 0 };
  return { known: new Map(), open: new Map(), closedMs: null, total: null, departures: null, lone: null, companyMs: null, counts };
}

/** Which interval an observation belongs to; undefined when its length does not fit into one. */
export function slotOf(observation: Observation, intervalMs: number): number | undefined {
  const { intervalStartMs } = observation;
  const startMs = Math.floor(intervalStartMs / intervalMs) * intervalMs;
  const fits = intervalStartMs + observation.intervalMs <= startMs + intervalMs + 1;
  const whole = Math.abs(observation.intervalMs - intervalMs) <= 1;
  // A shorter one is the last word of a producer that stops, or the first of one that starts, in the middle.
  return fits || whole ? startMs : undefined;
}

/** Takes one producer's observation. False if it was dropped, which is counted. */
export function takeObservation(
  intake: TotalIntake,
  observation: Observation,
  incarnation: number,
  nowMs: number,
  settings: PoolSettings,
): boolean {
  const { counts } = intake;
  const startMs = slotOf(observation, settings.intervalMs);
  const leaving = observation.final === true;
  if (startMs === undefined) counts.misfit += 1;
  else if (intake.closedMs !== null && startMs <= intake.closedMs) counts.late += 1;
  else if (startMs > nowMs + settings.intervalMs) counts.early += 1;
  else {
    const interval = openInterval(intake, startMs);
    const known = knownProducer(intake, observation.producer, startMs);
    if (interval === undefined || known === undefined) counts.refused += 1;
    else if (!isNew(interval, observation.producer, incarnation)) counts.duplicate += 1;
    else {
      const loads = loadsOf(observation.load);
      const again = interval.reported.has(observation.producer) && known.lastMs === startMs;
      interval.sums = addLoads(interval.sums, loads);
      interval.reported.set(observation.producer, incarnation);
      if (startMs >= known.lastMs) {
        known.loads = again ? addLoads(known.loads, loads) : loads;
        known.lastMs = startMs;
        if (leaving) sayGoodbye(intake, known);
        else known.leaving = false;
      }
      return true;
    }
  }
  // Even a late goodbye is a goodbye.
  const known = intake.known.get(observation.producer);
  if (leaving && known !== undefined) sayGoodbye(intake, known);
  return false;
}

function sayGoodbye({ departures }: TotalIntake, producer: KnownProducer): void {
  if (!producer.leaving && departures !== null) departures.left -= 1;
  producer.leaving = true;
}

/** A process that started anew within the interval adds its half; everything else is a repeat. */
function isNew({ reported }: OpenInterval, producer: string, incarnation: number): boolean {
  const before = reported.get(producer);
  return before === undefined || (before > 0 && incarnation > before);
}

function openInterval(intake: TotalIntake, startMs: number): OpenInterval | undefined {
  const existing = intake.open.get(startMs);
  if (existing !== undefined) return existing;
  if (intake.open.size >= OPEN_MAX) return undefined;
  const created: OpenInterval = { sums: NO_LOAD, reported: new Map() };
  intake.open.set(startMs, created);
  return created;
}

function knownProducer(intake: TotalIntake, producer: string, startMs: number): KnownProducer | undefined {
  const existing = intake.known.get(producer);
  if (existing !== undefined) return existing;
  if (intake.known.size >= PRODUCERS_MAX) return undefined;
  const created: KnownProducer = { sinceMs: startMs, lastMs: startMs, loads: NO_LOAD, leaving: false };
  intake.known.set(producer, created);
  return created;
}

/** Closes, in order, every interval whose time has come. At most OPEN_MAX and the producers' timeout in intervals. */
export function closeDue(intake: TotalIntake, nowMs: number, settings: PoolSettings): ClosedInterval[] {
  const closed: ClosedInterval[] = [];
  for (let dueMs = nextCloseMs(intake, settings); dueMs !== undefined && dueMs <= nowMs; dueMs = nextCloseMs(intake, settings)) {
    closed.push(closeNext(intake, settings));
  }
  return closed;
}

/** When the next interval closes as things stand; undefined while nobody is expected. */
export function nextCloseMs(intake: TotalIntake, settings: PoolSettings): number | undefined {
  const startMs = nextStartMs(intake, settings);
  if (startMs === undefined) return undefined;
  const endMs = startMs + settings.intervalMs;
  // Before the first interval closed nobody knows who is to be expected.
  const complete = intake.closedMs !== null && isComplete(intake, startMs, settings);
  return endMs + (complete ? Math.min(settings.lateAfterMs, settings.intervalMs * NEWCOMER_SHARE) : settings.lateAfterMs);
}

function nextStartMs(intake: TotalIntake, settings: PoolSettings): number | undefined {
  let oldest: number | undefined;
  for (const startMs of intake.open.keys()) if (oldest === undefined || startMs < oldest) oldest = startMs;
  if (intake.closedMs === null) return oldest;
  const next = intake.closedMs + settings.intervalMs;
  for (const producer of intake.known.values()) if (isExpected(producer, next, settings)) return next;
  // Nobody is expected before the next report: the intervals between stay unmeasured, the forecaster skips them.
  return oldest;
}

/** Expected: has reported before, has not said goodbye, and has not been silent for too long. */
function isExpected(producer: KnownProducer, startMs: number, settings: PoolSettings): boolean {
  if (producer.sinceMs > startMs) return false;
  if (producer.lastMs >= startMs) return true;
  return !producer.leaving && startMs - producer.lastMs <= settings.producerTimeoutMs;
}

function isComplete(intake: TotalIntake, startMs: number, settings: PoolSettings): boolean {
  const interval = intake.open.get(startMs);
  if (interval === undefined) return false;
  if (isAwaited(intake, interval, interval.waitingFor, startMs, settings)) return false;
  interval.waitingFor = undefined;
  // The last one found: producers report in about the same order each time, so that one is looked for least often.
  for (const name of intake.known.keys()) if (isAwaited(intake, interval, name, startMs, settings)) interval.waitingFor = name;
  return interval.waitingFor === undefined;
}

function isAwaited(
  intake: TotalIntake,
  interval: OpenInterval,
  name: string | undefined,
  startMs: number,
  settings: PoolSettings,
): boolean {
  if (name === undefined || interval.reported.has(name)) return false;
  const producer = intake.known.get(name);
  return producer !== undefined && isExpected(producer, startMs, settings);
}

function closeNext(intake: TotalIntake, settings: PoolSettings): ClosedInterval {
  const startMs = nextStartMs(intake, settings) ?? 0;
  const interval = intake.open.get(startMs);
  const silent = silentOf(intake, startMs, interval, settings);
  const isOurDoing = letGo(intake, silent.names, startMs, settings);
  intake.open.delete(startMs);
  intake.closedMs = startMs;
  const loads = sumOf(intake, interval, silent, isOurDoing);
  forget(intake, startMs, settings);
  if (loads === undefined) {
    intake.counts.missing += 1;
    return { startMs, loads, producers: interval?.reported.size ?? 0 };
  }
  intake.counts.carried += silent.names.length;
  intake.total = loads;
  return { startMs, loads, producers: (interval?.reported.size ?? 0) + silent.names.length };
}

interface Silent {
  readonly names: readonly string[];
  readonly loads: Loads;
  /** Of the last known load of all that are expected; the resource that suffers most. */
  readonly share: number;
}

function silentOf(intake: TotalIntake, startMs: number, interval: OpenInterval | undefined, settings: PoolSettings): Silent {
  const names: string[] = [];
  let silent = NO_LOAD;
  let all = NO_LOAD;
  for (const [name, producer] of intake.known) {
    if (!isExpected(producer, startMs, settings)) continue;
    all = addLoads(all, producer.loads);
    if (interval?.reported.has(name)) continue;
    names.push(name);
    silent = addLoads(silent, producer.loads);
  }
  let share = 0;
  for (const i of [0, 1, 2, 3] as const) if (all[i] > 0) share = Math.max(share, silent[i] / all[i]);
  return { names, loads: silent, share };
}

/**
 * The sum of an interval. Silent producers are carried with their last value while their share is small, but never so
 * that the sum rises above the last one: when a producer died and the others took its load over, it is counted once.
 */
function sumOf(intake: TotalIntake, interval: OpenInterval | undefined, silent: Silent, isOurDoing: boolean): Loads | undefined {
  if (interval === undefined) return undefined;
  if (silent.names.length === 0) return interval.sums;
  if (silent.share > CARRIED_SHARE_MAX && !isOurDoing) return undefined;
  const reported = interval.sums;
  const before = intake.total ?? NO_LOAD;
  const carried = (i: 0 | 1 | 2 | 3): number => Math.max(reported[i], Math.min(reported[i] + silent.loads[i], before[i]));
  return [carried(0), carried(1), carried(2), carried(3)];
}

/** Whether all that are silent are so by our own doing. They are carried this once, and not expected again. */
function letGo({ known, departures }: TotalIntake, silent: readonly string[], startMs: number, { intervalMs }: PoolSettings): boolean {
  const producers = silent.flatMap((name) => known.get(name) ?? []);
  if (departures === null || !takeDepartures(departures, producers, startMs, intervalMs)) return false;
  for (const producer of producers) producer.leaving = true;
  return true;
}

/** Producers that are gone take no room. */
function forget(intake: TotalIntake, startMs: number, settings: PoolSettings): void {
  for (const [name, producer] of intake.known) {
    if (producer.lastMs > startMs) continue;
    if (producer.leaving || startMs - producer.lastMs >= settings.producerTimeoutMs) intake.known.delete(name);
  }
}

export interface FrozenIntake {
  readonly known: readonly (readonly [string, KnownProducer])[];
  readonly open: readonly (readonly [number, Loads, readonly (readonly [string, number])[]])[];
  readonly closedMs: number | null;
  readonly total: Loads | null;
  readonly departures: Departures | null;
  readonly lone?: string | null;
  readonly companyMs?: number | null;
  readonly counts: IntakeCounts;
}

export function freezeIntake(intake: TotalIntake): FrozenIntake {
  return {
    known: Array.from(intake.known, ([name, producer]) => [name, { ...producer }] as const),
    open: Array.from(intake.open, ([startMs, { sums, reported }]) => [startMs, sums, [...reported]] as const),
    closedMs: intake.closedMs,
    total: intake.total,
    departures: intake.departures === null ? null : { ...intake.departures },
    lone: intake.lone,
    companyMs: intake.companyMs,
    counts: { ...intake.counts },
  };
}

export function thawIntake(frozen: FrozenIntake): TotalIntake {
  return {
    known: new Map(frozen.known.map(([name, producer]) => [name, { ...producer }])),
    open: new Map(frozen.open.map(([startMs, sums, reported]) => [startMs, { sums, reported: new Map(reported) }])),
    closedMs: frozen.closedMs,
    total: frozen.total,
    departures: frozen.departures === null ? null : { ...frozen.departures },
    // Snapshots from before there were such.
    lone: frozen.lone ?? null,
    companyMs: frozen.companyMs ?? null,
    counts: { ...frozen.counts },
  };
}
