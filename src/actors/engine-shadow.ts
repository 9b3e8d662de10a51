import type { FollowedInput, LeadTimeInput, PlanInputs, ReportInput, ResourceInput, Standing } from '../planning/inputs.ts';
import { clockFactor, startClock, turnClock, type Risk } from '../planning/hour-clock.ts';
import { savesTooLittle, type DeadBand } from '../planning/dead-band.ts';
import { pricedNeed, shortageRisk } from '../planning/priced.ts';
import { horizonFor } from '../planning/followed.ts';
import { hasForecast, needNow } from '../planning/outlook.ts';
import { acts } from '../planning/autonomy.ts';
import { advancePeer, peerInput, startPeer } from '../planning/peer.ts';
import { isPriceExhausted, priceOf } from '../planning/price.ts';
import { countTurns, deadBandOf, startTurns } from '../planning/turns.ts';
import { climb, LADDER_PRICES, startLadder, type LadderSight } from '../planning/price-ladder.ts';
import { FORECAST_KINDS, SHADOW_RULES, windowOf, type ShadowRule } from '../planning/shadow-rules.ts';
import { advanceShadows, bestOf, heldFor, isProven, moreHeadroom, startShadows, type Shadows, type Sight } from '../planning/shadows.ts';
import { plannerOf, type Engine } from './engine.ts';

/** Replays every rule, every price, and the peer, on the interval that the latest report is about, once, and says which is followed. */
export function followShadows(engine: Engine, leadTime: LeadTimeInput, nowMs: number): Pick<PlanInputs, 'followed' | 'peer'> {
  const report = engine.total?.report;
  const requested = engine.target.requestedReplicas;
  if (report === undefined || requested === null) return { followed: null, peer: null };
  lookAtClock(engine, leadTime);
  const sight = sightOf(engine, leadTime);
  if (sight !== undefined) {
    engine.shadows = advanceShadows(engine.shadows ?? startShadows(requested, nowMs), sight);
    engine.peer = advancePeer(engine.peer ?? startPeer(requested, nowMs), sight);
    lookAtTurns(engine, requested, engine.peer.plant.requested);
    engine.ladder = climb(engine.ladder ?? startLadder(requested, nowMs), sight);
  }
  const { shadows, peer, rules } = engine;
  const { objective, shortMinutePrice } = rules.settings.planner;
  const followed =
    shadows !== null && isProven(shadows, report.intervalMs) ? followedInput(engine, shadows, reachOf(engine, leadTime)) : null;
  // Whoever gives a price has said what being short is worth: an HPA knows nothing of that.
  const isFloor = peer !== undefined && shortMinutePrice === undefined;
  const surpriseMs = surpriseOf(engine, report.intervalMs);
  return { followed, peer: isFloor ? peerInput(peer, { objective, isProven: followed !== null, surpriseMs }) : null };
}

/** What a short minute costs, in minutes of one replica: given, or found for the objective. */
export function priceNow({ price, rules }: Engine): number {
  const { objective, shortMinutePrice } = rules.settings.planner;
  return shortMinutePrice ?? priceOf(price, objective);
}

/** A pool that does not act does not turn. */
function lookAtTurns(engine: Engine, requested: number, peerRequested: number): void {
  if (!acts(engine.autonomy?.level ?? 'full')) return;
  engine.turns = countTurns(engine.turns ?? startTurns(requested, peerRequested), requested, peerRequested);
}

/** Whoever gives one has weighed turns against cost: it does not widen. */
function bandNow({ turns, rules }: Engine): DeadBand {
  return rules.settings.planner.deadBand ?? deadBandOf(turns);
}

/** What the chance of a shortage is multiplied by at the minute of the hour at which the latest interval has ended. */
function clockNow({ clock, total }: Engine): number {
  return total === null ? 1 : clockFactor(clock, total.report.originMs + total.report.intervalMs);
}

/** Tells the clock what the latest interval needed, and what is expected from its end on. */
function lookAtClock(engine: Engine, leadTime: LeadTimeInput): void {
  const report = engine.total?.report;
  const now = report && needNow(report, plannerOf(engine));
  if (report === undefined || now === undefined) return;
  const { originMs: startMs, intervalMs } = report;
  const risk = riskOf(engine, report, reachOf(engine, leadTime));
  engine.clock = turnClock(engine.clock ?? startClock(), { startMs, intervalMs, required: now.replicas, risk });
}

/** Of the count that the forecast alone would call for; null without a forecast. */
function riskOf(engine: Engine, report: ReportInput, reachMs: number): Risk | null {
  const horizonMs = horizonFor(horizonsOf(report), reachMs, 0);
  if (horizonMs === undefined) return null;
  const { replicaCapacity, maxReplicas } = plannerOf(engine);
  const count = pricedNeed(report, horizonMs, replicaCapacity, { price: priceNow(engine), maxReplicas })?.replicas;
  const chance = count === undefined ? undefined : shortageRisk(report, horizonMs, replicaCapacity)?.(count);
  return count === undefined || chance === undefined ? null : { count, chance, horizonMs };
}

