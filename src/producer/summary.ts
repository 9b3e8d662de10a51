import type { Observation } from '../protocol/observation.ts';

/** What a producer's own analyzer is told: what it reads. All else is the pool's total's, and most of the bytes. */
export function summaryOf({ pool, producer, intervalStartMs, intervalMs, load, bySource, final }: Observation): Observation {
  const read = { pool, producer, intervalStartMs, intervalMs, load, ...noTables(bySource) };
  return final === undefined ? read : { ...read, final };
}

/** For the total, while the tables of types and sources wait for a later observation. */
export function untilTables(observation: Observation): Observation {
  return { ...observation, ...noTables(observation.bySource), tables: { intervalMs: 0 } };
}

function noTables({ distinct }: Observation['bySource']): Pick<Observation, 'byType' | 'bySource'> {
  return { byType: {}, bySource: { distinct, top: [] } };
}
