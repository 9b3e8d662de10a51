import { Worker } from 'node:worker_threads';
import type { TrainingJob, TrainingResult } from '../../protocol/training.ts';
import { failedJob } from './fit-job.ts';
import type { Trainer } from './trainer.ts';

export interface WorkerTrainerOptions {
  /** Jobs that may wait; more are refused with the error `busy`, and come back by the analyzers' own schedule. Default 256. */
  readonly queueMax?: number;
  /** A job that takes longer is stopped with its thread, milliseconds. Default 60 s. */
  readonly timeLimitMs?: number;
  /** Heap of the thread, megabytes. Default 512. */
  readonly heapMaxMb?: number;
}

interface Waiting {
  readonly job: TrainingJob;
  readonly signal: AbortSignal | undefined;
  readonly settle: (result: TrainingResult) => void;
}

/**
 * Trains in one worker thread, one job at a time, so that no training ever holds up leases or requests. The thread is
 * started with the first job, replaced when it dies or overruns, and does not keep the process alive while it idles.
 */
export function createWorkerTrainer(options: WorkerTrainerOptions = {}): Trainer {
  return new WorkerTrainer(options.queueMax ?? 256, options.timeLimitMs ?? 60_000, options.heapMaxMb ?? 512);
}

class WorkerTrainer implements Trainer {
  readonly #queueMax: number;
  readonly #timeLimitMs: number;
  readonly #heapMaxMb: number;
  readonly #queue: Waiting[] = [];
  #worker: Worker | undefined;
  #current: Waiting | undefined;
  #overrun: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(queueMax: number, timeLimitMs: number, heapMaxMb: number) {
    this.#queueMax = queueMax;
    this.#timeLimitMs = timeLimitMs;
    this.#heapMaxMb = heapMaxMb;
  }

  train(job: TrainingJob, signal?: AbortSignal): Promise<TrainingResult> {
    if (this.#closed) return Promise.resolve(failedJob(job, 'closed: the trainer was stopped'));
    if (signal?.aborted === true) return Promise.resolve(failedJob(job, 'aborted before it began'));
    if (this.#queue.length >= this.#queueMax) return Promise.resolve(failedJob(job, `busy: ${this.#queueMax} jobs are waiting`));
    return new Promise((resolve) => {
      const onAbort = (): void => this.#abort(waiting);
      const settle = (result: TrainingResult): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve(result);
      };
      const waiting: Waiting = { job, signal, settle };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(waiting);
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#queue.splice(0)) waiting.settle(failedJob(waiting.job, 'closed: the trainer was stopped'));
    const worker = this.#worker;
    this.#replace('closed: the trainer was stopped');
    await worker?.terminate();
  }

  #next(): void {
    if (this.#current !== undefined || this.#closed) return;
    const next = this.#queue.shift();
    if (next === undefined) {
      this.#worker?.unref();
      return;
    }
    this.#current = next;
    const worker = this.#thread();
    worker.ref();
    this.#overrun = setTimeout(() => this.#replace(`took longer than ${this.#timeLimitMs} ms`), this.#timeLimitMs);
    // A thread has no origin to name.
    worker.postMessage(next.job, []);
  }

  #thread(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = startThread(this.#heapMaxMb);
    worker.on('message', (result: TrainingResult) => this.#settle(worker, result));
    worker.on('error', (error: unknown) => this.#died(worker, error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.#died(worker, `the thread ended with ${code}`));
    this.#worker = worker;
    return worker;
  }

  #settle(worker: Worker, result: TrainingResult): void {
    if (worker !== this.#worker) return;
    const current = this.#finish();
    current?.settle(result);
    this.#next();
  }

  #died(worker: Worker, reason: string): void {
    if (worker === this.#worker) this.#replace(reason);
  }

  #abort(waiting: Waiting): void {
    if (waiting === this.#current) {
      this.#replace('aborted');
      return;
    }
    const at = this.#queue.indexOf(waiting);
    if (at >= 0) this.#queue.splice(at, 1);
    waiting.settle(failedJob(waiting.job, 'aborted before it began'));
  }

  /** Gives the thread up with the job it has; the next job gets a new one. */
  #replace(reason: string): void {
    const worker = this.#worker;
    this.#worker = undefined;
    const current = this.#finish();
    current?.settle(failedJob(current.job, reason));
    // Whatever it still says is ignored: it is not the thread any more.
    worker?.unref();
    void worker?.terminate();
    this.#next();
  }

  #finish(): Waiting | undefined {
    clearTimeout(this.#overrun);
    const current = this.#current;
    this.#current = undefined;
    return current;
  }
}

/** From the build, the worker's own file. From the sources, through a loader where this version of Node needs one. */
function startThread(heapMaxMb: number): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: heapMaxMb };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./train-worker.js', import.meta.url), { resourceLimits });
  const workerData = { worker: new URL('./train-worker.ts', import.meta.url).href, loader: import.meta.resolve('tsx/esm/api') };
  return new Worker(SOURCE_START, { eval: true, workerData, resourceLimits });
}

/** Threads do not inherit a loader that was given by `--import` (tsx registers itself in the main thread only). */
const SOURCE_START = `
const { workerData } = require('node:worker_threads');
import(workerData.worker).catch(async (error) => {
  if (error.code !== 'ERR_UNKNOWN_FILE_EXTENSION') throw error;
  const { register } = await import(workerData.loader);
  register();
  await import(workerData.worker + '?loaded');
});`;
