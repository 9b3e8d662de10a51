import type { ForecastModel, ModelTask } from './forecast-model.ts';
import type { Forecast } from './forecast.ts';
import { varianceOf } from './quality.ts';
import { LEVELS } from './quantile-tracker.ts';

/** What is forecast of one part of a total: its last value, and mean and variance of each answer (horizon-major, `point` before `max`). */
export interface PartOutlook {
  readonly last: number;
  readonly means: readonly number[];
  readonly variances: readonly number[];
}

/** Parts that make up less of the total than this say too little of it. */
const COVERED_MIN = 0.5;
/** Quantiles of the normal distribution at the nine levels. */
const NORMAL = [-1.6449, -1.2816, -0.6745, 0, 0.6745, 1.2816, 1.6449, 1.96, 2.3263];

export function outlookOfPart(last: number, forecasts: readonly Forecast[]): PartOutlook {
  return {
    last,
    means: forecasts.map(({ mean }) => mean),
    variances: forecasts.map(({ mean, quantiles }) => varianceOf(quantiles, mean)),
  };
}

/**
 * Forecasts a total from the forecasts of its parts: their mean changes added up, and their variances as if they were independent
 * (how far that is off is measured, as of any model). It says changes from the total's own last value, so it is right about the level
 * whichever parts are known, and even if what it has of them is an interval old.
 */
export class BottomUp implements ForecastModel {
  readonly task: ModelTask;
  private last = 0;
  private readonly means: Float64Array;
  private readonly variances: Float64Array;

  constructor(task: ModelTask) {
    this.task = task;
    this.means = new Float64Array(2 * task.horizonsMs.length);
    this.variances = new Float64Array(this.means.length);
  }

  /** Takes the parts in the place of those before. Those with other answers than the task's are left out. */
  take(parts: Iterable<PartOutlook>): void {
    const { means, variances } = this;
    this.last = 0;
    means.fill(0);
    variances.fill(0);
    for (const part of parts) {
      if (part.means.length !== means.length || part.variances.length !== means.length) continue;
      this.last += part.last;
      for (let i = 0; i < means.length; i++) {
        means[i] = (means[i] as number) + (part.means[i] as number);
        variances[i] = (variances[i] as number) + (part.variances[i] as number);
      }
    }
  }

  read(values: Parameters<ForecastModel['read']>[0], _newestMs: number, to: Float64Array): boolean {
    const total = values.back(0);
    if (!(this.last > 0 && this.last >= COVERED_MIN * total)) return false;
    const scale = total / this.last;
    for (let i = 0; i < this.means.length; i++) {
      const mean = total + ((this.means[i] as number) - this.last) * scale;
      const deviation = Math.sqrt(this.variances[i] as number) * scale;
      for (let j = 0; j < LEVELS; j++) to[i * LEVELS + j] = mean + (NORMAL[j] as number) * deviation;
    }
    return true;
  }
}
