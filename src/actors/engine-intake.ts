import type { ReportInput, ResourceInput } from '../planning/inputs.ts';
import { recordLeadTimes } from '../planning/lead-time.ts';
import { slowDown } from '../planning/pace.ts';
import { recordChange } from '../planning/stabilization.ts';
import type { TargetState } from '../ports/target.ts';
import type { Budget, Control } from '../protocol/control.ts';
import type { Resource } from '../protocol/resource.ts';
import type { Confirmation, Feedback } from '../protocol/scaling.ts';
import type { ResourceReport, StateReport } from '../protocol/state-report.ts';
import { trustByHand, trustLessAfterFailures } from './engine-trust.ts';
import { takeResizeFailure, takeTargetSize } from './engine-size.ts';
import { createEngine, type Engine, type ProducerOutline } from './engine.ts';
import { largestLoad, recordLoads } from './load-history.ts';
import { weightedReport } from './weighted-report.ts';

/** Outlines of producers that are kept; the rest is in their own actors. */
const PRODUCERS_MAX = 200;

export function takeReport(engine: Engine, report: StateReport, nowMs: number): void {
  if (report.producer !== null) {
    takeProducer(engine, report.producer, report, nowMs);
    return;
  }
  if (engine.total !== null && report.originMs < engine.total.report.originMs) return;
  const weighted = weightedReport(report);
  recordTotal(engine, weighted);
  engine.total = {
    report: reportInput(engine, weighted),
    state: report.state,
    producers: report.producers,
    requestsPerSecond: currentOf(report, 'requests'),
    ...(report.peakMemoryBytes === undefined ? {} : { peakMemoryBytes: report.peakMemoryBytes }),
    ...(report.capacity === undefined ? {} : { requestsPerReplica: report.capacity.requestsPerSecond }),
  };
  if (isPlanDue(engine, nowMs)) engine.planDue = true;
}

/** Half an interval of slack, because reports follow intervals with some jitter. A plan for a jump is none for the interval. */
function isPlanDue({ plannedMs, pulses, rules: { settings } }: Engine, nowMs: number): boolean {
  if (plannedMs === null || Object.keys(pulses).length > 0) return true;
  return nowMs - plannedMs >= settings.planner.reviewMs - settings.intervalMs / 2;
}

function recordTotal(engine: Engine, report: StateReport): void {
  const { bounding, settings } = engine.rules;
  const loads = bounding.map((resource) => currentOf(report, resource));
  const measured = loads.filter((load) => load !== null);
  if (measured.length < bounding.length) return;
  engine.loads = recordLoads(engine.loads, report.originMs, measured, settings.planner.reactiveWindowMs);
}

/** What the planner reads of a report: only resources that bound a replica, only maxima. */
function reportInput(engine: Engine, report: StateReport): ReportInput {
  const { bounding, settings } = engine.rules;
  const resources = bounding.map((resource, i): ResourceInput => {
    const recentMax = largestLoad(engine.loads, i, report.originMs, settings.planner.reactiveWindowMs);
    const told = resourceOf(report, resource);
    const announced = told?.announced === undefined ? {} : { announced: told.announced };
    return { resource, current: currentOf(report, resource), recentMax, maxima: maximaOf(told), ...announced };
  });
  const confidence = bounding.reduce((least, resource) => Math.min(least, resourceOf(report, resource)?.confidence ?? 0), 1);
  return {
    originMs: report.originMs,
    intervalMs: report.intervalMs,
    ready: report.ready,
    problem: problemOf(report),
    confidence: report.ready ? confidence : 0,
    levels: report.levels,
    resources,
    ...(report.costs?.weighting === undefined ? {} : { mix: report.costs.weighting.now }),
  };
}

function resourceOf(report: StateReport, resource: Resource): ResourceReport | undefined {
  return report.resources.find((one) => one.resource === resource);
}

function currentOf(report: StateReport, resource: Resource): number | null {
  return resourceOf(report, resource)?.current ?? null;
}

function maximaOf(report: ResourceReport | undefined): ResourceInput['maxima'] {
  const maxima = report?.forecasts.filter(({ kind }) => kind === 'max') ?? [];
  return maxima.map(({ horizonMs, quantiles }) => ({ horizonMs, quantiles }));
}

function problemOf(report: StateReport): string | null {
  if (report.demoted !== undefined) return report.demoted;
  if (report.ready) return null;
  return report.resources.find((one) => one.notReady !== undefined)?.notReady?.message ?? 'the forecast is not ready';
}

function takeProducer(engine: Engine, producer: string, report: StateReport, nowMs: number): void {
  const outline: ProducerOutline = {
    atMs: nowMs,
    state: report.state,
    ready: report.ready,
    confidence: report.confidence,
    requestsPerSecond: currentOf(report, 'requests'),
    says: report.recommendations.find(({ direction }) => direction !== 'hold')?.sentence ?? null,
  };
  // Whoever reports goes to the end, so the first one has been silent for longest.
  const { producers } = engine;
  producers.delete(producer);
  const [oldest] = producers.keys();
  if (oldest !== undefined && producers.size >= PRODUCERS_MAX) producers.delete(oldest);
  producers.set(producer, outline);
}

