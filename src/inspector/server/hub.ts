import type { Clock, TimerHandle } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { STUCK_MS, type EventStream } from './event-stream.ts';

/** A frame a second is as much as people read; each costs the node. */
const TICK_MS = 1_000;
const BEAT_MS = 5_000;
export const VIEWERS_MAX = 32;

/** What a listening browser is to be told at a tick. */
export interface Subscription {
  /** Reads its news and sends them; called only while the browser takes something. */
  tell(stream: EventStream): void;
}

interface Viewer {
  readonly stream: EventStream;
  readonly subscription: Subscription;
  readonly isAllowed: () => boolean;
  blockedSinceMs: number | null;
  beatMs: number;
}

export interface HubOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Time of the node that is looked at. */
  readonly nowMs: () => number;
  /** Brings what viewers are told up to date. */
  readonly refresh: () => Promise<void>;
  /** Somebody looks, or nobody any more. */
  readonly onWatched: (isWatched: boolean) => void;
}

/**
 * Tells all viewers at a steady pace. A slow one is left out until it has taken what it was given, and then gets the newest
 * state; how often that happened is counted, and it sees it. Nobody who is looked at waits for anybody who looks.
 */
export class Hub {
  readonly #options: HubOptions;
  readonly #viewers = new Set<Viewer>();
  #timer: TimerHandle | undefined;
  /** Times that a viewer was left out. */
  dropped = 0;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  get isFull(): boolean {
    return this.#viewers.size >= VIEWERS_MAX;
  }

  /** `open` makes the stream; it is given what to do when the browser goes. `isAllowed`: whether it may still be told. */
  add(open: (onClose: () => void) => EventStream, subscription: Subscription, isAllowed: () => boolean): void {
    const remove = (): void => {
      this.#viewers.delete(viewer);
      if (this.#viewers.size === 0) this.#pause();
    };
    const viewer: Viewer = { stream: open(remove), subscription, isAllowed, blockedSinceMs: null, beatMs: Number.NEGATIVE_INFINITY };
    this.#viewers.add(viewer);
    if (this.#viewers.size === 1) this.#resume();
  }

  close(): void {
    for (const { stream } of this.#viewers) stream.end();
    this.#viewers.clear();
    this.#pause();
  }

  #resume(): void {
    this.#options.onWatched(true);
    void this.#tick();
  }

  #pause(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#options.onWatched(false);
  }

  async #tick(): Promise<void> {
    const { clock, log, refresh } = this.#options;
    try {
      await refresh();
    } catch (error) {
      log.warn({ error: error instanceof Error ? error.message : String(error) }, 'the inspector could not read the bus');
    }
    for (const viewer of this.#viewers) this.#tell(viewer, clock.monotonicMs());
    this.#timer?.cancel();
    if (this.#viewers.size > 0) this.#timer = clock.setTimer(TICK_MS, () => void this.#tick());
  }

  #tell(viewer: Viewer, nowMs: number): void {
    const { stream, subscription, isAllowed } = viewer;
    if (!isAllowed()) return stream.end();
    if (stream.isBlocked) {
      stream.skipped += 1;
      this.dropped += 1;
      viewer.blockedSinceMs ??= nowMs;
      if (nowMs - viewer.blockedSinceMs > STUCK_MS) stream.end();
      return;
    }
    viewer.blockedSinceMs = null;
    subscription.tell(stream);
    if (nowMs - viewer.beatMs < BEAT_MS && stream.skipped === 0) return;
    viewer.beatMs = nowMs;
    stream.send('beat', { nowMs: this.#options.nowMs(), viewers: this.#viewers.size, skipped: stream.skipped });
    stream.skipped = 0;
  }
}
