import { createRandom } from '../../adapters/system/random.ts';
import { DEMO_LOAD, DEMO_PAST_CYCLES } from '../../demo/config.ts';
import { drawPast } from '../../demo/past.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { pastIntervals } from '../history.ts';
import { tellHistory } from '../tell-history.ts';

/**
 * Tells the demo's pool what its load was before it was watched, as `forescale bootstrap` does with a log of yours: the clients go on where
 * it ends.
 * @returns when the present cycle of the load began, epoch ms.
 */
export async function tellDemoPast(bus: Pick<Bus, 'append'>, pool: string, intervalMs: number, clock: Clock): Promise<number> {
  const values = drawPast(DEMO_LOAD, DEMO_PAST_CYCLES, createRandom(DEMO_LOAD.seed).fork('past'));
  const endMs = Math.floor(clock.nowMs() / intervalMs) * intervalMs;
  const trace = { kind: 'series', name: pool, intervalMs, startMs: endMs - values.length * intervalMs, values } as const;
  await tellHistory(bus, pool, [...pastIntervals(pool, trace, 'demo', clock.nowMs())], clock);
  return endMs;
}
