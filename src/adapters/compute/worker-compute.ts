import type { Compute, NetworkEngineName, NetworkResult } from '../../ports/compute.ts';
import { silentLog } from '../../ports/log.ts';
import type { TrainingResult } from '../../protocol/training.ts';
import type { FitOrder, LearnOrder } from './compute-thread.ts';
import { failedJob } from './fit-job.ts';
import { JobThread, type ThreadOptions } from './job-thread.ts';
import { failedLesson } from './learn-job.ts';
import { createOpener } from './open-network.ts';

export interface WorkerComputeOptions extends Partial<ThreadOptions> {
  /** Who trains the network. Default `kernel`. */
  readonly engine?: NetworkEngineName;
}

const DEFAULTS: ThreadOptions = { queueMax: 256, timeLimitMs: 60_000, heapMaxMb: 512, log: silentLog };
/** Networks are trained seldom; one for each set of interval and horizons may wait. */
const LESSONS_MAX = 16;

/**
 * Trains in worker threads, so that no training ever holds up leases, requests or steps: one thread for the short jobs of
 * analyzers, another for the network, whose trainings take seconds.
 */
export function createWorkerCompute({ engine = 'kernel', ...given }: WorkerComputeOptions = {}): Compute {
  const options = { ...DEFAULTS, ...given };
  const fits = new JobThread<FitOrder, TrainingResult>(options, ({ job }, reason) => failedJob(job, reason));
  const lessonOptions = { ...options, queueMax: Math.min(LESSONS_MAX, options.queueMax) };
  const lessons = new JobThread<LearnOrder, NetworkResult>(lessonOptions, (_order, reason) => failedLesson(reason));
  return {
    train: (job, signal) => fits.run({ kind: 'train', job }, signal),
    learn: (job, signal) => lessons.run({ kind: 'learn', job, engine }, signal),
    open: createOpener(),
    close: async () => {
      await Promise.all([fits.close(), lessons.close()]);
    },
  };
}
