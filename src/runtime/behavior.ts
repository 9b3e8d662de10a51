import type { AnyMessage, MessageData, MessageName } from '../protocol/message.ts';
import type { ChartState } from './chart.ts';

/**
 * An actor as the runtime sees it: a pure step over durable state. The runtime knows no concrete actor; `node.ts` hands
 * it a behavior per kind of address.
 */
export interface Behavior<State = unknown> {
  /** What stands before the colon of the address. */
  readonly kind: string;
  /** Version of the frozen state. */
  readonly version: number;
  /** From version n to n + 1, one step each, for every version ever released. */
  readonly upcasters: Readonly<Record<number, (frozen: unknown) => unknown>>;
  /**
   * How often a snapshot is written. `every-batch` for small state. `seldom` for large state that is rebuilt by replaying
   * its stream from the snapshot's cursor: after `everyMessages` messages but at most once in `everyMs` (default 0), or sooner as
   * the runtime sees fit.
   */
  readonly snapshot:
    | { readonly policy: 'every-batch' }
    | { readonly policy: 'seldom'; readonly everyMessages: number; readonly everyMs?: number };
  /** Why an address may not come to life (an unknown pool, say); its messages become dead letters. undefined: it may. */
  refuses(address: string): string | undefined;
  /** State before the first message. */
  start(address: string, nowMs: number): Step<State>;
  /** Takes one message. Pure but for large numeric state inside `state`, which may be changed in place. Throws only on a bug. */
  step(state: State, message: AnyMessage, nowMs: number): Step<State>;
  /** Plain data that msgpackr can carry. */
  freeze(state: State): unknown;
  thaw(frozen: unknown, address: string): State;
  /** What people see of it: a small plain object, e.g. `{ state: 'predicting', ... }`. */
  describe(state: State): Readonly<Record<string, unknown>>;
  /** Its states and transitions, for drawing, and where in it a state is. Default: none. */
  readonly chart?: { readonly root: ChartState; active(state: State): () => readonly string[] };
}

export interface Step<State> {
  readonly state: State;
  /** False if the actor does not know the message in its present state; counted. */
  readonly handled: boolean;
  readonly effects: readonly Effect[];
  /** True when the actor is finished: it is removed with its timers. */
  readonly done: boolean;
}

/** What a step wants done. Data only: committed first, executed after. */
export type Effect = SendEffect | SetTimerEffect | CancelTimerEffect | ExecuteEffect | PublishEffect;

export interface SendEffect<N extends MessageName = MessageName> {
  readonly kind: 'send';
  readonly to: string;
  readonly name: N;
  readonly data: MessageData[N];
  /** Traceparent of an earlier message that it is owed to. Default: that of the message at hand. */
  readonly owedTo?: string;
}

/** Fires `timer-fired` once, at or after `dueAtMs`. Setting it again replaces it. */
export interface SetTimerEffect {
  readonly kind: 'set-timer';
  readonly name: string;
  readonly dueAtMs: number;
  /** Whether what it fires is part of what set it, so that its trace goes on. Default false. */
  readonly isPart?: boolean;
}

export interface CancelTimerEffect {
  readonly kind: 'cancel-timer';
  readonly name: string;
}

/** Runs an executor (an I/O function that `node.ts` registers); the answer comes back as `effect-result`. */
export interface ExecuteEffect {
  readonly kind: 'execute';
  /** Unique within the actor; the result carries it. */
  readonly id: string;
  readonly executor: string;
  readonly args: unknown;
  readonly notAfterMs: number;
}

/** Appends to a public topic. */
export interface PublishEffect<N extends MessageName = MessageName> {
  readonly kind: 'publish';
  readonly topic: string;
  readonly name: N;
  readonly data: MessageData[N];
  /** As of what is sent. */
  readonly owedTo?: string;
}

/** Executes effects of one name. Expected failures are returned; what it throws becomes `{ ok: false, error: { code: 'threw' } }`. */
export type Executor = (args: unknown, context: ExecutorContext) => Promise<ExecutorResult>;

export interface ExecutorContext {
  readonly address: string;
  readonly effectId: string;
  readonly traceparent?: string;
  /** Aborts when the node loses the shard or stops. */
  readonly signal: AbortSignal;
}

export type ExecutorResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string; readonly detail?: unknown } };
