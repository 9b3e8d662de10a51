/**
 * How late the event loop of another process is, over a whole run: what a node says of itself with each beat is the 99th percentile of
 * some fifty samples, which is their largest. And what it holds after a collection of garbage, which its resident set does not tell.
 */
import type { ChildProcess } from 'node:child_process';

const RESOLUTION_MS = 10;

export interface LoopDelay {
  readonly p99Ms: number;
  readonly mostMs: number;
}

/** For `node --import`, in a child with an IPC channel: answers every message, with the delay since the last one or what is held. */
export const LOOP_PROBE = `data:text/javascript,${encodeURIComponent(`
  import { monitorEventLoopDelay } from 'node:perf_hooks';
  import { setFlagsFromString } from 'node:v8';
  import { runInNewContext } from 'node:vm';
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const histogram = monitorEventLoopDelay({ resolution: ${RESOLUTION_MS} });
  histogram.enable();
  process.on('message', (asked) => {
    if (asked === 'held') collect();
    const { heapUsed, external } = process.memoryUsage();
    process.send({ p99: histogram.percentile(99), most: histogram.max, bytes: heapUsed + external });
    histogram.reset();
  });
`)}`;

/** Since it was asked last. */
export async function loopDelayOf(child: ChildProcess): Promise<LoopDelay> {
  const { p99, most } = await ask(child, 'delay');
  const ms = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return { p99Ms: ms(p99), mostMs: ms(most) };
}

/** Heap, and buffers beside it, after a collection. The delay begins anew. */
export async function heldBytesOf(child: ChildProcess): Promise<number> {
  return (await ask(child, 'held')).bytes;
}

interface Answer {
  /** Nanoseconds. */
  readonly p99: number;
  readonly most: number;
  readonly bytes: number;
}

function ask(child: ChildProcess, what: 'delay' | 'held'): Promise<Answer> {
  return new Promise((resolve) => {
    child.once('message', resolve);
    child.send(what);
  });
}
