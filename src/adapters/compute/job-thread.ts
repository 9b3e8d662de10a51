import { Worker } from 'node:worker_threads';
import type { Log } from '../../ports/log.ts';
import type { Said } from './compute-thread.ts';

export interface ThreadOptions {
  /** Orders that may wait; more are refused with the error `busy`, and come back by the actors' own schedules. */
  readonly queueMax: number;
  /** An order that takes longer is stopped with its thread, milliseconds. */
  readonly timeLimitMs: number;
  /** Heap of the thread, megabytes. */
  readonly heapMaxMb: number;
  /** Takes what the thread logs. */
  readonly log: Log;
}

interface Waiting<Order, Result> {
  readonly order: Order;
  readonly signal: AbortSignal | undefined;
  readonly settle: (result: Result) => void;
}

/**
 * One worker thread that does one order at a time. It is started with the first order, replaced when it dies or overruns, and does
 * not keep the process alive while it idles.
 */
export class JobThread<Order, Result> {
  readonly #options: ThreadOptions;
  readonly #failed: (order: Order, reason: string) => Result;
  readonly #queue: Waiting<Order, Result>[] = [];
  #worker: Worker | undefined;
  #current: Waiting<Order, Result> | undefined;
  #overrun: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param failed makes the result of an order that was not done. */
  constructor(options: ThreadOptions, failed: (order: Order, reason: string) => Result) {
    this.#options = options;
    this.#failed = failed;
  }

  /** Never rejects. */
  run(order: Order, signal?: AbortSignal): Promise<Result> {
    const { queueMax } = this.#options;
    if (this.#closed) return Promise.resolve(this.#failed(order, 'closed: the trainer was stopped'));
    if (signal?.aborted === true) return Promise.resolve(this.#failed(order, 'aborted before it began'));
    if (this.#queue.length >= queueMax) return Promise.resolve(this.#failed(order, `busy: ${queueMax} jobs are waiting`));
    return new Promise((resolve) => {
      const onAbort = (): void => this.#abort(waiting);
      const settle = (result: Result): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve(result);
      };
      const waiting: Waiting<Order, Result> = { order, signal, settle };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(waiting);
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#queue.splice(0)) waiting.settle(this.#failed(waiting.order, 'closed: the trainer was stopped'));
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
    const { timeLimitMs } = this.#options;
    this.#overrun = setTimeout(() => this.#replace(`took longer than ${timeLimitMs} ms`), timeLimitMs);
    // A thread has no origin to name.
    worker.postMessage(next.order, []);
  }

  #thread(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = startThread(this.#options.heapMaxMb);
    worker.on('message', (said: Said) => this.#hear(worker, said));
    worker.on('error', (error: unknown) => this.#died(worker, error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.#died(worker, `the thread ended with ${code}`));
    this.#worker = worker;
    return worker;
  }

  #hear(worker: Worker, said: Said): void {
    if (worker !== this.#worker) return;
    if (said.kind === 'log') {
      this.#options.log[said.level](said.fields, said.message);
      return;
    }
    const current = this.#finish();
    // The thread answers orders in turn, each with the result of its kind.
    current?.settle(said.result as Result);
    this.#next();
  }

  #died(worker: Worker, reason: string): void {
    if (worker === this.#worker) this.#replace(reason);
  }

  #abort(waiting: Waiting<Order, Result>): void {
    if (waiting === this.#current) {
      this.#replace('aborted');
      return;
    }
    const at = this.#queue.indexOf(waiting);
    if (at >= 0) this.#queue.splice(at, 1);
    waiting.settle(this.#failed(waiting.order, 'aborted before it began'));
  }

  /** Gives the thread up with the job it has; the next job gets a new one. */
  #replace(reason: string): void {
    const worker = this.#worker;
    this.#worker = undefined;
    const current = this.#finish();
    if (current !== undefined) current.settle(this.#failed(current.order, reason));
    // Whatever it still says is ignored: it is not the thread any more.
    worker?.unref();
    void worker?.terminate();
    this.#next();
  }

  #finish(): Waiting<Order, Result> | undefined {
    clearTimeout(this.#overrun);
    const current = this.#current;
    this.#current = undefined;
    return current;
  }
}

/** From the build, the worker's own file. From the sources, through a loader where this version of Node needs one. */
function startThread(heapMaxMb: number): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: heapMaxMb };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./compute-thread.js', import.meta.url), { resourceLimits });
  const workerData = { worker: new URL('./compute-thread.ts', import.meta.url).href, loader: import.meta.resolve('tsx/esm/api') };
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
