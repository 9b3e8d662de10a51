import { createPublisher, type Publisher } from '../../src/producer/publisher.ts';
import { BusError, type Bus, type NewEntry } from '../../src/ports/bus.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Random } from '../../src/ports/random.ts';
import { createProcess, type SimProcess } from '../kernel/process.ts';
import { CLEAN_LINK, createLink, type LinkFaults } from './link.ts';
import { INTERVAL_MS } from './pools.ts';

export interface ProducerOptions {
  readonly pool: string;
  readonly name: string;
  readonly incarnation: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly bus: Bus;
  /** Requests per second that this producer serves now. */
  readonly load: () => number;
  /** The bus said that it has them. */
  readonly onAcknowledged: (entries: readonly NewEntry[]) => void;
}

const TIMEOUT_MS = 600;
/** Producers tell an interval up to this long after its end, milliseconds. */
const JITTER_MS = 400;

/** One run of one producer, in a process of its own. Publishes as the production code does. */
export class SimProducer {
  readonly pool: string;
  readonly name: string;
  readonly process: SimProcess;
  readonly faults: LinkFaults = { ...CLEAN_LINK };
  readonly #options: ProducerOptions;
  readonly #publisher: Publisher;
  /** Added to the beginnings of intervals: a clock that is wrong. */
  skewMs = 0;

  constructor(options: ProducerOptions) {
    const { pool, name, incarnation, clock, random, bus, onAcknowledged } = options;
    this.#options = options;
    this.pool = pool;
    this.name = name;
    this.process = createProcess(clock);
    const link = createLink(bus, {
      clock,
      random: random.fork('link'),
      faults: this.faults,
      timeoutMs: TIMEOUT_MS,
      gaveUp: (method) => {
        throw new BusError('unavailable', `no reply to ${method}`);
      },
    });
    const connected = this.process.connect(link);
    const append = async (entries: readonly NewEntry[]): Promise<void> => {
      await connected.append(entries);
      onAcknowledged(entries);
    };
    this.#publisher = createPublisher({ bus: { append }, clock: this.process.clock, pool, producer: name, incarnation });
    this.#await();
  }

  /** Observations that the bus has not acknowledged. */
  get waiting(): number {
    return this.#publisher.waiting;
  }

  #await(): void {
    const { clock } = this.process;
    const nowMs = clock.nowMs();
    const endMs = (Math.floor(nowMs / INTERVAL_MS) + 1) * INTERVAL_MS;
    clock.setTimer(endMs - nowMs + this.#options.random.next() * JITTER_MS, () => {
      this.tell(endMs - INTERVAL_MS, false);
      this.#await();
    });
  }

  /** Tells the load of an interval. `final`: the last one. */
  tell(intervalStartMs: number, final: boolean): void {
    const { pool, name, load } = this.#options;
    const requests = (load() * INTERVAL_MS) / 1_000;
    this.#publisher.publish({
      pool,
      producer: name,
      intervalStartMs: intervalStartMs + this.skewMs,
      intervalMs: INTERVAL_MS,
      load: { requests, cpuSeconds: 0, memoryBytes: 0, networkBytes: 0 },
      byType: {},
      bySource: { distinct: 1, top: [] },
      ...(final ? { final } : {}),
    });
  }

  /** Says goodbye and ends. */
  leave(): void {
    const startMs = Math.floor(this.process.clock.nowMs() / INTERVAL_MS) * INTERVAL_MS;
    this.tell(startMs, true);
    void this.#publisher.flush().then(() => this.process.crash());
  }
}
