import type { PlanInputs } from '../planning/inputs.ts';
import { leadTimeOf } from '../planning/lead-time.ts';
import { learnedOf, LEARNED_BOUNDS, pace, slowDown } from '../planning/pace.ts';
import { movePrice } from '../planning/price.ts';
import { chargeOwn } from '../planning/peer.ts';
import { priceTold } from '../planning/price-ladder.ts';
import { plan, type PlanOutcome } from '../planning/plan.ts';
import { wishOf } from '../planning/vertical.ts';
import { recordRecommendation } from '../planning/stabilization.ts';
import { actionAddress, ROOT_ADDRESS } from '../protocol/address.ts';
import type { Decision } from '../protocol/plan.ts';
import type { ScalingCommand } from '../protocol/scaling.ts';
import type { Effect } from '../runtime/behavior.ts';
import { publish, send, setTimer } from '../runtime/machine.ts';
import { plannerOf, type Engine, type Flight, type PendingReadiness } from './engine.ts';
import { currentBurst } from './engine-burst.ts';
import { regret } from './engine-regret.ts';
import { verticalInput } from './engine-size.ts';
import { followShadows } from './engine-shadow.ts';
import { upstreamOf } from './engine-upstream.ts';
import { rememberWish, trust } from './engine-trust.ts';

const RECENT_MAX = 8;

/** Plans with what is known, starts an action if something has to be done, and records the decision. */
export function decide(engine: Engine, nowMs: number): Effect[] {
  const { settings, budgeted } = engine.rules;
  engine.planDue = false;
  engine.plannedMs = nowMs;
  const review = setTimer('review', nowMs + reviewInMs(engine));
  dropLostFlight(engine, nowMs);
  // Before the target was read once there is no count that could be kept or changed.
  if (engine.target.requestedReplicas === null) return [review];
  engine.number += 1;
  const inputs = gather(engine, nowMs);
  const planner = plannerOf(engine);
  const outcome = plan(inputs, planner);
  remember(engine, outcome, inputs, nowMs);
  rememberWish(engine, outcome, inputs.leadTime, nowMs);
  const before = engine.flight;
  const command = commandFor(engine, outcome, inputs);
  const action = command === undefined ? null : actionAddress(settings.pool, command.generation);
  const decision: Decision = { plan: outcome.plan, inputs, settings: planner, action };
  const made: Effect[] = [publish('plans', 'plan', outcome.plan), publish('decisions', 'decision', decision), review];
  if (command !== undefined && action !== null) made.push(send(action, 'scaling-command', command));
  // An action that is under way watches, through the plans, whether the need is met.
  else if (before !== null) made.push(send(actionAddress(settings.pool, before.generation), 'plan', outcome.plan));
  if (budgeted) made.push(send(ROOT_ADDRESS, 'plan', outcome.plan));
  return made;
}

/** The next plan comes with the next report; the timer is for when none comes, or when reviews are more frequent. */
function reviewInMs({ rules: { settings } }: Engine): number {
  const { reviewMs } = settings.planner;
  return reviewMs < settings.intervalMs ? reviewMs : reviewMs + settings.intervalMs;
}

/** An action ends by its deadline and its watch. One that said nothing long after is lost. */
function dropLostFlight(engine: Engine, nowMs: number): void {
  const { flight, rules } = engine;
  if (flight !== null && nowMs > flight.deadlineMs + 2 * rules.settings.observeMs + 600_000) engine.flight = null;
}

function gather(engine: Engine, nowMs: number): PlanInputs {
  const { settings, budgeted } = engine.rules;
  const { flight, budget, target } = engine;
  const requested = target.requestedReplicas ?? 0;
  const held = Math.max(requested, flight !== null && !flight.accepted ? flight.toReplicas : 0);
  const leadTime = leadTimeOf(engine.leadTimes, settings.planner.leadTimePrior);
  regret(engine, leadTime, nowMs);
  const upstream = upstreamOf(engine, nowMs);
  const autonomy = trust(engine, leadTime, nowMs);
  const learned = learnedOf(engine.pace, settings.planner.objective);
  const windowMs = stabilizationMs(engine);
  return {
    planId: `${settings.pool}/${engine.number}`,
    pool: settings.pool,
    atMs: nowMs,
    target,
    report: engine.total?.report ?? null,
    leadTime,
    learned,
    ...(upstream === null ? {} : { upstream }),
    ...capacityInput(engine),
    ...(settings.planner.vertical === undefined ? {} : { vertical: verticalInput(engine, autonomy === undefined, nowMs) }),
    burst: currentBurst(engine, nowMs),
    ...followShadows(engine, leadTime, nowMs),
    history: {
      recommendations: engine.recommendations.filter((span) => span.toMs >= nowMs - windowMs / learned.downSpeed),
      sinceMs: engine.sinceMs,
      changes: engine.changes,
    },
    budget: budgeted ? { maxReplicas: requested, revision: 0, reason: 'nothing was granted yet', ...budget, heldReplicas: held } : null,
    override: engine.override,
    ...(autonomy === undefined ? {} : { autonomy }),
    undo: engine.undo,
    pause: engine.pause,
    backOff: engine.backOff,
  };
}

function capacityInput({ rules: { capacityTask }, total }: Engine): Pick<PlanInputs, 'capacity'> {
  const learned = total?.requestsPerReplica;
  if (capacityTask === undefined || learned === undefined) return {};
  return { capacity: { configured: capacityTask.configured, learned } };
}

function stabilizationMs({ rules: { settings } }: Engine): number {
  const { scaleUp, scaleDown } = settings.planner;
  return Math.max(scaleUp.stabilizationWindowMs, scaleDown.stabilizationWindowMs);
}

