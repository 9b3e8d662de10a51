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
  /** Active states after it; empty when its behavior has no chart or it is gone. */
  readonly active: readonly string[];
}

export type TapListener = (delivered: Delivered) => void;

/**
 * Where somebody may listen to what actors take. Nobody listens by default, and then it costs a comparison. A listener must
 * not keep the entry's bytes for long, and must be quick: the actor waits for it.
 */
export class Tap {
  listener: TapListener | undefined;

  tell(record: ActorRecord, entry: BusEntry, message: AnyMessage, outcome: Delivered['outcome']): void {
    const { listener } = this;
    if (listener === undefined) return;
    try {
      const active = outcome === 'failed' || outcome === 'done' ? [] : (record.cell?.active() ?? []);
      listener({ address: record.address, entry, message, outcome, active });
    } catch {
      // Whoever looks may not harm what is looked at.
      this.listener = undefined;
    }
  }
}
