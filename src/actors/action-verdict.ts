import type { TargetState } from '../ports/target.ts';
import type { EffectResult } from '../protocol/internal.ts';
import type { ScalingCommand } from '../protocol/scaling.ts';
import { isSameSize, type ReplicaSize } from '../protocol/resource.ts';
import { noteOverdue, noteReady, watchEffect, type Action } from './action-state.ts';
import { policyOf } from './failure-policy.ts';
import { isTargetState } from './target-state.ts';

/** The generation that rolling back is written with: between this action's and the next one's, which are even. */
export const rollbackGeneration = (command: Pick<ScalingCommand, 'generation'>): number => command.generation + 1;

/** Where a failed scale-up goes back to: what it came from, or what became ready of it. */
export const rollbackReplicas = (action: Action, command: ScalingCommand): number =>
  action.rollbackTo ?? Math.max(command.fromReplicas, Math.min(action.seen?.readyReplicas ?? 0, command.toReplicas));

/** What a reading of the target means. Sets the verdict, the reason and what was learned. */
export function judgeReading(action: Action, command: ScalingCommand, result: EffectResult, nowMs: number): void {
  const state = result.ok && isTargetState(result.value) ? result.value : undefined;
  if (state === undefined) {
    judgeFailure(action, command, result, nowMs);
    return;
  }
  action.failures = 0;
  action.retryAfterMs = 0;
  // What was ready before the first reading teaches nothing about lead time.
  if (action.seen === null) action.readyMost = state.readyReplicas;
  action.seen = state;
  if (action.phase === 'watching') judgeWatch(action, command, state, nowMs);
  else if (action.phase === 'rolling-back') judgeRollback(action, command, state);
  else judgeState(action, command, state, nowMs);
}

function judgeState(action: Action, command: ScalingCommand, state: TargetState, nowMs: number): void {
  const { generation, fromReplicas, toReplicas } = command;
  if (state.generation > generation)
    return end(action, 'overtaken', `generation ${state.generation} was written after ours, ${generation}`);
  // A target that keeps no generation still shows, by its count, that our write was taken.
  const taken = state.generation === generation || action.accepted || (action.attempts > 0 && isAs(state, toReplicas, command.resize?.to));
  if (taken && state.requestedReplicas !== toReplicas) {
    return end(action, 'overtaken', `somebody else asked for ${state.requestedReplicas} after we asked for ${toReplicas}`);
  }
  if (taken && command.resize !== undefined && !isSameSize(state.size, command.resize.to))
    return end(action, 'overtaken', `somebody else asked for another size after we asked for ours`);
  if (!taken && state.requestedReplicas !== fromReplicas) {
    return end(action, 'overtaken', `the plan was made from ${fromReplicas}, the target is at ${state.requestedReplicas}`);
  }
  if (taken) judgeProgress(action, command, state, nowMs);
  else if (nowMs >= command.deadlineMs) end(action, 'failed', `nothing could be written before the deadline: ${action.reason}`);
  else action.verdict = 'write';
}

/** Up: all of it serves. Down: taken is enough, what drains does so in its own time. */
function judgeProgress(action: Action, command: ScalingCommand, state: TargetState, nowMs: number): void {
  action.accepted = true;
  noteReady(action, command, state.readyReplicas, nowMs);
  const { fromReplicas, toReplicas } = command;
  const serving = servingOf(command, state);
  if (serving >= toReplicas || toReplicas < fromReplicas) {
    action.verdict = 'ready';
    action.reason = `${serving} of ${toReplicas} are ready`;
  } else if (state.stuckReason !== undefined) {
    // It teaches no lead time: nothing is on its way.
    end(action, 'roll-back', `only ${serving} of ${toReplicas} are ready, more will not come: ${state.stuckReason}`);
  } else if (nowMs < command.deadlineMs) {
    action.verdict = 'wait';
    action.reason = `${serving} of ${toReplicas} are ready${because(state)}`;
  } else {
    noteOverdue(action, command, nowMs);
    end(action, 'roll-back', `only ${serving} of ${toReplicas} were ready by the deadline${because(state)}`);
  }
}

/** Ready ones, and of the new size where the action gives them one. */
function servingOf({ resize }: ScalingCommand, { readyReplicas, resizedReplicas = 0 }: TargetState): number {
  return resize === undefined ? readyReplicas : Math.min(readyReplicas, resizedReplicas);
}

/** `size`: undefined where it is not ours to change. */
function isAs(state: TargetState, replicas: number, size: ReplicaSize | undefined): boolean {
  return state.requestedReplicas === replicas && (size === undefined || isSameSize(state.size, size));
}

function because({ pendingReason }: TargetState): string {
  return pendingReason === undefined ? '' : ` (${pendingReason})`;
}

/** The capacity is there; a newer action ends the watch early. */
function judgeWatch(action: Action, command: ScalingCommand, state: TargetState, nowMs: number): void {
  watchEffect(action, state.readyReplicas, nowMs);
  const over = nowMs >= action.effect.sinceMs + action.rules.settings.observeMs;
  action.verdict = over || state.generation > command.generation ? 'succeeded' : 'watch';
}

