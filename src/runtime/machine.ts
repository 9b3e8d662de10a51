/**
 * Makes a behavior from an XState machine. XState is the state logic only: a step is `machine.transition` on one reused
 * scope, which runs nothing. What the machine wants done comes out as effects:
 *
 * - **Actions return effects.** An action is a pure function whose result is an effect, a list of effects or nothing:
 *
 *       actions: { report: ({ context, event }) => send(context.pse, 'state-report', reportOf(context, event.nowMs)) }
 *
 *   or, in place, the ready-made action `effects` (set it up as `actions: { effects }`) with computed parameters:
 *
 *       entry: { type: 'effects', params: ({ context, event }) => [setTimer('poll', event.nowMs + context.pollEveryMs)] }
 *
 * - **`after`, and `raise` with a delay, are durable timers**: `after: { 5_000: 'late' }` survives a crash and a move. The
 *   delay counts from the step's time. `raise({ type: 'timer.poll' }, { delay, id: 'poll' })` is the same as
 *   `setTimer('poll', ...)`, which is the simpler way, and `cancel('poll')` ends either. A raised event carries its type only.
 *
 * - **Events.** `{ type, message, data, nowMs }`: `type` is the message's name; `timer.<name>` for a fired timer; and
 *   `effect.<executor>.ok` or `effect.<executor>.failed` for the answer of an executor. Wildcards work (`effect.target.scale.*`).
 *   Keep the set of timer names small: XState remembers each event type it has seen.
 *
 * - **`assign` may change large numeric state of the context in place** and return the same reference; the context is
 *   frozen to plain data between steps only.
 *
 * Not allowed, because it would not survive a restart: `invoke`, spawned children, history states, `sendTo`, `emit`.
 */
import assert from 'node:assert/strict';
import {
  createActor,
  createMachine,
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type ContextFrom,
  type EventObject,
  type ExecutableActionObject,
  type InputFrom,
  type SnapshotFrom,
  type StateValue,
} from 'xstate';
import type { AnyMessage, Message, MessageData, MessageName } from '../protocol/message.ts';
import type { Behavior, Effect, Step } from './behavior.ts';
import { activePaths, chartOf } from './chart.ts';
import { cancelTimer, isEffect, setTimer } from './effects.ts';

export { cancelTimer, execute, owedTo, publish, send, setPartTimer, setTimer } from './effects.ts';

interface EventOf<T extends string, N extends MessageName> {
  readonly type: T;
  readonly message: Message<N>;
  readonly data: MessageData[N];
  /** Time of the step, epoch milliseconds. Never goes back. */
  readonly nowMs: number;
}

type PlainName = Exclude<MessageName, 'timer-fired' | 'effect-result'>;

/** What a machine gets. Give it to `setup` as the events' type. */
export type MachineEvent =
  | { [N in PlainName]: EventOf<N, N> }[PlainName]
  | EventOf<`timer.${string}`, 'timer-fired'>
  | EventOf<`effect.${string}.ok`, 'effect-result'>
  | EventOf<`effect.${string}.failed`, 'effect-result'>;

export interface MachineBehaviorOptions<M extends AnyStateMachine> {
  readonly kind: string;
  /** Version of the frozen state; raise it with every change of `freeze` or of the states' names. Default 1. */
  readonly version?: number;
  /** Default none. See `Behavior.upcasters`; they get `{ value, context }` as this module and `freeze` wrote it. */
  readonly upcasters?: Behavior['upcasters'];
  /** Default `every-batch`. */
  readonly snapshot?: Behavior['snapshot'];
  readonly machine: M;
  /** Default: every address may live. */
  readonly refuses?: Behavior['refuses'];
  /** The machine's input for a new actor. */
  readonly input: (address: string, nowMs: number) => InputFrom<M>;
  /** Context to plain data. Default: the context as it is. */
  readonly freeze?: (context: ContextFrom<M>) => unknown;
  /** The way back. Default: the data as it is. */
  readonly thaw?: (frozen: unknown, address: string) => ContextFrom<M>;
  /** Added to `{ state }` in what people see. Default: nothing. */
  readonly describe?: (context: ContextFrom<M>) => Readonly<Record<string, unknown>>;
}

/** An action that does what its parameters say; see the top of this file. */
export const effects = (_args: unknown, params: readonly Effect[]): readonly Effect[] => params;

/** Microsteps of one step. A cycle of `always` or raised events is a bug and ends as an error. */
const MICROSTEPS_MAX = 1_000;

export function machineBehavior<M extends AnyStateMachine>(options: MachineBehaviorOptions<M>): Behavior<SnapshotFrom<M>> {
  const machine: AnyStateMachine = options.machine.provide({});
  machine.options.maxIterations = Math.min(machine.options.maxIterations ?? MICROSTEPS_MAX, MICROSTEPS_MAX);
  assertDurable(machine);
  const freeze = options.freeze ?? ((context: ContextFrom<M>): unknown => context);
  const thaw = options.thaw ?? ((frozen: unknown): ContextFrom<M> => frozen as ContextFrom<M>);
  const collector = createCollector();

  return {
    kind: options.kind,
    version: options.version ?? 1,
    upcasters: options.upcasters ?? {},
    snapshot: options.snapshot ?? { policy: 'every-batch' },
    refuses: options.refuses ?? (() => undefined),
    start(address, nowMs) {
      collector.begin(nowMs);
      const snapshot: AnyMachineSnapshot = machine.getInitialSnapshot(collector.scope, options.input(address, nowMs));
      return toStep<M>(snapshot, true, collector.take());
    },
    step(state, message, nowMs) {
      const event = toMachineEvent(message, nowMs);
      collector.begin(nowMs);
      const snapshot: AnyMachineSnapshot = machine.transition(state, event, collector.scope);
      const handled = snapshot !== state || collector.ran() || machine.getTransitionData(state, event).length > 0;
      return toStep<M>(snapshot, handled, collector.take());
    },
    freeze: (state) => ({ value: valueOf(state), context: freeze(contextOf<M>(state)) }),
    thaw(frozen, address) {
      const { value, context } = frozen as { readonly value: StateValue; readonly context: unknown };
      return machine.resolveState({ value, context: thaw(context, address) }) as SnapshotFrom<M>;
    },
    describe: (state) => ({ state: nameOfState(valueOf(state)), ...options.describe?.(contextOf<M>(state)) }),
    chart: { root: chartOf(machine), active: (state) => activeLater(valueOf(state)) },
  };
}

