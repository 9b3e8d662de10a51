import { createPublisher, type Publisher } from '../../src/producer/publisher.ts';
import type { Bus } from '../../src/ports/bus.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ProducerObservation } from '../workloads/workload.ts';

/** The producers of a pool, each with a publisher of its own, as the real ones have. */
export class ProducerFleet {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #pool: string;
  readonly #publishers = new Map<string, Publisher>();

  constructor(bus: Bus, clock: Clock, pool: string) {
    this.#bus = bus;
    this.#clock = clock;
    this.#pool = pool;
  }

  /** Resolves when all of it is on the bus. */
  async publish(observations: readonly ProducerObservation[]): Promise<void> {
    for (const observation of observations) this.#publisherOf(observation.producer).publish({ ...observation, pool: this.#pool });
    for (const { producer } of observations) await this.#publisherOf(producer).flush();
  }

  #publisherOf(producer: string): Publisher {
    const known = this.#publishers.get(producer);
    if (known !== undefined) return known;
    const created = createPublisher({ bus: this.#bus, clock: this.#clock, pool: this.#pool, producer, incarnation: 1 });
    this.#publishers.set(producer, created);
    return created;
  }
}
