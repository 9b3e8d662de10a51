import type { BusEntry } from '../ports/bus.ts';
import type { AnyMessage } from '../protocol/message.ts';
import type { ActorRecord } from './actor-record.ts';
import type { Delivery } from './cell.ts';

/** One message that an actor took, and where it stood after it. */
export interface Delivered {
  readonly address: string;
  readonly entry: BusEntry;
  readonly message: AnyMessage;
  readonly outcome: Delivery | 'failed';
  /** Tells the states that were active after it; none when its behavior has no chart or it is gone. */
  readonly active: () => readonly string[];
}

const NOWHERE = (): readonly string[] => [];

export type TapListener = (delivered: Delivered) => void;

/**
 * Where somebody may listen to what actors take. Nobody listens by default, and then it costs a comparison. A listener must
 * not keep the entry's bytes for long, and must be quick: the actor waits for it.
 */
export class Tap {
  #listeners: readonly TapListener[] = [];

  /** Returns what ends it. */
  listen(listener: TapListener): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => this.#drop(listener);
  }

  tell(record: ActorRecord, entry: BusEntry, message: AnyMessage, outcome: Delivered['outcome']): void {
    if (this.#listeners.length === 0) return;
    const { cell, address } = record;
    const active = outcome === 'failed' || outcome === 'done' || cell === undefined ? NOWHERE : cell.active();
    for (const listener of this.#listeners) {
      try {
        listener({ address, entry, message, outcome, active });
      } catch {
        // Whoever looks may not harm what is looked at.
        this.#drop(listener);
      }
    }
  }

  #drop(listener: TapListener): void {
    this.#listeners = this.#listeners.filter((one) => one !== listener);
  }
}
