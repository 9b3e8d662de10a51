import type { Clock, TimerHandle } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Done } from './done.ts';

/** Keeps something at the cloud as the config wants it. */
export interface Keeper {
  /** Looks now, and again and again. */
  start(): void;
  /** Brings it in line once; what failed is told. */
  keep(): Promise<Done<void>>;
  stop(): void;
}

export interface KeeperOptions {
  readonly keep: () => Promise<Done<void>>;
  readonly everyMs: number;
  /** What is not as it should be, for people. */
  readonly trouble: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Gives back what it held. */
  readonly release: () => void;
}

const AFTER_FAILURE_MS = 300_000;

export function createKeeper({ keep, everyMs, trouble, clock, log, release }: KeeperOptions): Keeper {
  let timer: TimerHandle | undefined;
  let isStopped = false;

  async function run(): Promise<void> {
    const done = await keep();
    if (!done.ok) log.warn({ code: done.error.code, reason: done.error.message }, trouble);
    if (!isStopped) timer = clock.setTimer(done.ok ? everyMs : AFTER_FAILURE_MS, () => void run());
  }

  return {
    start: () => void run(),
    keep,
    stop() {
      isStopped = true;
      timer?.cancel();
      release();
    },
  };
}
