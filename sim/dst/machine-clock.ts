import type { Clock, TimerHandle } from '../../src/ports/clock.ts';

/** While a machine is suspended its timers are looked at this often, milliseconds. */
const LOOK_MS = 20;

/** The clocks of one machine: its wall clock may jump, and its monotonic clock stands still while it is suspended. */
export class MachineClock implements Clock {
  readonly #world: Clock;
  #skewMs = 0;
  #lostMs = 0;
  #frozenAtMs: number | undefined;

  constructor(world: Clock) {
    this.#world = world;
  }

  nowMs(): number {
    return this.#world.nowMs() + this.#skewMs;
  }

  monotonicMs(): number {
    return (this.#frozenAtMs ?? this.#world.monotonicMs()) - this.#lostMs;
  }

  setTimer(delayMs: number, callback: () => void): TimerHandle {
    const dueMs = this.monotonicMs() + Math.max(0, delayMs);
    let timer: TimerHandle;
    const arm = (waitMs: number): void => {
      timer = this.#world.setTimer(waitMs, () => {
        const leftMs = dueMs - this.monotonicMs();
        if (leftMs > 0) arm(Math.max(LOOK_MS, leftMs));
        else callback();
      });
    };
    arm(delayMs);
    return { cancel: () => timer.cancel() };
  }

  /** How far the wall clock is off, milliseconds. */
  get skewMs(): number {
    return this.#skewMs;
  }

  set skewMs(skewMs: number) {
    this.#skewMs = skewMs;
  }

  freeze(): void {
    this.#frozenAtMs ??= this.#world.monotonicMs();
  }

  thaw(): void {
    if (this.#frozenAtMs === undefined) return;
    this.#lostMs += this.#world.monotonicMs() - this.#frozenAtMs;
    this.#frozenAtMs = undefined;
  }
}
