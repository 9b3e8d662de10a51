/**
 * The bus as a server across the network: one memory bus that all nodes share, carrying out one call after the other. It
 * keeps every change in a journal, so that it can crash and come back without the last of them, or fail over to a replica
 * that lags; then, as with a new Redis run, all epochs begin above those that were before.
 */
import { createMemoryBus } from '../../src/adapters/memory/bus.ts';
import { createMemoryMembers } from '../../src/adapters/memory/members.ts';
import { START, BusError, type Bus, type BusEntry, type EntryId, type Lease } from '../../src/ports/bus.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Members } from '../../src/ports/members.ts';
import type { Random } from '../../src/ports/random.ts';
import type { Change, Server } from './change.ts';
import type { BusHappening, Hear } from './happening.ts';
import type { PlantedBug } from './planted.ts';
import { ServerSession } from './session.ts';

export interface ServerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly hear: Hear;
  readonly planted: ReadonlySet<PlantedBug>;
  /** Shards in use. */
  readonly shards: readonly number[];
}

/** Epochs of one run of the server are below those of the next. */
const EPOCHS_PER_RUN = 2 ** 20;

export class BusServer implements Server {
  readonly #options: ServerOptions;
  readonly planted: ReadonlySet<PlantedBug>;
  readonly shards: readonly number[];
  readonly #journal: { readonly change: Change<unknown>; readonly happening: BusHappening }[] = [];
  /** Last entry seen of each stream. */
  #seen = new Map<number, EntryId>();
  #cursors = new Map<number, EntryId>();
  #notes = createMemoryMembers();
  #store: Bus;
  #run = 0;
  #isUp = true;
  #last: Promise<unknown> = Promise.resolve();
  #forgetsRelay = false;
  /** Refuses what needs memory. */
  isFull = false;
  /** Share of the relays that move entries without noting it. */
  relayForgets = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.planted = options.planted;
    this.shards = options.shards;
    this.#store = this.#newStore();
  }

  /** The store itself, without links and faults: for looking. */
  get store(): Bus {
    return this.#store;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get epochBase(): number {
    return this.#run * EPOCHS_PER_RUN;
  }

  /** The notes of the nodes; a crash loses them. */
  readonly members: Members = {
    beat: async (note) => {
      this.assertRoom();
      return this.#notes.beat(note);
    },
    read: async () => {
      this.assertUp();
      return this.#notes.read();
    },
    remove: async (name) => {
      this.assertUp();
      return this.#notes.remove(name);
    },
  };

  connect(by: string): Bus {
    return new ServerSession(this, by);
  }

  /** Refuses everything from now on. */
  stop(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    // Ends the waits of readers.
    void this.#store.close();
  }

  /** Comes back without the last `lost` changes. */
  async start(lost: number): Promise<void> {
    if (this.#isUp) return;
    await this.#last;
    const gone = this.#journal.splice(Math.max(0, this.#journal.length - lost));
    if (gone.length > 0) this.#notes = createMemoryMembers();
    this.#store = this.#newStore();
    for (const { change } of this.#journal) await change.run(this.#store);
    const kept = this.#journal.map(({ happening }) => happening);
    this.#seen = new Map();
    await this.#newEntries(this.shards);
    this.#cursors = new Map();
    for (const happening of kept) this.#note(happening);
    this.#run += 1;
    this.#isUp = true;
    this.#options.hear({ kind: 'recovered', lost: gone.map(({ happening }) => happening), kept });
  }

  /** Changes in the journal: all that `start` may lose. */
  get length(): number {
    return this.#journal.length;
  }

  assertUp(): void {
    if (!this.#isUp) throw new BusError('unavailable', 'the bus is down');
  }

  assertRoom(): void {
    this.assertUp();
    if (this.isFull) throw new BusError('full', 'the bus is out of memory');
  }

  change<T>(by: string, change: Change<T>): Promise<T> {
    const done = this.#last.then(() => this.#carryOut(by, change));
    // Whoever comes next waits for the end, good or bad.
    this.#last = done.catch(() => undefined);
    return done;
  }

  drawForgets(): boolean {
    return this.#options.random.next() < this.relayForgets;
  }

  relay(store: Bus, shard: number, epoch: number, forgets: boolean): ReturnType<Bus['relay']> {
    this.#forgetsRelay = forgets;
    return store.relay(shard, epoch);
  }

  cursorOf(shard: number): EntryId {
    return this.#cursors.get(shard) ?? START;
  }

  async leaseOf(shard: number): Promise<Lease> {
    const lease = (await this.#store.readLeases())[shard];
    if (lease === undefined) throw new RangeError(`there is no shard ${shard}`);
    return lease;
  }

  async #carryOut<T>(by: string, change: Change<T>): Promise<T> {
    this.assertUp();
    const reply = await change.run(this.#store);
    const appended = await this.#newEntries(change.touches);
    const happening = change.tell(reply, appended);
    if (typeof happening === 'string')
      this.#options.hear({ kind: 'refused', by, what: change.what, shard: change.shard, outcome: happening });
    else if (happening !== undefined) {
      this.#journal.push({ change, happening });
      this.#note(happening);
      this.#options.hear(happening);
    }
    return reply;
  }

  #note(happening: BusHappening): void {
    if (happening.kind === 'committed') this.#cursors.set(happening.commit.shard, happening.commit.cursorTo);
  }

  async #newEntries(shards: readonly number[]): Promise<readonly BusEntry[]> {
    if (shards.length === 0) return [];
    const cursors = shards.map((shard) => ({ shard, after: this.#seen.get(shard) ?? START }));
    const found = await this.#store.readAfter(cursors, Number.POSITIVE_INFINITY, 0);
    for (const { shard, entries } of found) this.#seen.set(shard, entries.at(-1)?.id ?? START);
    return found.flatMap(({ entries }) => entries);
  }

  #newStore(): Bus {
    return createMemoryBus({ clock: this.#options.clock, forgetsRelay: () => this.#forgetsRelay });
  }
}
