/**
 * How late the event loop of another process is, over a whole run: what a node says of itself with each beat is the 99th percentile of
 * some fifty samples, which is their largest.
 */
import type { ChildProcess } from 'node:child_process';

const RESOLUTION_MS = 10;

export interface LoopDelay {
  readonly p99Ms: number;
  readonly mostMs: number;
}

/** For `node --import`, in a child with an IPC channel: answers every message with the delay since the last one. */
export const LOOP_PROBE = `data:text/javascript,${encodeURIComponent(`
  import { monitorEventLoopDelay } from 'node:perf_hooks';
  const histogram = monitorEventLoopDelay({ resolution: ${RESOLUTION_MS} });
  histogram.enable();
  process.on('message', () => {
    process.send({ p99: histogram.percentile(99), most: histogram.max });
    histogram.reset();
  });
`)}`;

/** Since it was asked last. */
export function loopDelayOf(child: ChildProcess): Promise<LoopDelay> {
  return new Promise((resolve) => {
    child.once('message', (answer: { readonly p99: number; readonly most: number }) => {
      const ms = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
      resolve({ p99Ms: ms(answer.p99), mostMs: ms(answer.most) });
    });
    child.send('look');
  });
}
