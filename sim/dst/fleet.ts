import type { Clock } from '../../src/ports/clock.ts';
import type { NewEntry } from '../../src/ports/bus.ts';
import type { Random } from '../../src/ports/random.ts';
import { CLEAN_LINK } from './link.ts';
import { REPLICA_CAPACITY } from './pools.ts';
import { SimProducer } from './producer.ts';
import type { BusServer } from './server.ts';

/** Load of a pool in replicas, drawn anew now and then. */
const LEVELS = [0.5, 1.5, 2.5, 3.5, 5.5, 7.5] as const;
const LEVEL_MEAN_MS = 9_000;

/** The producers of all pools and their load, which nothing that the cluster does can change. */
export class Fleet {
  readonly #pools: readonly string[];
  readonly #producers: readonly string[];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #server: BusServer;
  readonly #load = new Map<string, number>();
  readonly #incarnations = new Map<string, number>();
  /** The last run of each producer, by pool and name. */
  readonly #runs = new Map<string, SimProducer>();
  /** Runs that have a later one beside them. */
  readonly #clones: SimProducer[] = [];
  /** What the bus acknowledged. */
  readonly acknowledged: NewEntry[] = [];
  #isSteady = false;

  /** `producers`: names of those that each pool has. */
  constructor(pools: readonly string[], producers: readonly string[], clock: Clock, random: Random, server: BusServer) {
    this.#pools = pools;
    this.#producers = producers;
    this.#clock = clock;
    this.#random = random;
    this.#server = server;
  }

  begin(): void {
    for (const pool of this.#pools) {
      this.#vary(pool, this.#random.fork(`load/${pool}`));
      for (const name of this.#producers) this.start(pool, name);
    }
  }

  get running(): readonly SimProducer[] {
    return [...this.#runs.values()].filter(({ process }) => process.isAlive);
  }

  pick(random: Random): SimProducer | undefined {
    const { running } = this;
    return running[random.int(Math.max(1, running.length))];
  }

  /** Begins a run of a producer; the one before may go on, as a clone of it. */
  start(pool: string, name: string): void {
    const key = `${pool}/${name}`;
    const incarnation = (this.#incarnations.get(key) ?? 0) + 1;
    this.#incarnations.set(key, incarnation);
    const producer = new SimProducer({
      pool,
      name,
      incarnation,
      clock: this.#clock,
      random: this.#random.fork(`${key}/${incarnation}`),
      bus: this.#server.connect(`producer ${key}`),
      load: () => this.#loadOf(pool),
      onAcknowledged: (entries) => void this.acknowledged.push(...entries),
    });
    Object.assign(producer.faults, this.faults);
    const clone = this.#runs.get(key);
    if (clone?.process.isAlive === true) this.#clones.push(clone);
    this.#runs.set(key, producer);
  }

  restart({ pool, name }: SimProducer): void {
    this.start(pool, name);
  }

  /** Links of all producers; those that start later get them, too. */
  faults = { ...CLEAN_LINK };

  setFaults(faults: Partial<typeof CLEAN_LINK>): void {
    Object.assign(this.faults, faults);
    for (const { faults: own } of this.#runs.values()) Object.assign(own, faults);
  }

  /** All run, with good links; from now on the load stays as it is. */
  heal(): void {
    this.#isSteady = true;
    this.setFaults(CLEAN_LINK);
    for (const clone of this.#clones) clone.process.crash();
    for (const [key, producer] of this.#runs) {
      producer.skewMs = 0;
      producer.process.resume();
      const [pool = '', name = ''] = key.split('/');
      if (!producer.process.isAlive) this.start(pool, name);
    }
  }

  /** All stop without a word. */
  stop(): void {
    for (const producer of [...this.#runs.values(), ...this.#clones]) producer.process.crash();
  }

  #loadOf(pool: string): number {
    const noise = this.#isSteady ? 1 : 0.95 + 0.1 * this.#random.next();
    return ((this.#load.get(pool) ?? 0) * noise) / this.#producers.length;
  }

  #vary(pool: string, random: Random): void {
    if (this.#isSteady) return;
    this.#load.set(pool, (LEVELS[random.int(LEVELS.length)] ?? 1) * REPLICA_CAPACITY);
    this.#clock.setTimer(-Math.log(1 - random.next()) * LEVEL_MEAN_MS, () => this.#vary(pool, random));
  }
}
