/**
 * Exponential smoothing with a damped trend (Gardner and McKenzie 1985), with or without an additive season of a day (Holt and Winters),
 * to measure what one would earn as an expert: the product has none (decision 49 says why).
 */
import { QUANTILE_LEVELS, type ForecastModel, type ModelTask } from '../../src/models/index.ts';

/** Rates of the level, the trend and the season, and what is left of the trend after each interval. */
const RATES = { level: 0.2, trend: 0.05, season: 0.15, damping: 0.95 } as const;
/** Without a season older values weigh nothing. */
const WINDOW = 256;
const VALUES_MIN = 8;
const DAY_MS = 86_400_000;
/** A season is known after so many. */
const SEASONS_MIN = 1.5;

interface Smoothed {
  readonly level: number;
  readonly trend: number;
  /** Of the slots of a day, the slot of the newest value; one slot of 0 without a season. */
  readonly season: Float64Array;
  readonly newest: number;
}

/** @param window intervals that the forecaster keeps. */
export function createHolt(task: ModelTask, window: number, isSeasonal: boolean): ForecastModel {
  const slots = isSeasonal ? Math.round(DAY_MS / task.intervalMs) : 1;
  const season = new Float64Array(slots);
  return {
    task,
    read: (values, _, to) => {
      const smoothed = smooth(values, isSeasonal ? window : WINDOW, season);
      if (smoothed === undefined) return false;
      for (const [i, horizonMs] of task.horizonsMs.entries()) {
        const { end, most } = pathOf(smoothed, Math.round(horizonMs / task.intervalMs));
        to.fill(end, 2 * i * QUANTILE_LEVELS.length, (2 * i + 1) * QUANTILE_LEVELS.length);
        to.fill(most, (2 * i + 1) * QUANTILE_LEVELS.length, (2 * i + 2) * QUANTILE_LEVELS.length);
      }
      return true;
    },
  };
}

function smooth(values: { back(back: number): number }, window: number, season: Float64Array): Smoothed | undefined {
  const slots = season.length;
  let oldest = 0;
  while (oldest + 1 < window && !Number.isNaN(values.back(oldest + 1))) oldest += 1;
  if (oldest + 1 < (slots === 1 ? VALUES_MIN : SEASONS_MIN * slots)) return undefined;
  let [level, trend] = [0, 0];
  for (let k = 0; k < slots; k++) level += values.back(oldest - k) / slots;
  for (let k = 0; k < slots; k++) season[k] = slots === 1 ? 0 : values.back(oldest - k) - level;
  for (let back = slots === 1 ? oldest - 1 : oldest - slots; back >= 0; back--) {
    const slot = (oldest - back) % slots;
    const value = values.back(back);
    const usual = season[slot] as number;
    const expected = level + RATES.damping * trend;
    const next = expected + RATES.level * (value - usual - expected);
    trend = RATES.trend * (next - level) + (1 - RATES.trend) * RATES.damping * trend;
    level = next;
    if (slots > 1) season[slot] = usual + RATES.season * (value - level - usual);
  }
  return { level, trend, season, newest: oldest % slots };
}

/** The value after so many intervals, and the largest on the way. */
function pathOf({ level, trend, season, newest }: Smoothed, steps: number): { end: number; most: number } {
  let [sum, factor, end, most] = [level, 1, level, Number.NEGATIVE_INFINITY];
  for (let step = 1; step <= steps; step++) {
    factor *= RATES.damping;
    sum += factor * trend;
    end = sum + (season[(newest + step) % season.length] as number);
    most = Math.max(most, end);
  }
  return { end, most };
}
