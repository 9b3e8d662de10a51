/** From a broker's queue to the bus: at least once, in order, repeats dropped, what cannot be carried set aside with its reason. */
import type { Bus, NewEntry } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Meter } from '../ports/meter.ts';
import type { Queue, QueueMessage } from '../ports/queue.ts';
import { shardOf } from '../protocol/address.ts';
import { decodeMessage } from '../protocol/codec.ts';
import { Marks } from '../runtime/marks.ts';
import { insist } from './insist.ts';
import { isInbound, receiversOf } from './receivers.ts';
import type { InboundSettings } from './settings.ts';

export interface CarryContext {
  readonly bridge: string;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** Senders whose repeats are known here. The receivers know them durably; this only spares the bus a queue that redelivers for ever. */
const SENDERS_MAX = 100_000;
/** Entries given to the bus at once. */
const APPEND_MAX = 512;
const REASON_MAX = 500;

/** Runs until the signal. */
export function carryIn(
  { from, dead, accept }: InboundSettings,
  { bridge, queue, clock, log, meter }: CarryContext,
  bus: Pick<Bus, 'append'>,
  signal: AbortSignal,
): Promise<void> {
  const marks = new Marks(SENDERS_MAX);
  const patience = { clock, log, signal };
  const count = (outcome: string, amount: number): void => {
    if (amount > 0) meter.count('forescale_bridge_messages_total', { bridge, direction: 'in', outcome }, amount);
  };
  const toLetter = (message: QueueMessage, code: string, reason: string): QueueMessage => ({
    ...message,
    headers: { ...message.headers, 'forescale-code': code, 'forescale-reason': reason.slice(0, REASON_MAX), 'forescale-from': from },
  });

  /** The entries of a message, none for a repeat, or the letter that it becomes. */
  const read = (message: QueueMessage): readonly NewEntry[] | QueueMessage => {
    const { body, contentType } = message;
    const decoded = decodeMessage(body, contentType);
    if (!decoded.ok) return toLetter(message, decoded.error.code, describe(decoded.error));
    const { name, source, incarnation, sequence } = decoded.message;
    if (!isInbound(decoded.message) || !accept.some((accepted) => accepted === name))
      return toLetter(message, 'not-accepted', `This bridge takes ${accept.join(', ')}, not ${name}.`);
    // Counted as seen before the bus has it: batches come one by one, and this one is not given up before it has.
    if (sequence > 0 && !marks.accept(source, incarnation, sequence)) return [];
    return receiversOf(decoded.message).map((to) => ({ shard: shardOf(to), to, contentType, body, atMs: clock.nowMs() }));
  };

  const take = async (batch: readonly QueueMessage[]): Promise<void> => {
    const letters: QueueMessage[] = [];
    const entries: NewEntry[] = [];
    let carried = 0;
    for (const message of batch) {
      const outcome = read(message);
      if ('body' in outcome) letters.push(outcome);
      else if (outcome.length > 0) {
        entries.push(...outcome);
        carried += 1;
      }
    }
    if (letters.length > 0) {
      await insist('dead letters', () => queue.send({ kind: 'queue', name: dead }, letters), patience);
      const [first] = letters;
      log.warn({ from, dead, letters: letters.length, reason: first?.headers['forescale-reason'] }, 'messages cannot be carried');
    }
    for (let start = 0; start < entries.length; start += APPEND_MAX)
      await insist('the bus', () => bus.append(entries.slice(start, start + APPEND_MAX)), patience);
    count('carried', carried);
    count('repeat', batch.length - carried - letters.length);
    count('dead', letters.length);
  };
  return queue.receive(from, take, signal);
}

function describe({ message, problems }: { readonly message: string; readonly problems: readonly { readonly path: string }[] }): string {
  return problems.length === 0 ? message : `${message} (${problems.map(({ path }) => path).join(', ')})`;
}
