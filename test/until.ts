/** What tests of real processes and servers wait with. */
import { createSystemClock } from '../src/adapters/system/clock.ts';

const clock = createSystemClock();
const LOOK_EVERY_MS = 20;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => void clock.setTimer(ms, resolve));

/** Looks until it is so. Rejects after `withinMs`. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string, withinMs = 60_000): Promise<void> {
  const endMs = clock.monotonicMs() + withinMs;
  while (!(await isSo())) {
    if (clock.monotonicMs() > endMs) throw new Error(`${what}: not so within ${withinMs} ms`);
    await pause(LOOK_EVERY_MS);
  }
}
