import {
  acts,
  FULL_AUTONOMY,
  judgeInterval,
  promote,
  setLevel,
  startAutonomy,
  stepBack,
  wouldRequest,
  type Autonomy,
  type AutonomyLevel,
  type AutonomyRules,
} from '../planning/autonomy.ts';
import type { AutonomyInput, LeadTimeInput } from '../planning/inputs.ts';
import { needNow } from '../planning/outlook.ts';
import type { PlanOutcome } from '../planning/plan.ts';
import { plannerOf, type Engine } from './engine.ts';

/** Failed actions in a row after which a pool is trusted with less. */
const FAILURES_MAX = 3;

const rulesOf = ({ rules }: Engine): AutonomyRules => rules.settings.autonomy ?? FULL_AUTONOMY;
const requestedOf = ({ target }: Engine): number => target.requestedReplicas ?? 0;

/** The pool's autonomy: begun anew where there is none, or where the config has come to name another level. */
function autonomyOf(engine: Engine, nowMs: number): Autonomy {
  const rules = rulesOf(engine);
  if (engine.autonomy === null || engine.autonomy.configured !== rules.level)
    engine.autonomy = startAutonomy(rules, requestedOf(engine), nowMs);
  return engine.autonomy;
}

/** Judges the latest interval, and the level when there is enough evidence. What the plan is made with. */
export function trust(engine: Engine, { p50Ms, p95Ms }: LeadTimeInput, nowMs: number): AutonomyInput | undefined {
  const planner = plannerOf(engine);
  const report = engine.total?.report;
  const need = report && needNow(report, planner);
  let autonomy = autonomyOf(engine, nowMs);
  // What is ready now says nothing of an interval of long ago: history was told.
  if (report !== undefined && need !== undefined && nowMs - report.originMs - report.intervalMs <= planner.staleAfterMs) {
    // Where it acts, what has become ready since the review before was not there for all of the interval.
    const readyNow = engine.target.readyReplicas ?? 0;
    const ready = acts(autonomy.level) ? Math.min(readyNow, engine.readyBefore) : readyNow;
    const { originMs, intervalMs } = report;
    const leadMs = Math.sqrt(p50Ms * p95Ms);
    autonomy = judgeInterval(autonomy, { originMs, intervalMs, required: need.replicas, requested: requestedOf(engine), ready, leadMs });
    autonomy = promote(autonomy, rulesOf(engine), planner.objective, nowMs);
  }
  engine.autonomy = autonomy;
  if (autonomy.level === 'full') return undefined;
  const { level, sinceMs, by } = autonomy;
  return { level, stepShare: rulesOf(engine).stepShare, sinceMs, by, ...(engine.flight === null ? {} : { isWatching: true }) };
}

/** After the plan: what it would have asked for is remembered. */
export function rememberWish(engine: Engine, { wanted }: PlanOutcome, { p50Ms, p95Ms }: LeadTimeInput, nowMs: number): void {
  engine.autonomy = wouldRequest(autonomyOf(engine, nowMs), wanted, nowMs, Math.sqrt(p50Ms * p95Ms));
}

export function trustByHand(engine: Engine, level: AutonomyLevel, by: string, reason: string, nowMs: number): void {
  engine.autonomy = setLevel(autonomyOf(engine, nowMs), level, by, reason, nowMs, requestedOf(engine));
}

export function trustLess(engine: Engine, reason: string, nowMs: number): void {
  engine.autonomy = stepBack(autonomyOf(engine, nowMs), rulesOf(engine), reason, nowMs, requestedOf(engine));
}

export function trustLessAfterFailures(engine: Engine, reason: string, nowMs: number): void {
  if (engine.failures >= FAILURES_MAX) trustLess(engine, `${engine.failures} actions in a row failed, the last because ${reason}`, nowMs);
}
