import type {
  BusEntry,
  ContentType,
  EntryId,
  NewDeadLetter,
  NewEntry,
  NewTopicEntry,
  ActorWrite,
  ShardCommit,
  StoredEffect,
  StoredTimer,
  TimerKey,
} from '../ports/bus.ts';
import type { Random } from '../ports/random.ts';
import { shardOf } from '../protocol/address.ts';
import { encodeMessage } from '../protocol/codec.ts';
import { createMessage } from '../protocol/create-message.ts';
import type { AnyMessage } from '../protocol/message.ts';
import { childTraceparent } from '../protocol/trace-context.ts';
import type { ExecuteEffect, PublishEffect, SendEffect } from './behavior.ts';
import type { Outputs } from './cell.ts';
import { effectKey } from './effect-key.ts';
import type { StepSpans } from './step-spans.ts';

type TimerChange = { readonly isSet: true; readonly timer: StoredTimer } | { readonly isSet: false; readonly timer: TimerKey };

/** What one batch of entries leads to, collected step by step. A step that throws is taken back. */
export class Batch implements Outputs {
  readonly #contentType: ContentType;
  readonly #nextRandom: () => number;
  readonly #spans: StepSpans | undefined;
  readonly #timerChanges: TimerChange[] = [];
  readonly #effects: StoredEffect[] = [];
  readonly #sends: NewEntry[] = [];
  readonly #publishes: NewTopicEntry[] = [];
  readonly #deadLetters: NewDeadLetter[] = [];
  readonly #unparked = new Map<string, number>();
  readonly origins: Record<string, number> = {};
  /** Entries that were delivered to cells, in order: what rebuilding a cell within the batch needs. */
  readonly delivered: BusEntry[] = [];
  /** Those of them that made a step throw: the actor only knows that they came. */
  readonly skipped = new Set<BusEntry>();
  #parked: BusEntry[] = [];
  /** Lengths at the last `begin`. */
  #begun = { timerChanges: 0, effects: 0, sends: 0, publishes: 0 };

  constructor(contentType: ContentType, random: Random, spans?: StepSpans) {
    this.#contentType = contentType;
    this.#nextRandom = () => random.next();
    this.#spans = spans;
  }

  /** Marks the place to which `takeBack` returns. */
  begin(): void {
    const begun = this.#begun;
    begun.timerChanges = this.#timerChanges.length;
    begun.effects = this.#effects.length;
    begun.sends = this.#sends.length;
    begun.publishes = this.#publishes.length;
  }

  takeBack(): void {
    this.#timerChanges.length = this.#begun.timerChanges;
    this.#effects.length = this.#begun.effects;
    this.#sends.length = this.#begun.sends;
    this.#publishes.length = this.#begun.publishes;
  }

  send(from: string, sequence: number, { to, name, data, owedTo }: SendEffect, cause: AnyMessage, nowMs: number): void {
    const body = this.#encode(name, data, from, sequence, this.#traceparentOf(name, data, cause, owedTo), nowMs);
    this.#sends.push({ shard: shardOf(to), to, contentType: this.#contentType, body, atMs: nowMs });
  }

  publish(from: string, sequence: number, { topic, name, data, owedTo }: PublishEffect, cause: AnyMessage, nowMs: number): void {
    const body = this.#encode(name, data, from, sequence, this.#traceparentOf(name, data, cause, owedTo), nowMs);
    this.#publishes.push({ topic, contentType: this.#contentType, body, atMs: nowMs });
  }

  setTimer(address: string, name: string, version: number, dueAtMs: number, cause?: AnyMessage): void {
    const traceparent = cause === undefined ? undefined : this.#traceparentAfter(cause.traceparent);
    const trace = traceparent === undefined ? undefined : { traceparent };
    this.#timerChanges.push({ isSet: true, timer: { address, name, version, dueAtMs, ...trace } });
  }

  cancelTimer(address: string, name: string, version: number): void {
    this.#timerChanges.push({ isSet: false, timer: { address, name, version } });
  }

  execute(address: string, { id, executor, args, notAfterMs }: ExecuteEffect, cause: AnyMessage): void {
    const traceparent = this.#traceparentAfter(cause.traceparent);
    this.#effects.push({
      id: effectKey(address, id),
      address,
      executor,
      args,
      notAfterMs,
      ...(traceparent === undefined ? undefined : { traceparent }),
    });
  }

  bury(entry: BusEntry, code: string, reason: string, atMs: number): void {
    this.#deadLetters.push({ entry, code, reason, atMs });
  }

  park(entry: BusEntry): void {
    this.#parked.push(entry);
  }

  /** Entries that this very batch parked for an actor; they are not parked any more. */
  takeParked(address: string): readonly BusEntry[] {
    const taken = this.#parked.filter((entry) => entry.to === address);
    if (taken.length > 0) this.#parked = this.#parked.filter((entry) => entry.to !== address);
    return taken;
  }

  /** Takes away the oldest entries that earlier batches parked. */
  unpark(address: string, count: number): void {
    this.#unparked.set(address, (this.#unparked.get(address) ?? 0) + count);
  }

  /** How many of an actor's stored parked entries this batch takes away already. */
  unparkedOf(address: string): number {
    return this.#unparked.get(address) ?? 0;
  }

  toCommit(shard: number, epoch: number, cursorFrom: EntryId, cursorTo: EntryId, actors: readonly ActorWrite[]): ShardCommit {
    return {
      shard,
      epoch,
      cursorFrom,
      cursorTo,
      actors,
      ...this.#lastTimerChanges(),
      effects: this.#effects,
      sends: this.#sends,
      publishes: this.#publishes,
      deadLetters: this.#deadLetters,
      parked: this.#parked,
      unparked: [...this.#unparked].filter(([, count]) => count > 0).map(([address, count]) => ({ address, count })),
      origins: this.origins,
    };
  }

  /** Of a timer that was changed more than once within the batch, the last change counts. */
  #lastTimerChanges(): Pick<ShardCommit, 'timersSet' | 'timersCancelled'> {
    const last = new Map<string, TimerChange>();
    for (const change of this.#timerChanges) last.set(`${change.timer.address}\n${change.timer.name}`, change);
    const timersSet: StoredTimer[] = [];
    const timersCancelled: TimerKey[] = [];
    for (const change of last.values()) {
      if (change.isSet) timersSet.push(change.timer);
      else timersCancelled.push(change.timer);
    }
    return { timersSet, timersCancelled };
  }

  #encode(
    name: SendEffect['name'],
    data: SendEffect['data'],
    from: string,
    sequence: number,
    traceparent: string | undefined,
    nowMs: number,
  ): Uint8Array {
    return encodeMessage(createMessage(name, data, { source: from, sequence, timeMs: nowMs, traceparent }), this.#contentType);
  }

  #traceparentOf(name: SendEffect['name'], data: unknown, cause: AnyMessage, owedTo: string | undefined): string | undefined {
    if (owedTo !== undefined) return this.#spans === undefined ? childTraceparent(owedTo, this.#nextRandom) : owedTo;
    this.#spans?.note(name, data);
    return this.#traceparentAfter(cause.traceparent);
  }

  /** Without spans of its own a node hands a trace on, each step under a new id. */
  #traceparentAfter(cause: string | undefined): string | undefined {
    if (this.#spans !== undefined) return this.#spans.traceparent;
    return cause === undefined ? undefined : childTraceparent(cause, this.#nextRandom);
  }
}
