/**
 * The scaling action: carries one plan out. It reads the target, writes with a precondition and its generation, confirms
 * that the write was accepted and that the capacity is ready, watches what it did, and reports. Whatever happens to the
 * node in between, the write takes effect at most once: the generation stands at the target, and nothing whose outcome is
 * unknown is repeated before the target was read.
 */
import { setup } from 'xstate';
import { actionAddress, plaAddress, pseAddress } from '../protocol/address.ts';
import type { EffectResult } from '../protocol/internal.ts';
import type { Plan } from '../protocol/plan.ts';
import type { Confirmation, Feedback, ScalingCommand } from '../protocol/scaling.ts';
import type { Behavior, Effect } from '../runtime/behavior.ts';
import { execute, machineBehavior, publish, send, setPartTimer, type MachineEvent } from '../runtime/machine.ts';
import { createAction, type Action, type Verdict } from './action-state.ts';
import { judgeReading, judgeWrite, rollbackGeneration, rollbackReplicas } from './action-verdict.ts';
import { readPoolAddress } from './address-parts.ts';
import { backOffMs } from './measure.ts';
import type { PoolRules } from './pool-rules.ts';

interface ActionContext {
  readonly action: Action;
}

/** A reading that is older than this says nothing about now. */
const READ_WAITS_MS = 30_000;
const RETRY_BASE_MS = 1_000;
const RETRY_LIMIT_MS = 60_000;
/** Looks at the target while the effect is watched. */
const WATCH_LOOKS = 6;

const verdictIs =
  (verdict: Verdict) =>
  ({ context }: { readonly context: ActionContext }) =>
    context.action.verdict === verdict;

const machine = setup({
  types: { events: {} as MachineEvent, context: {} as ActionContext, input: {} as ActionContext },
  actions: {
    adopt: ({ context: { action }, event }) => {
      if (event.type === 'scaling-command') action.command = event.data;
    },
    read: ({ context: { action }, event }) => read(action, event.nowMs),
    write: ({ context: { action }, event }) => write(action, event.nowMs),
    writeBack: ({ context: { action }, event }) => writeBack(action, event.nowMs),
    takeReading: ({ context: { action }, event }) => take(action, event, judgeReading),
    takeWrite: ({ context: { action }, event }) => take(action, event, judgeWrite),
    takeNeed: ({ context: { action }, event }) => {
      if (event.type === 'plan') takeNeed(action, event.data);
    },
    pause: ({ context: { action }, event }) => setPartTimer('retry', event.nowMs + pauseMs(action)),
    poll: ({ context: { action }, event }) => setPartTimer('poll', event.nowMs + action.rules.settings.confirmEveryMs),
    startWatch: ({ context: { action }, event }) => {
      action.phase = 'watching';
      action.effect = { ...action.effect, sinceMs: event.nowMs, untilMs: event.nowMs };
    },
    look: ({ context: { action }, event }) =>
      setPartTimer('look', event.nowMs + Math.max(1, action.rules.settings.observeMs / WATCH_LOOKS)),
    confirmReady: ({ context: { action }, event }) => confirmation(action, 'ready', event.nowMs),
    end: ({ context: { action }, event }, { outcome }: { readonly outcome: Feedback['outcome'] }) => ending(action, outcome, event.nowMs),
  },
  guards: {
    isOurs: ({ context, event }) => 'data' in event && 'effect' in event.data && event.data.effect === callId(context.action),
    write: verdictIs('write'),
    wait: verdictIs('wait'),
    ready: verdictIs('ready'),
    watch: verdictIs('watch'),
    retry: verdictIs('retry'),
    rollBack: verdictIs('roll-back'),
    rolledBack: verdictIs('rolled-back'),
    overtaken: verdictIs('overtaken'),
    succeeded: verdictIs('succeeded'),
  },
}).createMachine({
  id: 'act',
  context: ({ input }) => input,
  initial: 'created',
  on: {
    plan: { actions: 'takeNeed' },
    // Told again what it does already, or answered twice.
    'scaling-command': {},
    'effect.*': {},
  },
  states: {
    created: {
      on: {
        'scaling-command': { target: 'reading', actions: 'adopt' },
        // A message for an action that has ended: nobody is here, and nobody stays.
        '*': 'gone',
      },
    },
    reading: {
      entry: 'read',
      on: { 'effect.target.get.*': { guard: 'isOurs', target: 'judging', actions: 'takeReading' } },
    },
    writing: {
      entry: 'write',
      on: { 'effect.target.scale.*': { guard: 'isOurs', target: 'judging', actions: 'takeWrite' } },
    },
    judging: {
      always: [
        { guard: 'write', target: 'writing' },
        { guard: 'wait', target: 'confirming' },
        { guard: 'ready', target: 'observing', actions: ['confirmReady', 'startWatch'] },
        { guard: 'watch', target: 'observing' },
        { guard: 'retry', target: 'retrying' },
        { guard: 'rollBack', target: 'rollingBack' },
        { guard: 'rolledBack', target: 'rolledBack' },
        { guard: 'overtaken', target: 'superseded' },
        { guard: 'succeeded', target: 'succeeded' },
        { target: 'failed' },
      ],
    },
    retrying: { entry: 'pause', on: { 'timer.retry': 'reading' } },
    /** Accepted, and not all of it ready. */
    confirming: { entry: 'poll', on: { 'timer.poll': 'reading' } },
    observing: { entry: 'look', on: { 'timer.look': 'reading' } },
    rollingBack: {
      entry: 'writeBack',
      on: { 'effect.target.scale.*': { guard: 'isOurs', target: 'judging', actions: 'takeWrite' } },
    },
    succeeded: { type: 'final', entry: { type: 'end', params: { outcome: 'succeeded' } } },
    failed: { type: 'final', entry: { type: 'end', params: { outcome: 'failed' } } },
    superseded: { type: 'final', entry: { type: 'end', params: { outcome: 'superseded' } } },
    rolledBack: { type: 'final', entry: { type: 'end', params: { outcome: 'rolled-back' } } },
    gone: { type: 'final' },
  },
});

