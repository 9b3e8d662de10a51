import type { Compute, NetworkEngineName } from '../../ports/compute.ts';
import { silentLog, type Log } from '../../ports/log.ts';
import type { TrainingJob, TrainingResult } from '../../protocol/training.ts';
import { fitJob } from './fit-job.ts';
import { learnJob } from './learn-job.ts';
import { createOpener } from './open-network.ts';

export interface InlineComputeOptions {
  /** Clock for the durations in results; without it they are 0, so that runs can be repeated to the byte. */
  readonly nowMs?: () => number;
  /** Default `kernel`. */
  readonly engine?: NetworkEngineName;
  readonly log?: Log;
}

/** Trains on the event loop, at once. For simulations, where time stands still meanwhile, and for tests. */
export function createInlineCompute({ nowMs = () => 0, engine = 'kernel', log = silentLog }: InlineComputeOptions = {}): Compute {
  return {
    train: (job) => Promise.resolve(fitJob(job, nowMs)),
    learn: (job) => learnJob(job, engine, nowMs, log),
    open: createOpener(),
    close: () => Promise.resolve(),
  };
}

/** One job of an analyzer, done at once. */
export const trainInline = (job: TrainingJob): Promise<TrainingResult> => Promise.resolve(fitJob(job, () => 0));
