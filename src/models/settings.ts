import type { ForecasterSettings } from './forecast.ts';

export const HORIZONS_MAX = 8;
/** Longest horizon, in intervals. */
export const STEPS_MAX = 100_000;

/** @throws RangeError that lists everything wrong with the settings. */
export function checkSettings({ intervalMs, horizonsMs, profile, warmupIntervals }: ForecasterSettings): void {
  const wrong: string[] = [];
  if (!(Number.isInteger(intervalMs) && intervalMs >= 1)) wrong.push(`intervalMs is ${intervalMs}, wanted a whole number of at least 1`);
  if (horizonsMs.length < 1 || horizonsMs.length > HORIZONS_MAX) wrong.push(`${horizonsMs.length} horizons, wanted 1 to ${HORIZONS_MAX}`);
  for (const [i, horizonMs] of horizonsMs.entries()) {
    const steps = horizonMs / intervalMs;
    if (!(Number.isInteger(steps) && steps >= 1 && steps <= STEPS_MAX)) {
      wrong.push(`horizon ${horizonMs} ms, wanted 1 to ${STEPS_MAX} whole intervals of ${intervalMs} ms`);
    }
    if (i > 0 && horizonMs <= (horizonsMs[i - 1] ?? 0)) wrong.push(`horizon ${horizonMs} ms, wanted more than the one before it`);
  }
  if (profile !== 'slim' && profile !== 'full') wrong.push(`profile is ${String(profile)}, wanted slim or full`);
  if (!(Number.isInteger(warmupIntervals) && warmupIntervals >= 1)) wrong.push(`warmupIntervals is ${warmupIntervals}, wanted at least 1`);
  if (wrong.length > 0) throw new RangeError(wrong.join('; '));
}