function judgeRollback(action: Action, command: ScalingCommand, state: TargetState): void {
  const ours = rollbackGeneration(command);
  if (state.generation > ours) return end(action, 'overtaken', `generation ${state.generation} was written before it could be rolled back`);
  // A target that keeps no generation still shows, by its count, that it went back.
  const wentBack = action.rollbackTo !== undefined && isAs(state, action.rollbackTo, command.resize?.from);
  if (state.generation === ours || wentBack) action.verdict = 'rolled-back';
  else if (isAs(state, command.toReplicas, command.resize?.to)) action.verdict = 'roll-back';
  else end(action, 'overtaken', `somebody else asked for ${state.requestedReplicas} before it could be rolled back`);
}

/** What the answer to a write means. */
export function judgeWrite(action: Action, command: ScalingCommand, result: EffectResult, nowMs: number): void {
  if (!result.ok) return judgeFailure(action, command, result, nowMs);
  const state = isTargetState(result.value) ? result.value : undefined;
  // A write that was taken but tells no state is looked at by reading.
  if (state === undefined) return retry(action, command, 'the write gave no state back', nowMs);
  action.failures = 0;
  action.seen = state;
  const { replicas, size } = askedOf(action, command);
  if (state.requestedReplicas !== replicas) {
    end(action, 'failed', `contradictory: it took ${replicas}, and says that ${state.requestedReplicas} are asked for`);
  } else if (!isAs(state, replicas, size)) {
    end(action, 'failed', 'contradictory: it took a size, and says that another one is asked for');
  } else if (action.phase === 'rolling-back') action.verdict = 'rolled-back';
  else judgeProgress(action, command, state, nowMs);
}

/** Each class of failure has its policy; see failure-policy.ts. */
function judgeFailure(action: Action, command: ScalingCommand, result: EffectResult, nowMs: number): void {
  const code = result.error?.code ?? 'unknown-outcome';
  const message = result.error?.message ?? 'the answer is no state of a target';
  const detail = detailOf(result.error?.detail);
  if (detail.state !== undefined) action.seen = detail.state;
  const ours = action.phase === 'rolling-back' ? rollbackGeneration(command) : command.generation;
  if (code === 'superseded' && detail.state?.generation === ours) {
    // Our own write, whose answer was lost: it was repeated after a restart and did nothing the second time.
    if (action.phase === 'rolling-back') action.verdict = 'rolled-back';
    else judgeState(action, command, detail.state, nowMs);
  } else if (action.phase === 'watching') {
    action.verdict = nowMs >= action.effect.sinceMs + action.rules.settings.observeMs ? 'succeeded' : 'watch';
  } else if (code === 'conflict' && isDone(action, command, detail.state)) {
    // The same without a generation at the target: the count is as wanted, by our write or by somebody who wants the same.
    if (action.phase === 'rolling-back') action.verdict = 'rolled-back';
    else judgeProgress(action, command, detail.state, nowMs);
  } else if (policyOf(code) === 'give-back') end(action, 'overtaken', message);
  else if (policyOf(code) === 'end') end(action, 'failed', `${code}: ${message}`);
  else {
    action.retryAfterMs = code === 'throttled' ? detail.retryAfterMs : 0;
    retry(action, command, `${code}: ${message}`, nowMs);
  }
}

/** The target is at what this action asks for. */
function isDone(action: Action, command: ScalingCommand, state: TargetState | undefined): state is TargetState {
  const { replicas, size } = askedOf(action, command);
  return state !== undefined && isAs(state, replicas, size);
}

function askedOf(action: Action, command: ScalingCommand): { readonly replicas: number; readonly size: ReplicaSize | undefined } {
  return action.phase === 'rolling-back'
    ? { replicas: rollbackReplicas(action, command), size: command.resize?.from }
    : { replicas: command.toReplicas, size: command.resize?.to };
}

function retry(action: Action, command: ScalingCommand, reason: string, nowMs: number): void {
  action.failures += 1;
  action.reason = reason;
  const { attemptsMax } = action.rules.settings;
  const overdue = action.phase === 'acting' && nowMs >= command.deadlineMs;
  if (action.phase === 'acting' && overdue) {
    // A write that nobody took teaches no lead time: nothing was on its way.
    if (action.accepted) noteOverdue(action, command, nowMs);
    end(action, 'failed', `not done by the deadline: ${reason}`);
  } else if (!action.accepted && action.attempts >= attemptsMax)
    end(action, 'failed', `given up after ${action.attempts} writes: ${reason}`);
  else if (action.phase === 'rolling-back' && action.failures >= attemptsMax) end(action, 'failed', `could not be rolled back: ${reason}`);
  else action.verdict = 'retry';
}

function end(action: Action, verdict: Action['verdict'], reason: string): void {
  action.verdict = verdict;
  action.reason = reason;
}

/** Longest pause that a target may ask for. */
const RETRY_AFTER_MAX_MS = 300_000;

function detailOf(detail: unknown): { readonly retryAfterMs: number; readonly state: TargetState | undefined } {
  if (typeof detail !== 'object' || detail === null) return { retryAfterMs: 0, state: undefined };
  const retryAfterMs =
    'retryAfterMs' in detail && typeof detail.retryAfterMs === 'number' && detail.retryAfterMs > 0 ? detail.retryAfterMs : 0;
  return {
    retryAfterMs: Math.min(RETRY_AFTER_MAX_MS, retryAfterMs),
    state: 'state' in detail && isTargetState(detail.state) ? detail.state : undefined,
  };
}