/** Most are never asked: the value, which never changes, is held, and its paths are worked out when somebody looks. */
function activeLater(value: StateValue): () => readonly string[] {
  return () => activePaths(value);
}

function toStep<M extends AnyStateMachine>(
  snapshot: AnyMachineSnapshot,
  handled: boolean,
  effects: readonly Effect[],
): Step<SnapshotFrom<M>> {
  if (snapshot.status === 'error') throw snapshot.error;
  return { state: snapshot as SnapshotFrom<M>, handled, effects, done: snapshot.status === 'done' };
}

/** The event of a message; timers that XState named itself (`after`) come back under their own name. */
export function toMachineEvent(message: AnyMessage, nowMs: number): EventObject {
  return { type: eventType(message), message, data: message.data, nowMs } as EventObject;
}

function eventType(message: AnyMessage): string {
  if (message.name === 'timer-fired') return eventOfTimer(message.data.name);
  if (message.name === 'effect-result') return `effect.${message.data.executor}.${message.data.ok ? 'ok' : 'failed'}`;
  return message.name;
}

function eventOfTimer(name: string): string {
  return name.startsWith('xstate.after.') ? name : `timer.${name}`;
}

interface Collector {
  readonly scope: AnyActorScope;
  begin(nowMs: number): void;
  /** Whether any action ran since `begin`. */
  ran(): boolean;
  take(): readonly Effect[];
}

const NO_EFFECTS: readonly Effect[] = [];

/** One scope for all steps: building one per step, as the exported `transition` does, costs thirty times as much. */
function createCollector(): Collector {
  let nowMs = 0;
  let count = 0;
  let collected: Effect[] = [];
  const inert = createActor(createMachine({}));
  const scope: AnyActorScope = {
    self: inert,
    system: inert.system,
    id: '',
    sessionId: '',
    logger: () => {},
    defer: () => {},
    emit: () => {},
    stopChild: () => {},
    actionExecutor(action) {
      count += 1;
      collect(action, nowMs, collected);
    },
  };
  return {
    scope,
    begin(stepMs) {
      nowMs = stepMs;
      count = 0;
      if (collected.length > 0) collected = [];
    },
    ran: () => count > 0,
    take() {
      if (collected.length === 0) return NO_EFFECTS;
      const taken = collected;
      collected = [];
      return taken;
    },
  };
}

function collect(action: ExecutableActionObject, nowMs: number, into: Effect[]): void {
  if (action.type === 'xstate.raise') return collectRaise(action.params, nowMs, into);
  if (action.type === 'xstate.cancel') {
    into.push(cancelTimer(String((action.params as { readonly sendId?: unknown }).sendId)));
    return;
  }
  if (action.type === 'xstate.log') return;
  assert(!action.type.startsWith('xstate.'), `action ${action.type} has no durable meaning; return effects instead`);
  assert(action.exec, `action ${action.type} has no implementation`);
  const result: unknown = action.exec(action.info, action.params);
  if (result === undefined) return;
  for (const effect of Array.isArray(result) ? (result as readonly unknown[]) : [result]) {
    assert(isEffect(effect), `action ${action.type} returned something that is not an effect`);
    into.push(effect);
  }
}

/** A raise without a delay was already taken within the step. */
function collectRaise(params: unknown, nowMs: number, into: Effect[]): void {
  const { event, id, delay } = params as { readonly event: EventObject; readonly id?: string; readonly delay?: number };
  if (typeof delay !== 'number') return;
  assert(id !== undefined, `raise of ${event.type} has a delay but no id`);
  assert(eventOfTimer(id) === event.type && Object.keys(event).length === 1, `a delayed raise must be { type: 'timer.${id}' }`);
  into.push(setTimer(id, nowMs + delay));
}

function assertDurable(machine: AnyStateMachine): void {
  const nodes: AnyStateMachine['root'][] = [machine.root];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    assert(node.invoke.length === 0, `state ${node.id} invokes; an effect is what survives a restart`);
    assert(node.type !== 'history', `state ${node.id} is a history state; keep what it remembers in the context`);
    nodes.push(...Object.values(node.states as Record<string, AnyStateMachine['root']>));
  }
}

const valueOf = (state: unknown): StateValue => (state as AnyMachineSnapshot).value as StateValue;
const contextOf = <M extends AnyStateMachine>(state: unknown): ContextFrom<M> => (state as AnyMachineSnapshot).context as ContextFrom<M>;

/** `working.confirming`; parallel regions side by side: `left.a|right.b`. */
function nameOfState(value: StateValue): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .map(([key, inner]) => (inner === undefined ? key : `${key}.${nameOfState(inner)}`))
    .join('|');
}
