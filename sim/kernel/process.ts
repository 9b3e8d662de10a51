import type { Clock } from '../../src/ports/clock.ts';
import { decorate } from './decorate.ts';

/**
 * A process of the simulated world. What runs in it gets its clock and its connections from here, so that it can be stopped like a
 * real one: at any await, without a chance to say anything.
 */
export interface SimProcess {
  readonly clock: Clock;
  /** The process's end of a connection to a bus, a target or anything else that answers with promises. */
  connect<T extends object>(service: T): T;
  /** As `kill -9`: nothing of it runs ever again. Requests under way are still carried out. */
  crash(): void;
  /** As `SIGSTOP`: replies and timers wait until `resume`, while the world goes on. */
  pause(): void;
  resume(): void;
  /** Crashes at the bus call with this number, counted from 1: before it is sent, or after it was carried out. */
  crashAt(call: number, isBefore: boolean): void;
  /** Calls of the bus so far. */
  readonly calls: number;
  readonly isAlive: boolean;
  readonly isPaused: boolean;
}

export function createProcess(clock: Clock): SimProcess {
  return new Process(clock);
}

const never = <T>(): Promise<T> => new Promise<T>(() => {});

class Process implements SimProcess {
  readonly clock: Clock;
  #isAlive = true;
  #isPaused = false;
  #held: (() => void)[] = [];
  #calls = 0;
  #crashCall: { readonly call: number; readonly isBefore: boolean } | undefined;

  constructor(clock: Clock) {
    this.clock = {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      setTimer: (delayMs, callback) => clock.setTimer(delayMs, () => this.#enter(callback)),
    };
  }

  get calls(): number {
    return this.#calls;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  connect<T extends object>(service: T): T {
    return decorate(service, (_method, call) => this.#call(call));
  }

  crash(): void {
    this.#isAlive = false;
    this.#held = [];
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const callback of this.#held.splice(0)) this.#enter(callback);
  }

  crashAt(call: number, isBefore: boolean): void {
    this.#crashCall = { call, isBefore };
  }

  #call(call: () => Promise<unknown>): Promise<unknown> {
    if (!this.#isAlive) return never();
    this.#calls += 1;
    const crash = this.#crashCall?.call === this.#calls ? this.#crashCall : undefined;
    if (crash?.isBefore === true) {
      this.crash();
      return never();
    }
    const reply = call();
    if (crash !== undefined) this.crash();
    return new Promise((resolve, reject) => {
      reply.then(
        (value) => this.#enter(() => resolve(value)),
        (error: unknown) => this.#enter(() => reject(error instanceof Error ? error : new Error(String(error)))),
      );
    });
  }

  /** Runs something inside the process: at once, after the pause, or never. */
  #enter(callback: () => void): void {
    if (!this.#isAlive) return;
    if (this.#isPaused) this.#held.push(callback);
    else callback();
  }
}
