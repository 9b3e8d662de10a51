/**
 * One live actor: its behavior's state and what the runtime remembers of it. Everything here is a function of the entries
 * that were delivered, so that replaying them from a snapshot gives the same cell, bit for bit.
 */
import type { AnyMessage } from '../protocol/message.ts';
import type { Behavior, Effect, ExecuteEffect, PublishEffect, SendEffect, Step } from './behavior.ts';
import { Marks } from './marks.ts';
import { openSnapshot, sealSnapshot } from './snapshot.ts';

/** Where the effects of steps go. A replay gives them to nobody: they were committed when the step was made first. */
export interface Outputs {
  send(from: string, sequence: number, effect: SendEffect, cause: AnyMessage, nowMs: number): void;
  publish(from: string, sequence: number, effect: PublishEffect, cause: AnyMessage, nowMs: number): void;
  setTimer(address: string, name: string, version: number, dueAtMs: number, cause?: AnyMessage): void;
  cancelTimer(address: string, name: string, version: number): void;
  execute(address: string, effect: ExecuteEffect, cause: AnyMessage): void;
}

export const NO_OUTPUTS: Outputs = {
  send: () => {},
  publish: () => {},
  setTimer: () => {},
  cancelTimer: () => {},
  execute: () => {},
};

/** `repeat`: seen before. `stale`: a timer that was cancelled or set anew after it fired. Neither reaches the behavior. */
export type Delivery = 'applied' | 'unhandled' | 'repeat' | 'stale' | 'done';

export type Thawed = { readonly ok: true; readonly cell: Cell } | { readonly ok: false; readonly reason: string };

const NO_STATES = (): readonly string[] => [];

export class Cell {
  readonly address: string;
  readonly behavior: Behavior;
  readonly #marks: Marks;
  #state: unknown;
  #sequence = 0;
  #lastStepMs = 0;
  #timerVersion = 0;
  /** Version of each timer that is set; undefined while there never was one. */
  #timers: Map<string, number> | undefined;

  private constructor(address: string, behavior: Behavior, marks: Marks) {
    this.address = address;
    this.behavior = behavior;
    this.#marks = marks;
  }

  /** A new actor. `cause` is the message that brings it to life. Throws what the behavior throws. */
  static start(address: string, behavior: Behavior, atMs: number, sourcesMax: number, cause: AnyMessage, outputs: Outputs): Cell {
    const cell = new Cell(address, behavior, new Marks(sourcesMax));
    cell.#lastStepMs = atMs;
    cell.#take(behavior.start(address, atMs), cause, outputs);
    return cell;
  }

  /** An actor from its snapshot. Never throws. */
  static thaw(address: string, behavior: Behavior, snapshot: Uint8Array, sourcesMax: number): Thawed {
    const opened = openSnapshot(snapshot, behavior);
    if (!opened.ok) return opened;
    const { envelope } = opened;
    const cell = new Cell(address, behavior, new Marks(sourcesMax, envelope.marks));
    cell.#sequence = envelope.sequence;
    cell.#lastStepMs = envelope.lastStepMs;
    cell.#timerVersion = envelope.timerVersion;
    for (let index = 0; index + 1 < envelope.timers.length; index += 2)
      cell.#armed().set(String(envelope.timers[index]), Number(envelope.timers[index + 1]));
    try {
      cell.#state = behavior.thaw(envelope.frozen, address);
      return { ok: true, cell };
    } catch (error) {
      return { ok: false, reason: `the snapshot cannot be thawed: ${error instanceof Error ? error.message : String(error)}` };
    }
  }

  /**
   * Takes one entry. `isReplayed`: put back by a person, so not checked for repeats. When this throws, the cell may be half
   * changed and must be thrown away.
   */
  deliver(message: AnyMessage, atMs: number, isReplayed: boolean, outputs: Outputs): Delivery {
    // Actors' messages come with incarnation 0; the shard drops their repeats by origin.
    const { incarnation, sequence } = message;
    if (incarnation > 0 && sequence > 0 && !this.#marks.accept(message.source, incarnation, sequence) && !isReplayed) return 'repeat';
    if (message.name === 'timer-fired' && !this.#disarm(message.data.name, message.data.version)) return 'stale';
    this.#lastStepMs = Math.max(this.#lastStepMs, atMs);
    const step = this.behavior.step(this.#state, message, this.#lastStepMs);
    this.#take(step, message, outputs);
    if (!step.done) return step.handled ? 'applied' : 'unhandled';
    for (const [name, version] of this.#timers ?? []) outputs.cancelTimer(this.address, name, version);
    return 'done';
  }

  /** Notes that an entry was received, without a step: it is a dead letter now, and its repeats are repeats. */
  skip(message: AnyMessage): void {
    if (message.incarnation > 0 && message.sequence > 0) this.#marks.accept(message.source, message.incarnation, message.sequence);
    if (message.name === 'timer-fired') this.#disarm(message.data.name, message.data.version);
  }

  seal(): Uint8Array {
    return sealSnapshot(this.behavior, {
      sequence: this.#sequence,
      lastStepMs: this.#lastStepMs,
      timerVersion: this.#timerVersion,
      timers: [...(this.#timers ?? [])].flat(),
      marks: this.#marks.freeze(),
      frozen: this.behavior.freeze(this.#state),
    });
  }

  describe(): Readonly<Record<string, unknown>> {
    return this.behavior.describe(this.#state);
  }

  /** Tells the states that are active now, whenever it is called; none when the behavior has no chart. */
  active(): () => readonly string[] {
    return this.behavior.chart?.active(this.#state) ?? NO_STATES;
  }

  /** Its whole state as it would be stored: for people who look into it. Part of it may be changed by the next step. */
  peek(): unknown {
    return this.behavior.freeze(this.#state);
  }

  #take({ state, effects }: Step<unknown>, cause: AnyMessage, outputs: Outputs): void {
    this.#state = state;
    for (const effect of effects) this.#takeEffect(effect, cause, outputs);
  }

  #takeEffect(effect: Effect, cause: AnyMessage, outputs: Outputs): void {
    switch (effect.kind) {
      case 'send':
        return outputs.send(this.address, ++this.#sequence, effect, cause, this.#lastStepMs);
      case 'publish':
        return outputs.publish(this.address, ++this.#sequence, effect, cause, this.#lastStepMs);
      case 'set-timer':
        this.#armed().set(effect.name, ++this.#timerVersion);
        return outputs.setTimer(this.address, effect.name, this.#timerVersion, effect.dueAtMs, effect.isPart === true ? cause : undefined);
      case 'cancel-timer':
        return this.#cancelTimer(effect.name, outputs);
      case 'execute':
        return outputs.execute(this.address, effect, cause);
    }
  }

  #cancelTimer(name: string, outputs: Outputs): void {
    const version = this.#timers?.get(name);
    if (version === undefined) return;
    this.#timers?.delete(name);
    outputs.cancelTimer(this.address, name, version);
  }

  #disarm(name: string, version: number): boolean {
    if (this.#timers?.get(name) !== version) return false;
    this.#timers.delete(name);
    return true;
  }

  #armed(): Map<string, number> {
    return (this.#timers ??= new Map());
  }
}
