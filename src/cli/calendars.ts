import { holidaysOf } from '../adapters/calendar/holidays.ts';
import type { ConfiguredPool, NodeSettings } from '../config/settings.ts';
import { ProblemList } from '../problems.ts';

/**
 * Holidays of the pools' calendars become events of the pools. The package that knows them is loaded only if there is a calendar.
 * @throws InputError
 */
export async function withHolidays(settings: NodeSettings, nowMs: number): Promise<NodeSettings> {
  const problems = new ProblemList();
  const pools = await Promise.all(settings.pools.map((pool) => poolWithHolidays(pool, nowMs, problems)));
  problems.throwIfAny();
  return { ...settings, pools };
}

async function poolWithHolidays(pool: ConfiguredPool, nowMs: number, problems: ProblemList): Promise<ConfiguredPool> {
  if (pool.calendar === undefined) return pool;
  const holidays = await holidaysOf(pool.calendar, nowMs);
  if ('name' in holidays) return { ...pool, events: [...(pool.events ?? []), holidays] };
  problems.add(`pools.${pool.pool}.calendar.${holidays.option}`, holidays.wanted, holidays.found);
  return pool;
}