function commandOf(action: Action): ScalingCommand {
  if (action.command === null) throw new Error(`${action.address} works without a command`);
  return action.command;
}

function callId(action: Action): string {
  return `call-${action.calls}`;
}

function read(action: Action, nowMs: number): Effect {
  action.calls += 1;
  return execute('target.get', callId(action), { pool: commandOf(action).pool }, nowMs + READ_WAITS_MS);
}

function write(action: Action, nowMs: number): Effect {
  const { pool, toReplicas: replicas, fromReplicas: expectedReplicas, generation, deadlineMs, resize } = commandOf(action);
  action.calls += 1;
  action.attempts += 1;
  const size = resize && { size: resize.to };
  return execute('target.scale', callId(action), { pool, replicas, expectedReplicas, generation, ...size }, Math.max(deadlineMs, nowMs));
}

function writeBack(action: Action, nowMs: number): Effect {
  const command = commandOf(action);
  action.phase = 'rolling-back';
  action.calls += 1;
  action.rollbackTo = rollbackReplicas(action, command);
  const request = {
    pool: command.pool,
    replicas: action.rollbackTo,
    expectedReplicas: command.toReplicas,
    generation: rollbackGeneration(command),
    ...(command.resize && { size: command.resize.from }),
  };
  return execute('target.scale', callId(action), request, nowMs + READ_WAITS_MS);
}

/** Judges an answer, and tells what became visible by it: that the write was taken, that part of it is ready. */
function take(
  action: Action,
  event: MachineEvent,
  judge: (action: Action, command: ScalingCommand, result: EffectResult, nowMs: number) => void,
): Effect[] {
  if (!('executor' in event.data)) return [];
  const { accepted, readyMost } = action;
  judge(action, commandOf(action), event.data, event.nowMs);
  const told: Effect[] = [];
  if (action.accepted && !accepted) told.push(...confirmation(action, 'accepted', event.nowMs));
  if (action.verdict === 'wait' && accepted && action.readyMost > readyMost)
    told.push(...confirmation(action, 'partially-ready', event.nowMs));
  return told;
}

/** A plan that was made while this action works says what the load needs now. */
function takeNeed(action: Action, plan: Plan): void {
  const now = plan.trajectory[0];
  if (now !== undefined && now.atMs === plan.atMs) action.effect = { ...action.effect, needed: now.replicas };
}

function pauseMs(action: Action): number {
  return Math.max(action.retryAfterMs, backOffMs(RETRY_BASE_MS, action.failures, RETRY_LIMIT_MS, action.address));
}

