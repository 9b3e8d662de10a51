import type { TrainingJob, TrainingResult } from '../../protocol/training.ts';
import { fitJob } from './fit-job.ts';

/** Does training jobs. Never rejects for a job that cannot be done: the result says so. */
export interface Trainer {
  train(job: TrainingJob, signal?: AbortSignal): Promise<TrainingResult>;
  /** Fails what is waiting and stops. */
  close(): Promise<void>;
}

/**
 * Trains on the event loop, at once. For simulations, where time stands still meanwhile, and for tests.
 *
 * @param nowMs clock for the duration in results; without it the duration is 0, so that runs can be repeated to the byte.
 */
export function createInlineTrainer(nowMs: () => number = () => 0): Trainer {
  return {
    train: (job) => Promise.resolve(fitJob(job, nowMs)),
    close: () => Promise.resolve(),
  };
}

/** One job, trained at once. */
export const trainInline = (job: TrainingJob): Promise<TrainingResult> => createInlineTrainer().train(job);