/** What this plan adds to the history: its recommendation, whether capacity was short, and itself. */
function remember(engine: Engine, outcome: PlanOutcome, inputs: PlanInputs, nowMs: number): void {
  if (outcome.recommended !== null) {
    // Kept for the slowest speed that may be learned.
    const keepMs = stabilizationMs(engine) / LEARNED_BOUNDS.downSpeed[0];
    engine.recommendations = recordRecommendation(engine.recommendations, nowMs, outcome.recommended, keepMs);
  }
  const { vertical } = engine.rules.settings.planner;
  if (vertical !== undefined) engine.sizeWish = wishOf(outcome.plan.sizing, inputs.vertical?.present ?? vertical.size);
  movePace(engine, outcome, nowMs);
  const { id, previousReplicas: from, replicas: to, reason, selection } = outcome.plan;
  const outline = { id, atMs: nowMs, from, to, reason, ...(selection && { selection }) };
  engine.recent = [...engine.recent.slice(-(RECENT_MAX - 1)), outline];
}

/** Once per measured interval, while the pool is ours to steer. */
function movePace(engine: Engine, { requiredNow, act, plan: { selection } }: PlanOutcome, nowMs: number): void {
  const report = engine.total?.report;
  const { planner } = engine.rules.settings;
  const { objective } = planner;
  if (report === undefined || requiredNow === null || !act || engine.override !== null || report.originMs <= engine.pacedMs) return;
  // What is ready now says nothing of an interval of long ago: history was told.
  if (nowMs - report.originMs - report.intervalMs > planner.staleAfterMs) return;
  const isFirst = engine.pacedMs === 0;
  const elapsedMs = isFirst ? 0 : Math.min(report.originMs - engine.pacedMs, 10 * report.intervalMs);
  engine.pacedMs = report.originMs;
  // The review before was at about the start of the interval: what has become ready since was not there for all of it.
  const ready = engine.target.readyReplicas ?? 0;
  const least = Math.min(ready, engine.readyBefore);
  engine.readyBefore = ready;
  const short = requiredNow > least;
  const isFollowed = selection !== undefined;
  engine.pace = pace(engine.pace, objective, isFollowed ? null : short, elapsedMs);
  const { intervalMs } = report;
  if (engine.peer !== undefined && short && !isFirst) engine.peer = chargeOwn(engine.peer, intervalMs);
  const interval = { short: isFollowed ? short : null, required: requiredNow, intervalMs };
  engine.price = movePrice(engine.price, objective, interval, engine.ladder && priceTold(engine.ladder, objective, intervalMs));
}

/** The command for a new action; undefined when the target, or the action under way, already does what is wanted. */
function commandFor(engine: Engine, outcome: PlanOutcome, inputs: PlanInputs): ScalingCommand | undefined {
  const { flight, rules } = engine;
  const { plan: made, act } = outcome;
  const requested = made.previousReplicas;
  const underWay = flight !== null && !flight.accepted ? flight.toReplicas : requested;
  if (!act || (made.replicas === underWay && made.resize === undefined)) return undefined;
  const { settings } = rules;
  const { leadTime, atMs } = inputs;
  const generation = nextGeneration(engine);
  learnFromReversal(engine, made.replicas - requested, atMs, leadTime.p95Ms + settings.planner.reviewMs + leadTime.p50Ms);
  const pending = engine.pending.filter(({ replicas }) => replicas < made.replicas);
  const next: Flight = {
    generation,
    fromReplicas: requested,
    toReplicas: made.replicas,
    decidedAtMs: atMs,
    deadlineMs: atMs + Math.round(settings.deadlineFactor * leadTime.p95Ms) + 2 * settings.confirmEveryMs,
    accepted: false,
    ready: false,
    ...(flight !== null && !flight.ready && { crosses: true }),
  };
  if (made.replicas < requested) engine.gaveUp = { atMs, from: requested, to: made.replicas };
  engine.generation = generation;
  engine.flight = next;
  engine.pending = appendPending(pending, next, engine.target.readyReplicas ?? 0);
  return {
    pool: settings.pool,
    planId: made.id,
    generation,
    fromReplicas: requested,
    toReplicas: made.replicas,
    ...(made.resize === undefined || inputs.vertical?.present === undefined
      ? {}
      : { resize: { from: inputs.vertical.present, to: made.resize } }),
    decidedAtMs: atMs,
    deadlineMs: next.deadlineMs,
    expectedReadyMs: atMs + leadTime.p50Ms,
    ...(pending.length === 0 ? {} : { pending: [...pending] }),
    reason: made.reason,
  };
}

/** Even, and above everything that was ever written: the odd one after it is left to the action, for rolling back. */
function nextGeneration({ generation, targetGeneration }: Engine): number {
  return 2 * (Math.floor(Math.max(generation, targetGeneration) / 2) + 1);
}

const PENDING_MAX = 16;

function appendPending(pending: readonly PendingReadiness[], flight: Flight, ready: number): readonly PendingReadiness[] {
  if (flight.toReplicas <= Math.max(ready, flight.fromReplicas)) return pending;
  return [...pending.slice(-(PENDING_MAX - 1)), { replicas: flight.toReplicas, decidedAtMs: flight.decidedAtMs }];
}

/** Capacity that is asked back sooner than it takes to start was given up too fast. */
function learnFromReversal(engine: Engine, change: number, nowMs: number, regretMs: number): void {
  if (change < 0) engine.gaveUpMs = nowMs;
  else if (change > 0 && engine.gaveUpMs !== null) {
    if (nowMs - engine.gaveUpMs <= regretMs) engine.pace = slowDown(engine.pace);
    engine.gaveUpMs = null;
  }
}
