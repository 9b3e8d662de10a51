import type { PartOutlook } from '../models/bottom-up.ts';
import type { ProducerOutlook } from '../protocol/producer-outlook.ts';
import { RESOURCES } from '../protocol/resource.ts';

/** Newest outlooks by producer. */
export type Parts = Map<string, ProducerOutlook>;

/** Producers whose outlooks are kept. */
const PARTS_MAX = 10_000;
/** An outlook comes when the total's interval may be closed already, so it is one interval old; older ones are of producers that are gone. */
const AGE_MAX_INTERVALS = 2;

export function takeOutlook(parts: Parts, outlook: ProducerOutlook): void {
  parts.delete(outlook.producer);
  parts.set(outlook.producer, outlook);
  const oldest = parts.size > PARTS_MAX ? parts.keys().next().value : undefined;
  if (oldest !== undefined) parts.delete(oldest);
}

/** The parts of each resource that are known when an interval of the total is closed. Who is gone is forgotten. */
export function partsAt(parts: Parts, startMs: number, intervalMs: number): readonly (readonly PartOutlook[])[] {
  for (const [producer, { originMs }] of parts) if (originMs < startMs - AGE_MAX_INTERVALS * intervalMs) parts.delete(producer);
  const known = [...parts.values()].filter((outlook) => outlook.intervalMs === intervalMs);
  return RESOURCES.map((resource) => known.flatMap(({ resources }) => resources.filter((one) => one.resource === resource)));
}
