/**
 * Actors for tests of the shell, whose state tells exactly what happened to them. `tally` has state that is changed in
 * place, sends, sets timers and asks executors by what it counted; `ledger` writes down what it was sent.
 */
import type { AnyMessage } from '../../src/protocol/message.ts';
import type { Behavior, Effect, Step } from '../../src/runtime/behavior.ts';
import { execute, publish, send, setTimer } from '../../src/runtime/machine.ts';

export interface Tally {
  taken: number;
  /** Highest sequence taken, per sender; and how often one came that was not the next. */
  lastBySource: Record<string, number>;
  gaps: number;
  ticks: number;
  answers: number;
  /** Changed in place. */
  readonly window: Float64Array;
  /** Of every step and its time, in order. */
  hash: number;
}

export interface Ledger {
  received: number[];
  repeats: number;
}

export const SEND_EVERY = 3;
export const TIMER_EVERY = 5;
export const ASK_EVERY = 7;
export const PUBLISH_EVERY = 11;
export const TIMER_MS = 700;

export function tallyBehavior(snapshot: Behavior['snapshot'], ledger: string): Behavior {
  const behavior: Behavior<Tally> = {
    kind: 'tally',
    version: 1,
    upcasters: {},
    snapshot,
    refuses: (address) => (address === 'tally:refused' ? 'it is not in the configuration' : undefined),
    start: (_address, nowMs) =>
      step({ taken: 0, lastBySource: {}, gaps: 0, ticks: 0, answers: 0, window: new Float64Array(16), hash: nowMs }),
    step: (state, message, nowMs) => stepTally(state, message, nowMs, ledger),
    freeze: (state) => ({ ...state, window: state.window.slice() }),
    thaw: (frozen) => ({ ...(frozen as Tally) }),
    describe: ({ window, ...state }) => ({ ...state, window: [...window] }),
  };
  return behavior;
}

function stepTally(state: Tally, message: AnyMessage, nowMs: number, ledger: string): Step<Tally> {
  state.hash = (Math.imul(state.hash, 31) + nowMs + message.name.length) >>> 0;
  if (message.name === 'timer-fired') {
    state.ticks += 1;
    return step(state);
  }
  if (message.name === 'effect-result') {
    state.answers += 1;
    return step(state);
  }
  if (message.name !== 'budget') return step(state, [], false);
  const { maxReplicas, reason } = message.data;
  state.window[state.taken % 16] = maxReplicas;
  state.taken += 1;
  if (reason === 'poison') throw new Error('poisoned after the state was half changed');
  if (message.sequence > 0) {
    const key = `${message.source}#${message.incarnation}`;
    if (message.sequence !== (state.lastBySource[key] ?? 0) + 1) state.gaps += 1;
    state.lastBySource[key] = message.sequence;
  }
  return step(state, effectsOf(state.taken, nowMs, ledger));
}

function effectsOf(taken: number, nowMs: number, ledger: string): Effect[] {
  const effects: Effect[] = [];
  const grant = { pool: 'p', maxReplicas: taken, revision: taken, reason: 'told' };
  if (taken % SEND_EVERY === 0) effects.push(send(ledger, 'budget', grant));
  if (taken % TIMER_EVERY === 0) effects.push(setTimer(`t${taken}`, nowMs + TIMER_MS));
  if (taken % ASK_EVERY === 0) effects.push(execute('add', `e${taken}`, { taken }, nowMs + 600_000));
  if (taken % PUBLISH_EVERY === 0) effects.push(publish('tallies', 'budget', grant));
  return effects;
}

export function ledgerBehavior(): Behavior {
  const behavior: Behavior<Ledger> = {
    kind: 'ledger',
    version: 1,
    upcasters: {},
    snapshot: { policy: 'every-batch' },
    refuses: () => undefined,
    start: () => step({ received: [], repeats: 0 }),
    step: (state, message) => {
      if (message.name !== 'budget') return step(state, [], false);
      const { revision } = message.data;
      const repeats = state.repeats + (state.received.includes(revision) ? 1 : 0);
      return step({ received: [...state.received, revision], repeats });
    },
    freeze: (state) => state,
    thaw: (frozen) => frozen as Ledger,
    describe: (state) => ({ ...state }),
  };
  return behavior;
}

function step<S>(state: S, effects: readonly Effect[] = [], handled = true): Step<S> {
  return { state, handled, effects, done: false };
}
