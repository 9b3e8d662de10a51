import { durationText } from '../planning/words.ts';
import type { KnownEvent } from '../models/events/event.ts';
import { weightOf } from '../planning/cost-mix.ts';
import { moveCapacity, startLearnedCapacity, type LearnedCapacity } from '../planning/learned-capacity.ts';
import type { Observation } from '../protocol/observation.ts';
import type { Confirmation, Feedback } from '../protocol/scaling.ts';
import { fillBucket, firstBucketMs, openBucket, ratesOf, type Bucket } from './bucket.ts';
import { departuresAfter, departuresOf } from './departures.ts';
import { loadsOf, toRates, UNMEASURED, type Loads } from './measure.ts';
import { observeMemory, startMemoryPeak, type MemoryPeak } from './memory-peak.ts';
import { partsAt, type Parts } from './parts.ts';
import type { PoolRules } from './pool-rules.ts';
import { learnCapacity } from './replica-capacity.ts';
import { closeLearnedCosts, learnCosts, startLearnedCosts, type LearnedCosts } from './request-costs.ts';
import { createSeries, forgetSeries, notReadyOf, observeSeries, qualityOf, reportedResources, type SeriesSet } from './series-set.ts';
import { NO_START_UP_WORK, noteConfirmation, noteFeedback, taughtRates, type StartUpWork } from './start-up-work.ts';
import { closeDue, createIntake, nextCloseMs, slotOf, takeObservation, type TotalIntake } from './total-intake.ts';
import { NEVER_TRAINED, type TrainingProgress } from './training-schedule.ts';
import type { UsedNetwork } from './used-network.ts';
import { forgetSilent, isWarm, type WarmProducers } from './warm-producers.ts';

/**
 * What an analyzer (PLA) knows. It is changed in place: its series are large, and it is snapshotted seldom and rebuilt by
 * replay, so everything here depends on the messages alone.
 */
export interface Analyzer {
  readonly address: string;
  readonly rules: PoolRules;
  /** null for the pool's total. */
  readonly producer: string | null;
  readonly series: SeriesSet;
  /** It is the only producer of its pool, so nothing is forecast here: the total speaks for it. */
  alone: boolean;
  /** Only the total has one. */
  readonly intake: TotalIntake | null;
  /** Of a single producer; null when all that came is forecast. */
  bucket: Bucket | null;
  /** Start of the last interval that was forecast, measured or not; null before the first. */
  lastMs: number | null;
  /** End of the last interval that was measured. */
  measuredUntilMs: number | null;
  /** Rates of the last interval; NaN where it was not measured. */
  rates: Loads;
  /** Producers that the load is the sum of. */
  producers: number;
  /** An interval was closed, or the input became stale, and it was not reported yet. */
  hasNews: boolean;
  stale: boolean;
  /** Every reported resource answers since the last interval: asked with each message, and each answer would wake a series. */
  answers: boolean;
  /** Why the forecast is not to be trusted; null when it is. */
  demoted: string | null;
  /** Why it is trusted again after it was not; null if it never was, or is not now. */
  promoted: string | null;
  /** When its forecasters last began anew because their state did not fit, and why; null: never. */
  renewed: Renewal | null;
  /** Work that our own scaling causes. */
  readonly startUp: StartUpWork;
  readonly training: TrainingProgress;
  /** What is learned beside forecasts; null where nothing is to be. */
  learning: Learning | null;
  /** null while there is none. */
  network: UsedNetwork | null;
  /** What producers forecast; empty unless totals are forecast from them, too. */
  readonly parts: Parts;
  /** Time of the step, for guards. */
  nowMs: number;
  /** When the last report was sent. */
  reportedMs: number;
  closeTimerMs: number | null;
  /** It is moved on with every interval that was measured, so that it fires only when none was. */
  staleTimerMs: number | null;
  /** Traceparent of the last observation that was not reported yet; null: it had none. */
  trace: string | null;
  /** Observations that were dropped, by cause. */
  readonly dropped: { late: number; early: number; misfit: number };
}

export interface Renewal {
  /** Start of the last interval that was taken before. */
  readonly atMs: number;
  readonly reason: string;
}

/** What is learned from single producers of a total. */
export interface Learning {
  readonly warm: WarmProducers;
  /** null where they are not to be learned. */
  readonly costs: LearnedCosts | null;
  readonly capacity: LearnedCapacity | null;
  readonly memory: MemoryPeak | null;
}

