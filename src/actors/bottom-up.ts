/** How producers' analyzers tell the total's what they forecast, and how it forecasts from that, too. */
import { outlookOfPart, type PartOutlook } from '../models/bottom-up.ts';
import { plaAddress } from '../protocol/address.ts';
import type { ProducerOutlook } from '../protocol/producer-outlook.ts';
import { RESOURCES } from '../protocol/resource.ts';
import type { Effect } from '../runtime/behavior.ts';
import { send } from '../runtime/machine.ts';
import type { Analyzer } from './analyzer.ts';
import { roundLoad } from './measure.ts';

/** Newest outlooks by producer. */
export type Parts = Map<string, ProducerOutlook>;

/** Producers whose outlooks are kept. */
const PARTS_MAX = 10_000;
/** An outlook comes when the total's interval may be closed already, so it is one interval old; older ones are of producers that are gone. */
const AGE_MAX_INTERVALS = 2;

/** What a producer's analyzer tells after an interval; nothing while it is not ready. */
export function tellOutlook({ rules, producer, series, lastMs, rates }: Analyzer): readonly Effect[] {
  const { pool, intervalMs, bottomUp } = rules.settings;
  if (bottomUp !== true || producer === null || lastMs === null) return [];
  const resources = RESOURCES.flatMap((resource, i) => {
    const last = rates[i as 0 | 1 | 2 | 3];
    const forecasts = series.latest[i] ?? [];
    if (forecasts.length === 0 || Number.isNaN(last)) return [];
    const { means, variances } = outlookOfPart(last, forecasts);
    return [{ resource, last: roundLoad(last), means: means.map(roundLoad), variances: variances.map(roundLoad) }];
  });
  if (resources.length === 0) return [];
  return [send(plaAddress(pool, null), 'producer-outlook', { pool, producer, originMs: lastMs, intervalMs, resources })];
}

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