function confirmation(action: Action, step: Confirmation['step'], nowMs: number): Effect[] {
  const { pool, planId, generation, fromReplicas, resize } = commandOf(action);
  const { size, resizedReplicas = 0 } = action.seen ?? {};
  const data: Confirmation = {
    pool,
    planId,
    generation,
    step,
    fromReplicas,
    requestedReplicas: count(action.seen?.requestedReplicas),
    readyReplicas: count(action.seen?.readyReplicas),
    ...(resize === undefined || size === undefined ? {} : { size, resizedReplicas: count(resizedReplicas) }),
    atMs: nowMs,
    attempts: action.attempts,
    reason: action.reason,
  };
  const told: Effect[] = [send(pseAddress(pool), 'confirmation', data), publish('actions', 'confirmation', data)];
  // The analyzer of the total is told what starts and stops because of us: neither is load.
  return step === 'accepted' ? [...told, send(plaAddress(pool, null), 'confirmation', data)] : told;
}

/** What a target says may be no count; the wire carries counts only. */
function count(value: number | undefined): number {
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

const STEP_OF = { succeeded: undefined, failed: 'failed', superseded: 'superseded', 'rolled-back': 'rolled-back' } as const;

/** The last words: a confirmation unless readiness was confirmed already, and what was learned. */
function ending(action: Action, outcome: Feedback['outcome'], nowMs: number): Effect[] {
  const step = STEP_OF[outcome];
  const data = feedback(action, outcome);
  const told = step === undefined ? [] : confirmation(action, step, nowMs);
  const { pool } = data;
  const heard = [pseAddress(pool), plaAddress(pool, null)].map((address) => send(address, 'feedback', data));
  return [...told, ...heard, publish('actions', 'feedback', data)];
}

function feedback(action: Action, outcome: Feedback['outcome']): Feedback {
  const { pool, planId, generation, fromReplicas, toReplicas, resize } = commandOf(action);
  const { sinceMs, untilMs, shortMs, loadMs } = action.effect;
  const observedForMs = untilMs - sinceMs;
  const effect = { observedForMs, shortMs, utilisation: observedForMs > 0 ? Number((loadMs / observedForMs).toFixed(4)) : 0 };
  return {
    pool,
    planId,
    generation,
    outcome,
    reason: action.reason,
    fromReplicas,
    toReplicas,
    readyReplicas: count(action.seen?.readyReplicas),
    ...(resize && { size: resize.to }),
    attempts: action.attempts,
    leadTimesMs: [...action.leadTimesMs],
    ...(action.phase === 'watching' && observedForMs > 0 && action.effect.needed !== null ? { effect } : {}),
  };
}

/** `rulesOf`: rules of a pool, undefined for an unknown one. */
export function actionBehavior(rulesOf: (pool: string) => PoolRules | undefined): Behavior {
  const rulesAt = (address: string): PoolRules => {
    const rules = rulesOf(readPoolAddress(address).pool);
    if (rules === undefined) throw new Error(`${address} belongs to an unknown pool`);
    return rules;
  };
  return machineBehavior({
    kind: 'act',
    machine,
    refuses(address) {
      const { pool, rest } = readPoolAddress(address);
      if (rulesOf(pool) === undefined) return `There is no pool ${pool}`;
      return actionAddress(pool, Number(rest)) === address ? undefined : `${address} is not the address of a scaling action`;
    },
    input: (address) => ({ action: createAction(address, rulesAt(address)) }),
    freeze({ action }) {
      const { rules: _rules, ...kept } = action;
      return kept;
    },
    thaw: (frozen, address) => ({ action: { ...(frozen as Omit<Action, 'rules'>), rules: rulesAt(address) } }),
    describe: ({ action }) => describeAction(action),
  });
}

function describeAction(action: Action): Readonly<Record<string, unknown>> {
  const { command, seen, attempts, reason, accepted, phase } = action;
  return {
    from: command?.fromReplicas ?? null,
    to: command?.toReplicas ?? null,
    deadlineMs: command?.deadlineMs ?? null,
    requested: seen?.requestedReplicas ?? null,
    ready: seen?.readyReplicas ?? null,
    phase,
    accepted,
    attempts,
    reason,
  };
}
