import type { BusEntry } from '../ports/bus.ts';
import type { AnyMessage } from '../protocol/message.ts';
import type { ActorRecord } from './actor-record.ts';
import { Cell, type Delivery, type Outputs } from './cell.ts';

/** The runtime's own timer of an actor: the end of a back-off. Its version is the time, epoch ms. */
export const RESUME_TIMER = '~resume';

/** Gives an entry to an actor, which is brought to life if it has no state yet. Throws what the behavior throws. */
export function deliver(record: ActorRecord, entry: BusEntry, message: AnyMessage, sourcesMax: number, outputs: Outputs): Delivery {
  const { address, behavior } = record;
  if (behavior === undefined) throw new Error(`no behavior is registered for ${address}`);
  record.cell ??= Cell.start(address, behavior, entry.atMs, sourcesMax, message, outputs);
  return record.cell.deliver(message, entry.atMs, entry.replayed === true, outputs);
}

/** A person's command to the runtime: let the actor that it is addressed to go on. The actor itself never sees it. */
export function isResumeCommand(message: AnyMessage, to: string): boolean {
  return message.name === 'control' && message.data.command === 'resume-actor' && (message.data.actor ?? to) === to;
}

/** Entries that the runtime takes itself, in a replay as in the first run. */
export function isForRuntime(message: AnyMessage, to: string): boolean {
  return (message.name === 'timer-fired' && message.data.name === RESUME_TIMER) || isResumeCommand(message, to);
}
