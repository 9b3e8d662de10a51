import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late the event loop of this process is. */
export interface EventLoopWatch {
  /** 99th percentile since the last look, milliseconds. */
  look(): number;
  stop(): void;
}

const RESOLUTION_MS = 10;

export function watchEventLoop(): EventLoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return {
    look() {
      const delayMs = histogram.percentile(99) / 1e6 - RESOLUTION_MS;
      histogram.reset();
      return Number.isFinite(delayMs) ? Math.max(0, delayMs) : 0;
    },
    stop: () => void histogram.disable(),
  };
}