/** undefined when the interval was not measured: nothing can be judged by it. */
function sightOf(engine: Engine, leadTime: LeadTimeInput): (Sight & LadderSight) | undefined {
  const planner = plannerOf(engine);
  const report = engine.total?.report;
  const now = report && needNow(report, planner);
  if (report === undefined || now === undefined) return undefined;
  const reachMs = reachOf(engine, leadTime);
  const price = priceNow(engine);
  const { minReplicas, maxReplicas, replicaCapacity } = planner;
  const horizons = horizonsOf(report);
  const { originMs: startMs, intervalMs } = report;
  const clock = clockNow(engine);
  const band = bandNow(engine);
  const nextMs = horizonFor(horizons, reachMs, 0);
  const riskAhead = nextMs === undefined ? undefined : shortageRisk(report, nextMs, replicaCapacity);
  const countAt = (at: number, further: number): number | null => {
    const horizonMs = horizonFor(horizons, reachMs, further);
    if (horizonMs === undefined) return null;
    return pricedNeed(report, horizonMs, replicaCapacity, { price: at * clock, maxReplicas })?.replicas ?? null;
  };
  return {
    startMs,
    intervalMs,
    need: now.load / now.perReplica,
    forecasts: FORECAST_KINDS.map(({ further, priceFactor }) => countAt(price * priceFactor, further)),
    counts: LADDER_PRICES.map((rung) => countAt(rung, 0)),
    rests: (rung, present, count) =>
      riskAhead !== undefined && savesTooLittle({ riskOf: riskAhead, price: (LADDER_PRICES[rung] ?? 0) * clock, band }, present, count),
    reachMs,
    leadMs: Math.sqrt(leadTime.p50Ms * leadTime.p95Ms),
    holdMs: planner.scaleDown.stabilizationWindowMs,
    minReplicas,
    maxReplicas,
    price,
  };
}

function horizonsOf(report: ReportInput): ResourceInput['maxima'] {
  return hasForecast(report) ? (report.resources[0]?.maxima ?? []) : [];
}

/** Short is short for the whole interval. By the lead time that was set: a measured one moves, and the floor would come and go with it. */
function surpriseOf({ rules }: Engine, intervalMs: number): number {
  const { leadTimePrior, reviewMs } = rules.settings.planner;
  return Math.ceil((leadTimePrior.p95Ms + reviewMs) / intervalMs) * intervalMs;
}

function reachOf({ rules }: Engine, { p95Ms }: LeadTimeInput): number {
  return p95Ms + rules.settings.planner.reviewMs;
}

function followedInput(engine: Engine, shadows: Shadows, reachMs: number): FollowedInput | null {
  const { planner } = engine.rules.settings;
  const holdMs = planner.scaleDown.stabilizationWindowMs;
  const rule = SHADOW_RULES[shadows.followed];
  if (rule === undefined || shadows.lastMs === null) return null;
  const price = priceNow(engine);
  const clock = clockNow(engine);
  return {
    rule,
    forecast: rule.kind === 'forecast' ? (FORECAST_KINDS[rule.forecast] ?? null) : null,
    windowMs: windowOf(rule, reachMs, holdMs),
    held: heldFor(rule, shadows.peaks, { startMs: shadows.lastMs, reachMs, holdMs }),
    price,
    ...(rule.kind === 'forecast' && clock !== 1 ? { clock } : {}),
    ...(rule.kind === 'forecast' ? { deadBand: bandNow(engine) } : {}),
    exhausted: planner.shortMinutePrice === undefined && isPriceExhausted(engine.price),
    sinceMs: shadows.followedSinceMs,
    standings: standingsOf(shadows, price, (standing) => windowOf(standing, reachMs, holdMs)),
  };
}

function standingsOf(shadows: Shadows, price: number, window: (rule: ShadowRule) => number): Standing[] {
  const reactive = bestOf(shadows, price, 'reactive');
  const places: readonly (readonly [Standing['role'], number])[] = [
    ['followed', shadows.followed],
    ['forecast', bestOf(shadows, price, 'forecast')],
    ['reactive', reactive],
    ['more-headroom', moreHeadroom(reactive)],
  ];
  return places.flatMap(([role, index]): Standing[] => {
    const rule = SHADOW_RULES[index];
    if (rule === undefined || shadows.seenMs === 0) return [];
    const per = (totals: readonly number[]): number => Number(((totals[index] ?? 0) / shadows.seenMs).toPrecision(4));
    return [{ role, rule, windowMs: window(rule), replicas: per(shadows.paidMs), shortShare: per(shadows.shortMs) }];
  });
}
