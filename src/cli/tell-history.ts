import { BusError, type Bus, type NewEntry } from '../ports/bus.ts';
import { sleep, type Clock } from '../ports/clock.ts';
import { plaAddress, shardOf } from '../protocol/address.ts';
import { createMessage } from '../protocol/create-message.ts';
import { encodeMessage } from '../protocol/encode.ts';
import type { PastInterval } from './history.ts';

const BATCH_MAX = 256;
const RETRY_EVERY_MS = 250;
/** A stream that is at its limit for so long is not being read. */
const PATIENCE_MS = 60_000;
const CONTENT_TYPE = 'application/msgpack';

/**
 * Sends the past of a pool to its producers and to its total, in order.
 * @param onTold is told how many intervals have been sent.
 * @throws BusError when the bus takes no more for a minute.
 */
export async function tellHistory(
  bus: Pick<Bus, 'append'>,
  pool: string,
  past: readonly PastInterval[],
  clock: Clock,
  onTold: (intervals: number) => void = () => {},
): Promise<void> {
  const incarnation = clock.nowMs();
  const sequences = new Map<string, number>();
  for (let at = 0; at < past.length; at += BATCH_MAX) {
    const atMs = clock.nowMs();
    const entries = past.slice(at, at + BATCH_MAX).flatMap(({ producer, observation }): NewEntry[] => {
      const sequence = (sequences.get(observation.producer) ?? 0) + 1;
      sequences.set(observation.producer, sequence);
      const origin = { source: `producer/${pool}/${observation.producer}`, incarnation, sequence, timeMs: atMs };
      const body = encodeMessage(createMessage('observation', observation, origin), CONTENT_TYPE);
      const receivers = [...(producer === null ? [] : [plaAddress(pool, producer)]), plaAddress(pool, null)];
      return receivers.map((to) => ({ shard: shardOf(to), to, contentType: CONTENT_TYPE, body, atMs }));
    });
    await append(bus, entries, clock);
    onTold(Math.min(past.length, at + BATCH_MAX));
  }
}

/** While a stream is at its limit, the nodes have to take what is there first. */
async function append(bus: Pick<Bus, 'append'>, entries: readonly NewEntry[], clock: Clock): Promise<void> {
  const endMs = clock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    try {
      return await bus.append(entries);
    } catch (error) {
      if (!(error instanceof BusError && error.code === 'full') || clock.monotonicMs() > endMs) throw error;
      await sleep(clock, RETRY_EVERY_MS);
    }
  }
}