/** null for a single producer, and where the config asks for nothing to be learned. */
export function startLearning({ settings, capacityTask }: PoolRules, producer: string | null): Learning | null {
  const { costs, planner } = settings;
  if (producer !== null || (costs === undefined && capacityTask === undefined && planner.vertical === undefined)) return null;
  return {
    warm: new Map(),
    costs: costs === undefined ? null : startLearnedCosts(),
    capacity: capacityTask === undefined ? null : startLearnedCapacity(),
    memory: planner.vertical === undefined ? null : startMemoryPeak(),
  };
}

/** What was learned beside forecasts begins anew. */
export function forgetLearned(analyzer: Analyzer, nowMs: number): void {
  analyzer.nowMs = nowMs;
  analyzer.learning = startLearning(analyzer.rules, analyzer.producer);
}

export function createAnalyzer(address: string, rules: PoolRules, producer: string | null): Analyzer {
  return {
    address,
    rules,
    producer,
    series: createSeries(producer === null ? rules.full : rules.slim, eventsOf(rules, producer)),
    alone: false,
    intake: producer === null ? createIntake() : null,
    bucket: null,
    lastMs: null,
    measuredUntilMs: null,
    rates: UNMEASURED,
    producers: 0,
    hasNews: false,
    stale: false,
    answers: false,
    demoted: null,
    promoted: null,
    renewed: null,
    startUp: { ...NO_START_UP_WORK },
    training: { ...NEVER_TRAINED },
    learning: startLearning(rules, producer),
    network: null,
    parts: new Map(),
    nowMs: 0,
    reportedMs: 0,
    closeTimerMs: null,
    staleTimerMs: null,
    trace: null,
    dropped: { late: 0, early: 0, misfit: 0 },
  };
}

/** Events multiply a pool's load. What one producer gets of it depends on how many there are then. */
export function eventsOf({ settings }: PoolRules, producer: string | null): readonly KnownEvent[] {
  return producer === null ? (settings.events ?? []) : [];
}

/** Takes an observation. */
export function observe(analyzer: Analyzer, observation: Observation, incarnation: number, nowMs: number): void {
  analyzer.nowMs = nowMs;
  if (analyzer.intake === null) {
    observeProducer(analyzer, observation, nowMs);
    return;
  }
  const isTaken = takeObservation(analyzer.intake, observation, incarnation, nowMs, analyzer.rules.settings);
  if (isTaken && analyzer.learning !== null) learnFrom(analyzer, analyzer.learning, observation, incarnation);
  closeIntervals(analyzer, nowMs);
}

function learnFrom(
  { rules, producers }: Analyzer,
  { warm, costs, capacity, memory }: Learning,
  observation: Observation,
  incarnation: number,
): void {
  const { settings, capacityTask } = rules;
  const { intervalMs } = settings;
  const startMs = slotOf(observation, intervalMs);
  if (startMs !== undefined && memory !== null) observeMemory(memory, observation.process?.memoryBytes ?? 0, startMs);
  if (startMs === undefined || !isWarm(warm, observation.producer, incarnation, startMs, intervalMs)) return;
  if (costs !== null) learnCosts(costs, observation, startMs);
  if (capacity === null || capacityTask === undefined) return;
  const weight = costs !== null && settings.costs === 'use' ? weightOf(costs.mix, costs.model, { ...observation, ...observation.load }) : 1;
  learnCapacity(capacity, capacityTask, observation, { startMs, weight, replicas: producers });
}

function observeProducer(analyzer: Analyzer, observation: Observation, nowMs: number): void {
  const { intervalMs } = analyzer.rules.settings;
  const startMs = slotOf(observation, intervalMs);
  const { dropped } = analyzer;
  if (startMs === undefined) dropped.misfit += 1;
  else if (startMs <= lastTakenMs(analyzer)) dropped.late += 1;
  else if (startMs > nowMs + intervalMs) dropped.early += 1;
  else takeSlot(analyzer, startMs, toRates(loadsOf(observation.load), intervalMs));
}

/** Start of the last interval of the pool that a single producer told of. */
function lastTakenMs({ bucket, lastMs, series, rules }: Analyzer): number {
  if (bucket !== null) return bucket.lastMs;
  return lastMs === null ? Number.NEGATIVE_INFINITY : lastMs + series.settings.intervalMs - rules.settings.intervalMs;
}

