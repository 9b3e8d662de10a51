/** Networks on the bus: stored under the content hash that names them everywhere else, and checked against it when read. */
import { createHash } from 'node:crypto';
import type { Bus } from './ports/bus.ts';
import type { Compute, LessonNews, LessonOrder } from './ports/compute.ts';
import type { Executor, ExecutorResult } from './runtime/behavior.ts';

/** Trains and stores. Storing again is harmless: the same bytes under the same name. */
export function lessonExecutor(compute: Compute, bus: Bus): Executor {
  return async (args, { signal }) => {
    const { startHash, ...job } = args as LessonOrder;
    // A network that is not there any more is no reason not to learn one: it begins anew.
    const start = startHash === null ? undefined : await readNetwork(bus, startHash);
    const result = await compute.learn({ ...job, start: start ?? null }, signal);
    if (!result.ok) return failed('training-failed', result.error);
    const { network, windows, epochs, lossBefore, lossAfter, durationMs } = result;
    const bytes = Buffer.from(network);
    const hash = hashOf(bytes);
    await bus.putBlob(hash, bytes);
    return { ok: true, value: { hash, windows, epochs, lossBefore, lossAfter, durationMs } satisfies LessonNews };
  };
}

/** Gives the network itself, so that it is in the stream of the actor that asked: a replay answers as the actor did. */
export function loadExecutor(bus: Bus): Executor {
  return async (args) => {
    const { hash } = args as { readonly hash: string };
    const network = await readNetwork(bus, hash);
    return network === undefined ? failed('not-found', `no network ${hash} is stored`) : { ok: true, value: { hash, network } };
  };
}

/** undefined also where the bytes are not those that were stored. */
async function readNetwork(bus: Bus, hash: string): Promise<string | undefined> {
  const bytes = await bus.getBlob(hash);
  return bytes === undefined || hashOf(bytes) !== hash ? undefined : Buffer.from(bytes).toString();
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function failed(code: string, message: string): ExecutorResult {
  return { ok: false, error: { code, message } };
}
