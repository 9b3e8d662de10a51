import type { NetworkEngine } from '../../models/network/engine.ts';
import { learnNetwork } from '../../models/network/lesson.ts';
import { packNetwork, unpackNetwork } from '../../models/network/packed.ts';
import { createPlainEngine } from '../../models/network/plain/engine.ts';
import { levelsOf, specOf } from '../../models/network/task.ts';
import type { NetworkEngineName, NetworkJob, NetworkResult } from '../../ports/compute.ts';
import type { Log } from '../../ports/log.ts';
import { unpackValues } from '../../protocol/network.ts';
import { createKernelEngine } from '../kernel/engine.ts';
import { createRandom } from '../system/random.ts';
import { createTensorFlowEngine } from '../tensorflow/engine.ts';
import type { TensorFlow } from '../tensorflow/library.ts';
import { loadTensorFlow } from '../tensorflow/load.ts';

/** Trains a network. Expected failures and the engine's own are returned, never thrown. */
export async function learnJob(job: NetworkJob, name: NetworkEngineName, nowMs: () => number, log: Log): Promise<NetworkResult> {
  const startedMs = nowMs();
  const durationMs = (): number => Math.max(0, nowMs() - startedMs);
  let engine: NetworkEngine | undefined;
  try {
    const start = job.start === null ? undefined : unpackNetwork(job.start);
    engine = await createEngine(name, job, log);
    const series = job.series.map(({ startMs, values }) => ({ startMs, values: unpackValues(values) }));
    const options = { windowsMax: job.windowsMax, epochsMax: job.epochsMax };
    const begun = start !== undefined && 'spec' in start ? start : undefined;
    const lesson = learnNetwork(engine, job.task, series, createRandom(job.seed), options, begun);
    if (typeof lesson === 'string') return failedLesson(lesson, durationMs());
    const { network, windows, epochs, lossBefore, lossAfter } = lesson;
    return { ok: true, network: packNetwork(network), windows, epochs, lossBefore, lossAfter, durationMs: durationMs() };
  } catch (error) {
    return failedLesson(error instanceof Error ? error.message : String(error), durationMs());
  } finally {
    engine?.dispose();
  }
}

export function failedLesson(error: string, durationMs = 0): NetworkResult {
  return { ok: false, error, durationMs };
}

async function createEngine(name: NetworkEngineName, { task, cell, units, steps }: NetworkJob, log: Log): Promise<NetworkEngine> {
  const spec = specOf(task, cell, units, steps);
  const levels = levelsOf(task);
  if (name === 'twin') return createPlainEngine(spec, levels);
  const tf = name === 'tensorflow' ? await loadedOnce(log) : undefined;
  return tf === undefined ? createKernelEngine(spec, levels) : createTensorFlowEngine(tf, spec, levels);
}

/** Once a thread, with one line in the log. */
let tensorFlow: Promise<TensorFlow | undefined> | undefined;
const loadedOnce = (log: Log): Promise<TensorFlow | undefined> => (tensorFlow ??= loadTensorFlow(log));