/**
 * A bucket is closed by its last interval, or by the first that comes after it. The first bucket of all only by that: until then a
 * producer may have been told that it stands alone, and has never made forecasters that it does not need.
 */
function takeSlot(analyzer: Analyzer, startMs: number, rates: Loads): void {
  const { intervalMs } = analyzer.rules.settings;
  const bucketMs = analyzer.series.settings.intervalMs;
  if (analyzer.bucket !== null && startMs >= analyzer.bucket.startMs + bucketMs) closeBucket(analyzer, analyzer.bucket);
  const anchorMs = analyzer.lastMs ?? firstBucketMs(analyzer.address, intervalMs, bucketMs);
  const bucket = (analyzer.bucket ??= openBucket(startMs, bucketMs, anchorMs));
  fillBucket(bucket, startMs, rates);
  noteMeasured(analyzer, startMs + intervalMs);
  const isFirst = analyzer.lastMs === null;
  if (!isFirst && startMs + intervalMs >= bucket.startMs + bucketMs) closeBucket(analyzer, bucket);
}

function closeBucket(analyzer: Analyzer, bucket: Bucket): void {
  analyzer.bucket = null;
  takeInterval(analyzer, bucket.startMs, ratesOf(bucket), 1);
}

function noteMeasured(analyzer: Analyzer, untilMs: number): void {
  analyzer.measuredUntilMs = untilMs;
  analyzer.stale = false;
}

/** An action of ours was accepted: replicas start or stop because of it, which is not load. Only the total is told. */
export function takeConfirmation(analyzer: Analyzer, confirmation: Confirmation, nowMs: number): void {
  analyzer.nowMs = nowMs;
  if (confirmation.step !== 'accepted') return;
  noteConfirmation(analyzer.startUp, confirmation);
  if (analyzer.intake !== null) analyzer.intake.departures = departuresOf(confirmation, analyzer.rules.settings);
}

export function takeFeedback(analyzer: Analyzer, feedback: Feedback, nowMs: number): void {
  analyzer.nowMs = nowMs;
  noteFeedback(analyzer.startUp, feedback);
  if (analyzer.intake !== null) analyzer.intake.departures = departuresAfter(analyzer.intake.departures, feedback);
}

/** The producer is the only one of its pool from now on, or is not any more. */
export function takeStanding(analyzer: Analyzer, alone: boolean, nowMs: number): void {
  analyzer.nowMs = nowMs;
  if (analyzer.alone === alone) return;
  analyzer.alone = alone;
  // Among others it has another load than alone: what was learnt of the one says nothing of the other.
  forgetSeries(analyzer.series);
  Object.assign(analyzer.training, NEVER_TRAINED);
  Object.assign(analyzer, { answers: false, hasNews: false, demoted: null, promoted: null });
}

/** Closes what is due of the total. */
export function closeIntervals(analyzer: Analyzer, nowMs: number): void {
  analyzer.nowMs = nowMs;
  if (analyzer.intake === null) return;
  const { settings } = analyzer.rules;
  for (const { startMs, loads, producers } of closeDue(analyzer.intake, nowMs, settings)) {
    closeLearning(analyzer.learning, analyzer.rules, startMs);
    if (loads !== undefined && !Number.isNaN(loads[0])) noteMeasured(analyzer, startMs + settings.intervalMs);
    takeInterval(analyzer, startMs, loads === undefined ? UNMEASURED : toRates(loads, settings.intervalMs), producers);
  }
}

function closeLearning(learning: Learning | null, { capacityTask }: PoolRules, startMs: number): void {
  if (learning === null) return;
  const { costs, capacity } = learning;
  if (costs !== null) closeLearnedCosts(costs, startMs);
  if (capacity !== null && capacityTask !== undefined) moveCapacity(capacity, capacityTask.rules, capacityTask.objective, startMs);
  forgetSilent(learning.warm, startMs);
}

/** Notes that the input is stale, once. */
export function noteAge(analyzer: Analyzer, nowMs: number): void {
  analyzer.nowMs = nowMs;
  const dueMs = staleAtMs(analyzer);
  if (dueMs === undefined || nowMs < dueMs || analyzer.stale) return;
  analyzer.stale = true;
  analyzer.hasNews = true;
  // Not held back: nothing is more urgent to say.
  analyzer.reportedMs = 0;
}

