import { sleep, type Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { RuntimeSettings } from './settings.ts';
import { jitteredBackOffMs } from './supervision.ts';

/** Waits that grow from failure to failure, with jitter, and begin anew after a success. */
export class BackOff {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #settings: Pick<RuntimeSettings, 'retryMinMs' | 'retryMaxMs'>;
  #attempt = 0;

  constructor(clock: Clock, random: Random, settings: Pick<RuntimeSettings, 'retryMinMs' | 'retryMaxMs'>) {
    this.#clock = clock;
    this.#random = random;
    this.#settings = settings;
  }

  succeeded(): void {
    this.#attempt = 0;
  }

  wait(signal?: AbortSignal): Promise<void> {
    return sleep(this.#clock, this.nextMs(), signal);
  }

  nextMs(): number {
    const { retryMinMs, retryMaxMs } = this.#settings;
    return jitteredBackOffMs(this.#attempt++, retryMinMs, retryMaxMs, this.#random);
  }
}
