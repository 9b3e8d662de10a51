import type { Outlook } from './outlook.ts';
import type { ReportInput } from './inputs.ts';

/**
 * Nothing at all is a promise of its own: forecasts are hardly ever exactly zero, and the first request after nothing waits
 * for a whole start. So whether a pool may sleep is asked in requests, not in rounded replicas.
 */
export type Sleep =
  /** Less than one request is expected until a replica asked for at the next review could be ready. */
  | 'sleep'
  /** A request is expected by then. */
  | 'wake'
  /** Requests came within the reactive window, or nothing is known. */
  | 'stay';

/** Half a request in an interval: the forecast says that none comes. */
const EXPECTED_REQUESTS = 0.5;

export function sleepOf(report: ReportInput, { now, recent, upTo }: Outlook): Sleep {
  if (now === undefined || recent === undefined) return 'stay';
  if (now.load > 0) return 'wake';
  const isExpected = upTo !== undefined && upTo.load > idleLoad(report, upTo.bottleneck);
  if (isExpected) return 'wake';
  return recent.load > 0 ? 'stay' : 'sleep';
}

/** Load that is taken for none. Only requests can be counted; of any other resource nothing is none. */
function idleLoad({ intervalMs }: ReportInput, resource: string): number {
  return resource === 'requests' ? (EXPECTED_REQUESTS * 1_000) / intervalMs : 0;
}