function takeInterval(analyzer: Analyzer, startMs: number, rates: Loads, producers: number): void {
  const { intervalMs } = analyzer.series.settings;
  analyzer.lastMs = startMs;
  analyzer.rates = rates;
  analyzer.producers = producers;
  if (analyzer.alone) return;
  observeSeries(
    analyzer.series,
    startMs,
    taughtRates(analyzer.startUp, startMs, intervalMs, rates),
    partsAt(analyzer.parts, startMs, intervalMs),
  );
  // That nothing is measured any more was said when the input became stale.
  analyzer.hasNews = !analyzer.stale;
  analyzer.answers = allAnswer(analyzer);
  judge(analyzer);
}

/** Every reported resource answers, and the input is fresh. */
export function canPredict(analyzer: Analyzer): boolean {
  return !analyzer.stale && analyzer.lastMs !== null && analyzer.answers;
}

/** Whether there is a forecast of every resource that is reported. */
export function allAnswer({ series, rules }: Pick<Analyzer, 'series' | 'rules'>): boolean {
  return reportedResources(series, rules.bounding).every((resource) => notReadyOf(series, resource) === undefined);
}

/** Matured answers before skill and coverage say anything; windows overlap, so it takes many. */
const SAMPLES_MIN = 120;
/** Demoted under the first, trusted again over the second. */
const SKILL_BOUNDS = [-0.1, -0.02] as const;
const COVERAGE_BOUNDS = [0.8, 0.87] as const;

/** Demotes a forecast that was bad over its trailing day, so that the reactive rule decides, and promotes it back when it is good again. */
function judge(analyzer: Analyzer): void {
  const before = analyzer.demoted;
  analyzer.demoted = demotion(analyzer);
  if (analyzer.demoted !== null) analyzer.promoted = null;
  else if (before !== null) analyzer.promoted = promotion(analyzer);
}

function promotion({ series, rules }: Analyzer): string {
  const judged = rules.bounding.flatMap((resource) => qualityOf(series, resource).filter(({ kind }) => kind === 'max'));
  const skill = Math.min(...judged.map((one) => one.skill));
  const coverage = Math.min(...judged.map(({ coverage95 }) => coverage95));
  return `trusted again: skill at least ${skill.toFixed(2)}, at least ${Math.round(coverage * 100)}% under the 95% quantile`;
}

function demotion(analyzer: Analyzer): string | null {
  const { series, rules, demoted } = analyzer;
  const bound = demoted === null ? 0 : 1;
  for (const resource of rules.bounding) {
    for (const { kind, samples, skill, coverage95, horizonMs } of qualityOf(series, resource)) {
      if (kind !== 'max' || samples < SAMPLES_MIN) continue;
      const over = durationText(horizonMs);
      if (skill < SKILL_BOUNDS[bound])
        return `bad-skill: ${resource} over ${over} is forecast worse than by its last value (skill ${skill.toFixed(2)})`;
      if (coverage95 < COVERAGE_BOUNDS[bound]) {
        return `bad-skill: ${resource} over ${over} stayed under its 95% quantile in only ${Math.round(coverage95 * 100)}% of cases`;
      }
    }
  }
  return null;
}

/** The least skill over the resources that bound, of the maximum over the shortest horizon; null before it is known. */
export function skillOf(analyzer: Analyzer): number | null {
  let least: number | null = null;
  for (const resource of analyzer.rules.bounding) {
    const first = qualityOf(analyzer.series, resource).find(({ kind }) => kind === 'max');
    if (first === undefined || first.samples < SAMPLES_MIN || Number.isNaN(first.skill)) continue;
    if (least === null || first.skill < least) least = first.skill;
  }
  return least;
}

/** When the input is stale if nothing more is measured; undefined before the first. */
export function staleAtMs(analyzer: Analyzer): number | undefined {
  if (analyzer.measuredUntilMs === null) return undefined;
  return analyzer.measuredUntilMs + analyzer.rules.settings.planner.staleAfterMs;
}

/** When the open interval is to be looked at next: once when all should be there, once when waiting ends. */
export function closeAtMs(analyzer: Analyzer, nowMs: number): number | undefined {
  if (analyzer.intake === null) return undefined;
  const { settings } = analyzer.rules;
  const dueMs = nextCloseMs(analyzer.intake, settings);
  if (dueMs === undefined || analyzer.lastMs === null) return dueMs;
  const firstLookMs = dueMs - settings.lateAfterMs + Math.min(settings.lateAfterMs, settings.intervalMs / 20);
  return firstLookMs > nowMs && firstLookMs < dueMs ? firstLookMs : dueMs;
}
