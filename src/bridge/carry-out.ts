/** From the public streams of the bus to a broker: at least once, in order. Readers drop repeats by source and sequence. */
import { START, type Bus } from '../ports/bus.ts';
import { sleep } from '../ports/clock.ts';
import type { QueueMessage } from '../ports/queue.ts';
import { decodeMessage, encodeMessage } from '../protocol/codec.ts';
import type { CarryContext } from './carry-in.ts';
import { insist } from './insist.ts';
import type { OutboundSettings } from './settings.ts';

type PublicStreams = Pick<Bus, 'readTopic' | 'readBookmark' | 'writeBookmark'>;

const READ_MAX = 500;
/** Between looks at a stream that had nothing new, milliseconds. */
const LOOK_EVERY_MS = 200;

/** Runs until the signal. */
export async function carryOut(
  { to, topics }: OutboundSettings,
  context: CarryContext,
  bus: PublicStreams,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(topics.map((topic) => carryTopic(topic, to, context, bus, signal)));
}

async function carryTopic(topic: string, to: string, context: CarryContext, bus: PublicStreams, signal: AbortSignal): Promise<void> {
  const { bridge, queue, clock, log, meter } = context;
  const patience = { clock, log, signal };
  const bookmark = `bridge:${bridge}:${topic}`;
  try {
    let after = (await insist('the bus', () => bus.readBookmark(bookmark), patience)) ?? START;
    while (!signal.aborted) {
      const entries = await insist('the bus', () => bus.readTopic(topic, after, READ_MAX), patience);
      const last = entries.at(-1);
      if (last === undefined) {
        await sleep(clock, LOOK_EVERY_MS, signal);
        continue;
      }
      const messages = entries.flatMap(({ body, contentType }) => toQueueMessage(body, contentType));
      await insist('the broker', () => queue.send({ kind: 'topic', name: to }, messages), patience);
      // Only now: a bridge that ends in between sends these again, and readers drop them.
      await insist('the bus', () => bus.writeBookmark(bookmark, last.id), patience);
      after = last.id;
      meter.count('forescale_bridge_messages_total', { bridge, direction: 'out', outcome: 'carried' }, messages.length);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** In the standardized JSON, whatever the actors speak among each other; none for what cannot be read. */
function toQueueMessage(body: Uint8Array, contentType: QueueMessage['contentType']): readonly QueueMessage[] {
  const decoded = decodeMessage(body, contentType);
  if (!decoded.ok) return [];
  const { message } = decoded;
  const pool = 'pool' in message.data && typeof message.data.pool === 'string' ? message.data.pool : 'none';
  const key = `${message.name}.${pool}`;
  return [
    { body: encodeMessage(message, 'application/json'), contentType: 'application/json', key, headers: { 'message-id': message.id } },
  ];
}
