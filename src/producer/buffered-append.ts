/** Keeps what is on its way to the bus while the bus is away, within a bound: the oldest go first, and are counted. */
import { BusError, type Bus, type NewEntry } from '../ports/bus.ts';
import { sleep, type Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Meter } from '../ports/meter.ts';

export interface BufferedAppendOptions {
  readonly bus: Pick<Bus, 'append'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Calls that wait at the most; the entries of one call stay together. Default 20,000. */
  readonly waitingMax?: number;
  /** Between attempts while the bus refuses, milliseconds. Default 100. */
  readonly retryMs?: number;
}

export interface BufferedAppend extends Pick<Bus, 'append'> {
  /** Calls that wait. */
  readonly waiting: number;
  /** Sends what waits; resolves when nothing waits, the bus is closed, or `withinMs` is over. */
  flush(withinMs: number): Promise<void>;
}

/** Entries sent in one go. */
const BATCH_ENTRIES_MAX = 512;

export function createBufferedAppend(options: BufferedAppendOptions): BufferedAppend {
  const { bus, clock, log, meter, waitingMax = 20_000, retryMs = 100 } = options;
  let waiting: (readonly NewEntry[])[] = [];
  let isRefused = false;
  let sending: Promise<void> | undefined;

  const nextBatch = (): number => {
    let entries = 0;
    let calls = 0;
    for (const call of waiting) {
      if (calls > 0 && entries + call.length > BATCH_ENTRIES_MAX) break;
      entries += call.length;
      calls += 1;
    }
    return calls;
  };

  const sendAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, nextBatch());
      try {
        await bus.append(batch.flat());
      } catch (error) {
        if (error instanceof BusError && error.code === 'closed') return;
        // Sent again in the same order: receivers drop by source and sequence what they have seen.
        if (!isRefused)
          log.warn({ error: error instanceof Error ? error.message : String(error) }, 'the bus takes nothing; observations wait');
        isRefused = true;
        await sleep(clock, retryMs);
        continue;
      }
      if (isRefused) log.info({ waiting: waiting.length }, 'the bus takes observations again');
      isRefused = false;
      // Some of the batch may have been given up meanwhile.
      const sent = new Set(batch);
      waiting = waiting.filter((call) => !sent.has(call));
    }
  };
  const send = (): Promise<void> =>
    (sending ??= sendAll().finally(() => {
      sending = undefined;
    }));

  return {
    async append(entries) {
      waiting.push(entries);
      if (waiting.length > waitingMax) {
        waiting.shift();
        meter.count('forescale_observations_dropped_total');
      }
      void send();
    },
    get waiting() {
      return waiting.length;
    },
    async flush(withinMs) {
      const late = new AbortController();
      await Promise.race([send(), sleep(clock, withinMs, late.signal)]);
      late.abort('sent');
    },
  };
}
