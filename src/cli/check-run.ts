import { formatDuration } from '../config/duration.ts';
import type { ConfiguredPool } from '../config/settings.ts';
import { createSystemClock } from '../adapters/system/clock.ts';
import { withHolidays } from './calendars.ts';
import { describeTarget } from './describe-target.ts';
import type { Output } from './output.ts';
import { readConfig } from './up/flags.ts';

/** @throws InputError */
export async function runCheck(file: string, output: Output): Promise<void> {
  const { pools } = await withHolidays(readConfig(file), createSystemClock().nowMs());
  output.out(`${file} can be used.\n${pools.map((pool) => `  ${poolText(pool)}\n`).join('')}`);
}

function poolText({ pool, intervalMs, horizonsMs, planner, autonomy, target }: ConfiguredPool): string {
  const horizons = horizonsMs.map(formatDuration).join(', ');
  const level = autonomy?.level ?? 'full';
  const trust = level === 'full' ? '' : `; ${level === 'shadow' ? 'in shadow: it changes nothing' : level}`;
  const counts = `${planner.minReplicas} to ${planner.maxReplicas} replicas`;
  return `${pool}: ${counts} of ${describeTarget(target)}; every ${formatDuration(intervalMs)} a forecast for ${horizons}${trust}`;
}
