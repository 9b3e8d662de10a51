import type { Clock } from '../../src/ports/clock.ts';
import type { Random } from '../../src/ports/random.ts';
import { decorate } from '../kernel/decorate.ts';

/** What goes wrong between two ends of a connection. Changed while the simulation runs. */
export interface LinkFaults {
  /** Mean of the exponential delay of each request and each reply, milliseconds. */
  delayMs: number;
  /** Share of the requests that are lost: nothing is done. 1: this direction is cut. */
  requestLost: number;
  /** Share of the replies that are lost: it is done, and the caller does not know. 1: that direction is cut. */
  replyLost: number;
  /** Share of the requests that arrive twice, each in its own time. */
  twice: number;
}

export const CLEAN_LINK: Readonly<LinkFaults> = { delayMs: 2, requestLost: 0, replyLost: 0, twice: 0 };

export interface LinkOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: Readonly<LinkFaults>;
  /** The caller gives up after this, milliseconds. What it asked for may still be done later. */
  readonly timeoutMs: number;
  /** Added to it for calls that wait at the other end. */
  readonly waitMs?: (method: string, args: readonly unknown[]) => number;
  /** What a caller gets that gave up: a value, or a throw. */
  readonly gaveUp: (method: string) => unknown;
}

/** A service behind an unreliable network. */
export function createLink<T extends object>(service: T, options: LinkOptions): T {
  return decorate(service, (method, call, args) => new Exchange(method, call, args, options).reply);
}

/** Told step by step and not with `await`: there are thousands in each run, and every promise between has its price. */
class Exchange {
  readonly reply: Promise<unknown>;
  readonly #options: LinkOptions;
  readonly #call: () => Promise<unknown>;
  #settle: (settle: () => unknown) => void = () => {};

  constructor(method: string, call: () => Promise<unknown>, args: readonly unknown[], options: LinkOptions) {
    this.#options = options;
    this.#call = call;
    const { clock, timeoutMs, waitMs, gaveUp, faults } = options;
    this.reply = new Promise((resolve, reject) => {
      const timer = clock.setTimer(timeoutMs + (waitMs?.(method, args) ?? 0), () => this.#settle(() => gaveUp(method)));
      this.#settle = (settle) => {
        timer.cancel();
        try {
          resolve(settle());
        } catch (error) {
          reject(error);
        }
      };
    });
    this.#send();
    if (this.#happens(faults.twice)) this.#send();
  }

  #send(): void {
    if (!this.#happens(this.#options.faults.requestLost)) this.#travel(() => this.#arrive());
  }

  #arrive(): void {
    // It may have been cut while it was on its way.
    if (this.#options.faults.requestLost === 1) return;
    this.#call().then(
      (value) => this.#answer(() => value),
      (error: unknown) =>
        this.#answer(() => {
          throw error;
        }),
    );
  }

  #answer(answer: () => unknown): void {
    if (!this.#happens(this.#options.faults.replyLost)) this.#travel(() => this.#settle(answer));
  }

  #travel(arrive: () => void): void {
    const { clock, random, faults } = this.#options;
    clock.setTimer(-Math.log(1 - random.next()) * faults.delayMs, arrive);
  }

  #happens(share: number): boolean {
    return share > 0 && this.#options.random.next() < share;
  }
}
