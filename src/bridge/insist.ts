import { BusError } from '../ports/bus.ts';
import { sleep, type Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

export interface Insistence {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Between attempts, milliseconds. */
const RETRY_MS = 100;
const SAY_EVERY_MS = 60_000;

/** Tries until it succeeds. @throws what the last attempt said, once nobody waits any more. */
export async function insist<T>(what: string, attempt: () => Promise<T>, { clock, log, signal }: Insistence): Promise<T> {
  for (let saidMs = Number.NEGATIVE_INFINITY; ;) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted || (error instanceof BusError && error.code === 'closed')) throw error;
      const nowMs = clock.monotonicMs();
      if (nowMs - saidMs >= SAY_EVERY_MS) {
        log.warn({ what, error: error instanceof Error ? error.message : String(error) }, 'the bridge waits; nothing is lost meanwhile');
        saidMs = nowMs;
      }
      await sleep(clock, RETRY_MS, signal);
    }
  }
}
