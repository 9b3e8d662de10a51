/** The worker thread of the trainer: takes a job, gives its result. */
import { parentPort } from 'node:worker_threads';
import type { TrainingJob } from '../../protocol/training.ts';
import { fitJob } from './fit-job.ts';

const port = parentPort;
if (port === null) throw new Error('train-worker.ts runs in a worker thread only');
port.on('message', (job: TrainingJob) => {
  port.postMessage(
    fitJob(job, () => performance.now()),
    [],
  );
});
