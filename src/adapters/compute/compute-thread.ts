/** The worker thread of the compute port: takes an order, gives its result. */
import { parentPort } from 'node:worker_threads';
import type { NetworkEngineName, NetworkJob } from '../../ports/compute.ts';
import type { Log } from '../../ports/log.ts';
import type { TrainingJob } from '../../protocol/training.ts';
import { fitJob } from './fit-job.ts';
import { learnJob } from './learn-job.ts';

export type FitOrder = { readonly kind: 'train'; readonly job: TrainingJob };
export type LearnOrder = { readonly kind: 'learn'; readonly job: NetworkJob; readonly engine: NetworkEngineName };

/** What the thread tells: lines for the log while it works, then the result of its order. */
export type Said =
  | { readonly kind: 'result'; readonly result: unknown }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly fields: Readonly<Record<string, unknown>>;
      readonly message: string;
    };

const port = parentPort;
if (port === null) throw new Error('compute-thread.ts runs in a worker thread only');
const say = (said: Said): void => port.postMessage(said, []);
const line =
  (level: 'debug' | 'info' | 'warn' | 'error') =>
  (fields: Readonly<Record<string, unknown>>, message: string): void =>
    say({ kind: 'log', level, fields, message });
const log: Log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error'), child: () => log };
const nowMs = (): number => performance.now();

port.on('message', (order: FitOrder | LearnOrder) => {
  if (order.kind === 'train') say({ kind: 'result', result: fitJob(order.job, nowMs) });
  else void learnJob(order.job, order.engine, nowMs, log).then((result) => say({ kind: 'result', result }));
});
