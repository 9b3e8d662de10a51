import type { ForecasterSettings } from './forecast.ts';

export const HORIZONS_MAX = 8;
/** Longest horizon, in intervals. */
export const STEPS_MAX = 100_000;

export const MODELS_MAX = 4;
const MODEL_NAME = /^[a-z][a-z0-9-]{0,39}$/;

/** @throws RangeError that lists everything wrong with the settings. */
export function checkSettings({ intervalMs, horizonsMs, profile, warmupIntervals, models = [] }: ForecasterSettings): void {
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
  if (models.length > MODELS_MAX) wrong.push(`${models.length} models, wanted at most ${MODELS_MAX}`);
  if (!models.every((name, i) => MODEL_NAME.test(name) && models.indexOf(name) === i))
    wrong.push(`models are ${models.join(', ')}, wanted different names of lower-case letters, digits and dashes`);
  if (wrong.length > 0) throw new RangeError(wrong.join('; '));
}
