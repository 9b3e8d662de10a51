/**
 * An expert for intermittent demand, to measure what one would earn: the product has none (decision 39 says why). Whether there is
 * demand at all and how large it then is are smoothed apart (Teunter, Syntetos and Babai 2011); its quantiles come from the sizes that
 * were met (Willemain, Smart and Schwarz 2004).
 */
import { QUANTILE_LEVELS, type ForecastModel, type ModelTask } from '../../src/models/index.ts';

/** Intervals looked at: what a slim series keeps. */
const WINDOW = 1_440;
/** Share of each new interval in the chance of demand, and of each new demand in the sizes. */
const CHANCE_RATE = 0.02;
const SIZE_RATE = 0.02;
const DEMANDS_MIN = 3;

export function createIntermittent(task: ModelTask): ForecastModel {
  return {
    task,
    read: (values, _, to) => {
      const { chance, sizes } = demandOf(values);
      if (sizes.length < DEMANDS_MIN) return false;
      for (const [i, horizonMs] of task.horizonsMs.entries()) {
        for (const [k, tries] of [1, horizonMs / task.intervalMs].entries()) {
          for (const [j, level] of QUANTILE_LEVELS.entries()) {
            to[(2 * i + k) * QUANTILE_LEVELS.length + j] = quantileOf(sizes, chance, level ** (1 / tries));
          }
        }
      }
      return true;
    },
  };
}

interface Demand {
  readonly size: number;
  readonly weight: number;
}

/** The chance of demand in an interval, and the sizes met, smallest first, with weights that sum to 1. */
function demandOf(values: { back(back: number): number }): { chance: number; sizes: readonly Demand[] } {
  const sizes: Demand[] = [];
  let [chance, seen, weight, size, all] = [0, 0, 1, 1, 0];
  for (let back = 0; back < WINDOW; back++) {
    const value = values.back(back);
    if (Number.isNaN(value)) continue;
    seen += weight;
    if (value > 0) {
      chance += weight;
      sizes.push({ size: value, weight: size });
      all += size;
      size *= 1 - SIZE_RATE;
    }
    weight *= 1 - CHANCE_RATE;
  }
  const sorted = sizes.map((one) => ({ ...one, weight: one.weight / all })).sort((a, b) => a.size - b.size);
  return { chance: chance / seen, sizes: sorted };
}

/** Of what comes in one interval. */
function quantileOf(sizes: readonly Demand[], chance: number, level: number): number {
  let below = 1 - chance;
  if (below >= level) return 0;
  for (const { size, weight } of sizes) {
    below += chance * weight;
    if (below >= level) return size;
  }
  return sizes.at(-1)?.size ?? 0;
}
