import type { PoolSettings } from '../../src/actors/pool-settings.ts';
import type { Observation } from '../../src/protocol/observation.ts';

/** One producer's observation of `requestsPerSecond`, with CPU to match and nothing else. */
export function observation(
  settings: Pick<PoolSettings, 'pool' | 'intervalMs'>,
  producer: string,
  intervalStartMs: number,
  requestsPerSecond: number,
  given: Partial<Observation> = {},
): Observation {
  const requests = (requestsPerSecond * settings.intervalMs) / 1_000;
  return {
    pool: settings.pool,
    producer,
    intervalStartMs,
    intervalMs: settings.intervalMs,
    load: { requests, cpuSeconds: requests / 200, memoryBytes: 0, networkBytes: 0 },
    byType: {},
    bySource: { distinct: 1, top: [] },
    ...given,
  };
}
