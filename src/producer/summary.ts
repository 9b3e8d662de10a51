import type { Observation } from '../protocol/observation.ts';

/**
 * What a producer's own analyzer is told: all but the tables of types and sources, which are most of the bytes. Only the pool's
 * total reads them.
 */
export function summaryOf(observation: Observation): Observation {
  return { ...observation, byType: {}, bySource: { distinct: observation.bySource.distinct, top: [] } };
}
