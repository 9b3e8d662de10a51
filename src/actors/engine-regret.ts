import type { LeadTimeInput } from '../planning/inputs.ts';
import { needNow } from '../planning/outlook.ts';
import { pace, slowDown } from '../planning/pace.ts';
import { plannerOf, type Engine } from './engine.ts';
import { trustLess } from './engine-trust.ts';
import { clockText } from '../planning/words.ts';

/**
 * A scale-down that made the objective worse is taken back: within its watch (two reviews, or `observe` where that is longer)
 * the pool was short, and has lately been short more often than the objective allows. That is seen with the first interval
 * that was short, so it is taken back an interval and a review after the shortage began at the latest.
 */
export function regret(engine: Engine, leadTime: LeadTimeInput, nowMs: number): void {
  const { gaveUp, rules, total } = engine;
  const { planner, observeMs } = rules.settings;
  if (engine.undo !== null && nowMs >= engine.undo.untilMs) {
    // Only now: a pool that is trusted with less could not have taken it back.
    trustLess(engine, engine.undo.reason, nowMs);
    engine.undo = null;
  }
  if (gaveUp === null || total === null) return;
  const { originMs, intervalMs } = total.report;
  const watchMs = Math.max(observeMs, 2 * planner.reviewMs) + intervalMs;
  if (originMs > gaveUp.atMs + watchMs) {
    engine.gaveUp = null;
    return;
  }
  // An interval that began before says nothing about it.
  if (originMs < gaveUp.atMs) return;
  const required = needNow(total.report, plannerOf(engine))?.replicas ?? 0;
  const ready = engine.target.readyReplicas ?? 0;
  if (required <= Math.min(ready, engine.readyBefore) || ready >= gaveUp.from) return;
  if (pace(engine.pace, planner.objective, true, intervalMs).shortShare < planner.objective) return;
  const reason = `${gaveUp.from - gaveUp.to} given up at ${clockText(gaveUp.atMs)} left the pool short (${required} needed, ${ready} ready)`;
  engine.undo = { replicas: gaveUp.from, untilMs: nowMs + leadTime.p95Ms + planner.reviewMs, reason };
  engine.gaveUp = null;
  engine.pace = slowDown(engine.pace);
}
