import { outlookOfPart } from '../models/bottom-up.ts';
import { plaAddress } from '../protocol/address.ts';
import { RESOURCES } from '../protocol/resource.ts';
import type { Effect } from '../runtime/behavior.ts';
import { send } from '../runtime/machine.ts';
import type { Analyzer } from './analyzer.ts';
import { roundLoad } from './measure.ts';

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
