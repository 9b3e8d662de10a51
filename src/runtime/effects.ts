import type { MessageData, MessageName } from '../protocol/message.ts';
import type { CancelTimerEffect, Effect, ExecuteEffect, PublishEffect, SendEffect, SetTimerEffect } from './behavior.ts';

/** Sends a message to an actor, at least once and in order; the receiver drops repeats. */
export function send<N extends MessageName>(to: string, name: N, data: MessageData[N]): SendEffect<N> & Effect {
  // SendEffect<N> is one of the union; the compiler cannot tell for an open N.
  return { kind: 'send', to, name, data } as SendEffect<N> & Effect;
}

/** Appends a message to a public topic. */
export function publish<N extends MessageName>(topic: string, name: N, data: MessageData[N]): PublishEffect<N> & Effect {
  return { kind: 'publish', topic, name, data } as PublishEffect<N> & Effect;
}

/** The same, told in the trace of an earlier message than the one at hand; undefined: of that one. */
export function owedTo<E extends SendEffect | PublishEffect>(effect: E, traceparent: string | undefined): E {
  return traceparent === undefined ? effect : { ...effect, owedTo: traceparent };
}

/** Sets or replaces the actor's durable timer of this name. It fires once, at or after `dueAtMs` (epoch milliseconds). */
export function setTimer(name: string, dueAtMs: number): SetTimerEffect {
  return { kind: 'set-timer', name, dueAtMs };
}

/** The same, where what it fires is part of the work that sets it: a pause before another try, say. */
export function setPartTimer(name: string, dueAtMs: number): SetTimerEffect {
  return { kind: 'set-timer', name, dueAtMs, isPart: true };
}

export function cancelTimer(name: string): CancelTimerEffect {
  return { kind: 'cancel-timer', name };
}

/**
 * Runs an executor, at least once, not begun after `notAfterMs` (epoch milliseconds). `id` is unique within the actor; the
 * answer is an `effect-result` that carries it.
 */
export function execute(executor: string, id: string, args: unknown, notAfterMs: number): ExecuteEffect {
  return { kind: 'execute', id, executor, args, notAfterMs };
}

const KINDS: ReadonlySet<unknown> = new Set<Effect['kind']>(['send', 'set-timer', 'cancel-timer', 'execute', 'publish']);

export function isEffect(value: unknown): value is Effect {
  return typeof value === 'object' && value !== null && 'kind' in value && KINDS.has(value.kind);
}
