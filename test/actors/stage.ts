/**
 * A stage for actors without a runtime: messages in order, timers in virtual time, executors answered by the test. What no
 * actor handled is kept, so that a test can insist that there is nothing of it.
 */
import type { AnyMessage, MessageData, MessageName } from '../../src/protocol/message.ts';
import { decodeMessage, encodeMessage } from '../../src/protocol/codec.ts';
import { createMessage } from '../../src/protocol/create-message.ts';
import { kindOf } from '../../src/protocol/address.ts';
import type { Behavior, Effect, ExecuteEffect, ExecutorResult, Step } from '../../src/runtime/behavior.ts';

export type Answer = (effect: ExecuteEffect, address: string, nowMs: number) => ExecutorResult | undefined;

interface Envelope {
  readonly to: string;
  readonly message: AnyMessage;
}

export interface Stage {
  readonly nowMs: () => number;
  readonly published: { readonly topic: string; readonly name: MessageName; readonly data: unknown; readonly atMs: number }[];
  readonly unhandled: string[];
  readonly sent: { readonly to: string; readonly name: MessageName; readonly data: unknown }[];
  /** Addresses that live. */
  readonly addresses: () => readonly string[];
  readonly describe: (address: string) => Readonly<Record<string, unknown>> | undefined;
  tell<N extends MessageName>(to: string, name: N, data: MessageData[N]): void;
  /** Lets virtual time pass, firing timers in order. */
  pass(ms: number): void;
  /** Freezes and thaws every actor, as a restart between two messages does. */
  restart(): void;
  /** Delivers executor answers that were held back, again (at-least-once). */
  repeatLastAnswer(): void;
}

const MESSAGES_MAX = 100_000;

export function createStage(behaviors: readonly Behavior[], answer: Answer, startMs: number): Stage {
  const byKind = new Map(behaviors.map((behavior) => [behavior.kind, behavior]));
  const states = new Map<string, unknown>();
  const timers = new Map<string, { readonly to: string; readonly name: string; readonly dueAtMs: number }>();
  const queue: Envelope[] = [];
  let nowMs = startMs;
  let sequence = 0;
  let last: Envelope | undefined;
  const stage: Pick<Stage, 'published' | 'unhandled' | 'sent'> = { published: [], unhandled: [], sent: [] };

  const post = <N extends MessageName>(to: string, name: N, data: MessageData[N], source: string): Envelope => {
    sequence += 1;
    const envelope = { to, message: throughWire(createMessage(name, data, { source, sequence, timeMs: nowMs })) };
    queue.push(envelope);
    return envelope;
  };

  const apply = (address: string, step: Step<unknown>): void => {
    if (step.done) {
      states.delete(address);
      for (const [key, timer] of timers) if (timer.to === address) timers.delete(key);
    } else states.set(address, step.state);
    for (const effect of step.effects) if (!step.done || effect.kind === 'send' || effect.kind === 'publish') run(address, effect);
  };

  const run = (address: string, effect: Effect): void => {
    if (effect.kind === 'send') {
      stage.sent.push(effect);
      post(effect.to, effect.name, effect.data, address);
    } else if (effect.kind === 'publish') {
      const { data } = throughWire(createMessage(effect.name, effect.data, { source: address, timeMs: nowMs }));
      stage.published.push({ ...effect, data, atMs: nowMs });
    } else if (effect.kind === 'set-timer')
      timers.set(`${address} ${effect.name}`, { to: address, name: effect.name, dueAtMs: effect.dueAtMs });
    else if (effect.kind === 'cancel-timer') timers.delete(`${address} ${effect.name}`);
    else {
      const result = answer(effect, address, nowMs);
      if (result !== undefined)
        last = post(address, 'effect-result', { effect: effect.id, executor: effect.executor, ...result }, 'runtime');
    }
  };

  const deliver = ({ to, message }: Envelope): void => {
    const behavior = byKind.get(kindOf(to));
    if (behavior === undefined || behavior.refuses(to) !== undefined) {
      stage.unhandled.push(`${message.name} to ${to}`);
      return;
    }
    if (!states.has(to)) apply(to, behavior.start(to, nowMs));
    const step = behavior.step(states.get(to), message, nowMs);
    if (!step.handled) stage.unhandled.push(`${message.name} ${JSON.stringify(message.data).slice(0, 80)} to ${to}`);
    apply(to, step);
  };

  const drain = (): void => {
    for (let count = 0; queue.length > 0; count += 1) {
      if (count > MESSAGES_MAX) throw new Error('the actors never come to rest');
      const next = queue.shift();
      if (next !== undefined) deliver(next);
    }
  };

  return {
    ...stage,
    nowMs: () => nowMs,
    addresses: () => [...states.keys()],
    describe: (address) => (states.has(address) ? byKind.get(kindOf(address))?.describe(states.get(address)) : undefined),
    tell(to, name, data) {
      post(to, name, data, 'test');
      drain();
    },
    pass(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        const due = [...timers].filter(([, timer]) => timer.dueAtMs <= untilMs).sort(([, a], [, b]) => a.dueAtMs - b.dueAtMs)[0];
        if (due === undefined) break;
        const [key, timer] = due;
        nowMs = Math.max(nowMs, timer.dueAtMs);
        timers.delete(key);
        post(timer.to, 'timer-fired', { name: timer.name, version: 1, dueAtMs: timer.dueAtMs }, 'runtime');
        drain();
      }
      nowMs = untilMs;
    },
    restart() {
      for (const [address, state] of states) {
        const behavior = byKind.get(kindOf(address));
        if (behavior !== undefined) states.set(address, behavior.thaw(structuredClone(behavior.freeze(state)), address));
      }
    },
    repeatLastAnswer() {
      if (last !== undefined) queue.push(last);
      drain();
    },
  };
}

/** An actor that only listens: it takes everything and does nothing. */
export function listener(kind: string): Behavior {
  const quiet = (): Step<unknown> => ({ state: null, handled: true, effects: [], done: false });
  return {
    kind,
    version: 1,
    upcasters: {},
    snapshot: { policy: 'every-batch' },
    refuses: () => undefined,
    start: quiet,
    step: quiet,
    freeze: () => null,
    thaw: () => null,
    describe: () => ({}),
  };
}

/** As another node would see it: what the schemas forbid must not pass unnoticed. */
function throughWire(message: AnyMessage): AnyMessage {
  const decoded = decodeMessage(encodeMessage(message, 'application/json'), 'application/json');
  if (!decoded.ok) throw new Error(`${message.name} does not pass: ${JSON.stringify(decoded.error)}`);
  return decoded.message;
}
