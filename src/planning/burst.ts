import { needOf, type Need } from './capacity.ts';
import type { BurstInput, ReportInput } from './inputs.ts';
import type { PlannerSettings } from './settings.ts';

/** What the load of the short window needs; undefined when that cannot be said. */
export function burstNeed(burst: BurstInput, report: ReportInput | null, { replicaCapacity }: PlannerSettings): Need | undefined {
  const { requestsPerSecond, usualPerSecond } = burst;
  // Requests are counted; what else they take is taken to grow with them.
  const factor = usualPerSecond > 0 ? requestsPerSecond / usualPerSecond : null;
  const loads = (report?.resources ?? [])
    .map(({ resource, current }) => ({
      resource,
      load: resource === 'requests' ? requestsPerSecond : current === null || factor === null ? null : current * factor,
    }))
    .filter(({ load }) => load !== null);
  return needOf(loads, replicaCapacity);
}