/** Longest look back for rate policies (their periods are at most this) and for draining replicas. */
const CHANGES_WINDOW_MS = 3_600_000;

export function takeTarget(engine: Engine, state: TargetState, nowMs: number): void {
  const before = engine.target.requestedReplicas;
  if (before !== null && before !== state.requestedReplicas) {
    engine.changes = recordChange(engine.changes, { atMs: nowMs, from: before, to: state.requestedReplicas }, CHANGES_WINDOW_MS);
  }
  engine.target = {
    requestedReplicas: state.requestedReplicas,
    readyReplicas: state.readyReplicas,
    minReplicas: state.minReplicas ?? null,
    maxReplicas: state.maxReplicas ?? null,
    problem: null,
  };
  takeTargetSize(engine, state);
  engine.targetGeneration = Number.isSafeInteger(state.generation) ? Math.max(0, state.generation) : 0;
  engine.pending = engine.pending.filter(({ replicas }) => replicas > state.readyReplicas);
}

export function takeTargetProblem(engine: Engine, problem: string): void {
  engine.target = { ...engine.target, problem };
}

export function takeControl(engine: Engine, control: Control, nowMs: number): void {
  const { by, reason, command } = control;
  if (command === 'pause') engine.pause = { by, reason };
  if (command === 'resume') {
    engine.pause = null;
    engine.override = null;
    engine.backOff = null;
    engine.failures = 0;
  }
  if (command === 'override' && control.replicas !== undefined) {
    engine.override = { replicas: control.replicas, expiresAtMs: control.expiresAtMs ?? null, by, reason };
  }
  if (command === 'autonomy' && control.level !== undefined) trustByHand(engine, control.level, by, reason, nowMs);
  if (command === 'reset') reset(engine, nowMs);
  if (command !== 'train' && command !== 'resume-actor') engine.planDue = true;
}

/** Forgets everything that was learned, as if the pool were new. What people set, and what is under way, stays. */
function reset(engine: Engine, nowMs: number): void {
  const { leadTimes, pace, price, shadows, recommendations, undo, gaveUp, failures, backOff, pacedMs } = createEngine(engine.rules, nowMs);
  Object.assign(engine, { leadTimes, pace, price, shadows, recommendations, undo, gaveUp, failures, backOff, pacedMs, sinceMs: nowMs });
  delete engine.peer;
  delete engine.ladder;
  delete engine.clock;
  delete engine.turns;
  delete engine.sizeWish;
  delete engine.resizeBackOff;
}

export function takeBudget(engine: Engine, { revision, maxReplicas, reason }: Budget): void {
  if (engine.budget !== null && revision <= engine.budget.revision) return;
  engine.budget = { revision, maxReplicas, reason };
  engine.planDue = true;
}

export function takeConfirmation(engine: Engine, { generation, step }: Confirmation): void {
  const { flight } = engine;
  if (flight === null || flight.generation !== generation) return;
  if (step === 'accepted' || step === 'partially-ready') engine.flight = { ...flight, accepted: true };
  if (step === 'ready') engine.flight = { ...flight, accepted: true, ready: true };
}

const REPLAN_AFTER_MS = 5_000;
const BACK_OFF_BASE_MS = 30_000;
const BACK_OFF_LIMIT_MS = 900_000;

/** What a finished action teaches: lead times, whether to pause before trying again, and how fast to give up. */
export function takeFeedback(engine: Engine, feedback: Feedback, nowMs: number): void {
  engine.leadTimes = recordLeadTimes(engine.leadTimes, feedback.leadTimesMs);
  const gaveUp = feedback.toReplicas < feedback.fromReplicas;
  if (gaveUp && (feedback.effect?.shortMs ?? 0) > 0) engine.pace = slowDown(engine.pace);
  if (feedback.outcome === 'succeeded') {
    engine.failures = 0;
    engine.backOff = null;
  } else if (feedback.outcome !== 'superseded') {
    engine.failures += 1;
    trustLessAfterFailures(engine, feedback.reason, nowMs);
    if (feedback.size !== undefined) takeResizeFailure(engine, feedback, nowMs);
    else backOff(engine, gaveUp, feedback.reason, nowMs);
    // It is not waited for any more: what comes after a new decision is that one's, and no proof of a long lead time.
    if (feedback.generation === engine.generation) engine.pending = [];
  }
  const { flight } = engine;
  if (flight?.generation !== feedback.generation) return;
  engine.flight = null;
  // Another write came first: plan anew from what is there now. At once if it may have been our own, of the action before, which
  // happens once, as no action is at work now. Not again and again, or two controllers would fight at the speed of the network;
  // the next review comes anyway.
  const mayPlan = flight.crosses === true || nowMs - (engine.plannedMs ?? 0) >= REPLAN_AFTER_MS;
  if (feedback.outcome === 'superseded' && mayPlan) engine.planDue = true;
}

function backOff(engine: Engine, gaveUp: boolean, reason: string, nowMs: number): void {
  const waitMs = Math.min(BACK_OFF_LIMIT_MS, BACK_OFF_BASE_MS * 2 ** Math.min(engine.failures - 1, 20));
  engine.backOff = { direction: gaveUp ? 'down' : 'up', untilMs: nowMs + waitMs, reason };
}
