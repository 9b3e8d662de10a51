/**
 * A model of your own: it knows something that no history of the load tells in time, here when batch jobs start, and says what the load
 * will be then. It need not be good at anything else: it competes with the experts, its errors are measured, and it weighs as much as it
 * earns at each horizon and quantile.
 */
import type { ForecastModel, ModelTask, ValueSource } from '../../src/models/index.ts'; // In a program of yours: 'forescale/models'.

const LEVELS = 9;

export interface BatchJobs {
  /** Starts of the jobs, ascending, epoch ms: from your scheduler. */
  readonly startsMs: readonly number[];
  readonly durationMs: number;
  /** Requests per second that a job makes. */
  readonly load: number;
}

/** A pure function of the values and the time: the same values give the same answers, so a replay does, too. */
export function createBatchJobModel(task: ModelTask, jobs: BatchJobs): ForecastModel {
  const { intervalMs, horizonsMs } = task;
  return {
    task,
    read(values, newestMs, to) {
      const level = usualLevel(values, newestMs, intervalMs, jobs);
      if (level === undefined) return false;
      for (const [h, horizonMs] of horizonsMs.entries()) {
        // `point`: the value at the horizon. `max`: the largest until then.
        const point = level + jobLoad(jobs, newestMs + horizonMs);
        let max = 0;
        for (let aheadMs = intervalMs; aheadMs <= horizonMs; aheadMs += intervalMs)
          max = Math.max(max, level + jobLoad(jobs, newestMs + aheadMs));
        // One number for all quantiles: how far off it is wont to be is measured, not believed.
        to.fill(point, 2 * h * LEVELS, (2 * h + 1) * LEVELS);
        to.fill(max, (2 * h + 1) * LEVELS, (2 * h + 2) * LEVELS);
      }
      return true;
    },
  };
}

export function jobLoad({ startsMs, durationMs, load }: BatchJobs, timeMs: number): number {
  return startsMs.some((startMs) => timeMs >= startMs && timeMs < startMs + durationMs) ? load : 0;
}

/** Mean of the newest ten values without what jobs made of them; undefined where none was measured. */
function usualLevel(values: ValueSource, newestMs: number, intervalMs: number, jobs: BatchJobs): number | undefined {
  let sum = 0;
  let count = 0;
  for (let back = 0; back < 10; back++) {
    const value = values.back(back);
    if (Number.isNaN(value)) continue;
    sum += value - jobLoad(jobs, newestMs - back * intervalMs);
    count += 1;
  }
  return count === 0 ? undefined : sum / count;
}
