import type { TargetState } from '../ports/target.ts';
import type { ScalingCommand } from '../protocol/scaling.ts';
import type { PoolRules } from './pool-rules.ts';

/** What a scaling action knows: plain data, written with every batch. Changed in place. */
export interface Action {
  readonly address: string;
  readonly rules: PoolRules;
  /** null until it was told what to do. */
  command: ScalingCommand | null;
  phase: 'acting' | 'watching' | 'rolling-back';
  /** What the last answer means; read by the machine's judging state. */
  verdict: Verdict;
  /** Why it ends as it does, or what went wrong last. */
  reason: string;
  /** Executor calls so far; part of their ids. */
  calls: number;
  /** Writes tried. */
  attempts: number;
  /** Failures in a row, for the pauses between. */
  failures: number;
  /** The target asked not to be called sooner. */
  retryAfterMs: number;
  /** What the target said last. */
  seen: TargetState | null;
  accepted: boolean;
  /** Where it goes back to, once that is decided. */
  rollbackTo?: number;
  /** The most that was ready at a time. */
  readyMost: number;
  leadTimesMs: readonly number[];
  effect: ActionEffect;
}

/**
 * `write`: the target is as the plan found it. `wait`: taken, not ready yet. `ready`: all there. `watch`: go on watching
 * the effect. `overtaken`: somebody else wrote. `retry`: it did not work, perhaps next time. The others end the action.
 */
export type Verdict = 'write' | 'wait' | 'ready' | 'watch' | 'retry' | 'roll-back' | 'overtaken' | 'failed' | 'rolled-back' | 'succeeded';

/** What the capacity did, watched after it was ready. */
export interface ActionEffect {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly shortMs: number;
  /** Integral of need over ready capacity, milliseconds. */
  readonly loadMs: number;
  /** Replicas that the load needs, by the latest plan; null before the first. */
  readonly needed: number | null;
}

export function createAction(address: string, rules: PoolRules): Action {
  return {
    address,
    rules,
    command: null,
    phase: 'acting',
    verdict: 'retry',
    reason: '',
    calls: 0,
    attempts: 0,
    failures: 0,
    retryAfterMs: 0,
    seen: null,
    accepted: false,
    readyMost: 0,
    leadTimesMs: [],
    effect: { sinceMs: 0, untilMs: 0, shortMs: 0, loadMs: 0, needed: null },
  };
}

const LEAD_TIMES_MAX = 1_000;

/** Notes readiness that was seen at `nowMs`. True if more replicas are ready than ever before. */
export function noteReady(action: Action, command: ScalingCommand, ready: number, nowMs: number): boolean {
  if (ready <= action.readyMost) return false;
  addLeadTimes(action, command, action.readyMost, Math.min(ready, command.toReplicas), nowMs);
  action.readyMost = ready;
  return true;
}

/** Replicas that did not come by the deadline took at least that long: they count, or slow targets would look fast. */
export function noteOverdue(action: Action, command: ScalingCommand, nowMs: number): void {
  addLeadTimes(action, command, action.readyMost, command.toReplicas, nowMs);
}

function addLeadTimes(action: Action, command: ScalingCommand, from: number, to: number, nowMs: number): void {
  const limitMs = longestMs(action, command, nowMs);
  const room = LEAD_TIMES_MAX - action.leadTimesMs.length;
  const count = Math.min(room, Math.max(0, to - from));
  if (count === 0) return;
  const measured = Array.from({ length: count }, (_, i) => Math.min(limitMs, Math.max(0, nowMs - decidedAtMs(command, from + i + 1))));
  action.leadTimesMs = [...action.leadTimesMs, ...measured];
}

/**
 * A lead time that ends after the deadline counts at most with the deadline that the prior gives. Deadlines follow from lead times:
 * a target that starts nothing, or a cluster that was down and looked late, would else prolong each deadline by the one before.
 * Only what became ready in time proves that a target needs longer; what an earlier action decided, within the time of this one.
 */
function longestMs({ rules: { settings } }: Action, { decidedAtMs, deadlineMs }: ScalingCommand, nowMs: number): number {
  return nowMs < deadlineMs ? deadlineMs - decidedAtMs : settings.deadlineFactor * settings.planner.leadTimePrior.p95Ms;
}

/** When the nth replica was decided: by this action, or by an earlier one that it superseded. */
function decidedAtMs(command: ScalingCommand, nth: number): number {
  return command.pending?.find(({ replicas }) => replicas >= nth)?.decidedAtMs ?? command.decidedAtMs;
}

/** Adds the time since the last look to the effect, at the need that was known for it. */
export function watchEffect(action: Action, ready: number, nowMs: number): void {
  const { effect } = action;
  const elapsedMs = Math.max(0, nowMs - effect.untilMs);
  const { needed } = effect;
  action.effect = {
    ...effect,
    untilMs: nowMs,
    shortMs: effect.shortMs + (needed !== null && ready < needed ? elapsedMs : 0),
    loadMs: effect.loadMs + (needed === null ? 0 : (elapsedMs * needed) / Math.max(1, ready)),
  };
}
