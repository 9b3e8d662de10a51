import { fitSeries } from '../../models/index.ts';
import type { TrainingJob, TrainingResult } from '../../protocol/training.ts';

/**
 * Does a training job: fits each series of it. Expected failures and the trainer's own are returned, never thrown: a job
 * that cannot be done must not take the trainer with it.
 *
 * @param nowMs a clock for the time it took; a simulation gives one that stands still.
 */
export function fitJob(job: TrainingJob, nowMs: () => number): TrainingResult {
  const startedMs = nowMs();
  const { version } = job;
  try {
    const models = job.series.map(({ resource, intervalMs, startMs, values }) => ({
      resource,
      model: fitSeries({ intervalMs, startMs, values, cycles: job.cycles ?? true }),
    }));
    return { version, ok: true, durationMs: elapsed(startedMs, nowMs()), models };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { version, ok: false, error: message, durationMs: elapsed(startedMs, nowMs()), models: [] };
  }
}

export function failedJob(job: TrainingJob, error: string, durationMs = 0): TrainingResult {
  return { version: job.version, ok: false, error, durationMs, models: [] };
}

function elapsed(fromMs: number, toMs: number): number {
  return Math.max(0, toMs - fromMs);
}
