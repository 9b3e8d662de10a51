/** The whole bus in one process: nothing outlives it. Behaves as one across a network does, byte for byte. */
import assert from 'node:assert/strict';
import { SHARD_COUNT } from '../../protocol/address.ts';
import {
  BusError,
  type Bus,
  type BusEntry,
  type EntryId,
  type Lease,
  type NewEntry,
  type NewTopicEntry,
  type ShardCursor,
  type ShardEntries,
  type TopicEntry,
} from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { copyBytes, giveTopicEntry, keepTopicEntry } from './copy.ts';
import { Log, toEntryId, toPosition } from './log.ts';
import { ShardStore } from './shard-store.ts';
import { Waiters } from './waiters.ts';

/** Bounds of a bus in memory, in entries. */
export interface MemoryBusOptions {
  /** Times the waits of readers. */
  readonly clock: Clock;
  /** Entries that a shard's stream holds before it refuses messages from outside. Default 100,000. */
  readonly streamEntriesMax?: number;
  /** Entries that a topic keeps; the oldest go. Default 10,000. */
  readonly topicEntriesMax?: number;
  /** Dead letters that a shard keeps; the oldest go. Default 10,000. */
  readonly deadLettersMax?: number;
  /**
   * For simulations: asked at every relay whether it forgets that it moved the entries, so that they are moved again by the
   * next one. A bus across several machines cannot do both in one step. Default: never.
   */
  readonly forgetsRelay?: () => boolean;
  /** Blobs that are kept; the least recently written go. Default 256. */
  readonly blobsMax?: number;
}

/** A bus of this process: as many nodes of it as share the object, and nothing outlives it. */
export function createMemoryBus(options: MemoryBusOptions): Bus {
  return new MemoryBus(options);
}

class MemoryBus implements Bus {
  readonly #shards: readonly ShardStore[];
  readonly #leases: Lease[];
  readonly #topics = new Map<string, Log<TopicEntry>>();
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #bookmarks = new Map<string, EntryId>();
  readonly #waiters: Waiters;
  readonly #streamEntriesMax: number;
  readonly #topicEntriesMax: number;
  readonly #blobsMax: number;
  readonly #forgetsRelay: () => boolean;
  #closed = false;

  constructor(options: MemoryBusOptions) {
    const deadLettersMax = options.deadLettersMax ?? 10_000;
    this.#shards = Array.from({ length: SHARD_COUNT }, (_, shard) => new ShardStore(shard, deadLettersMax));
    this.#leases = Array.from({ length: SHARD_COUNT }, (_, shard) => ({ shard, owner: '', epoch: 0, beat: 0 }));
    this.#waiters = new Waiters(options.clock);
    this.#streamEntriesMax = options.streamEntriesMax ?? 100_000;
    this.#topicEntriesMax = options.topicEntriesMax ?? 10_000;
    this.#blobsMax = options.blobsMax ?? 256;
    this.#forgetsRelay = options.forgetsRelay ?? (() => false);
  }

  async append(entries: readonly NewEntry[]): Promise<void> {
    this.#open();
    const added = new Map<number, number>();
    for (const { shard } of entries) added.set(shard, (added.get(shard) ?? 0) + 1);
    for (const [shard, count] of added) {
      if (this.#store(shard).length + count > this.#streamEntriesMax)
        throw new BusError('full', `the stream of shard ${shard} is at its limit of ${this.#streamEntriesMax} entries`);
    }
    for (const entry of entries) this.#store(entry.shard).append(entry);
    for (const shard of added.keys()) this.#waiters.wake(shard);
  }

  async readAfter(cursors: readonly ShardCursor[], limit: number, waitMs: number, signal?: AbortSignal): Promise<readonly ShardEntries[]> {
    this.#open();
    const found = this.#collect(cursors, limit);
    if (found.length > 0 || waitMs <= 0 || isAborted(signal)) return found;
    await this.#waiters.wait(cursors, waitMs, signal);
    return isAborted(signal) || this.#closed ? [] : this.#collect(cursors, limit);
  }

  async loadShard(shard: number, epoch: number): ReturnType<Bus['loadShard']> {
    return this.#holds(shard, epoch) ? this.#store(shard).load() : 'fenced';
  }

  async loadActors(shard: number, addresses: readonly string[]): ReturnType<Bus['loadActors']> {
    this.#open();
    const store = this.#store(shard);
    return addresses.map((address) => store.actor(address));
  }

  async commit(commit: Parameters<Bus['commit']>[0]): ReturnType<Bus['commit']> {
    if (!this.#holds(commit.shard, commit.epoch)) return 'fenced';
    const outcome = this.#store(commit.shard).commit(commit);
    if (outcome !== 'committed') return outcome;
    for (const entry of commit.publishes) this.#publish(entry);
    if (commit.sends.length > 0) this.#waiters.wake(commit.shard);
    return outcome;
  }

  async relay(shard: number, epoch: number): ReturnType<Bus['relay']> {
    if (!this.#holds(shard, epoch)) return 'fenced';
    return this.#store(shard).relay((entry, origin) => {
      this.#store(entry.shard).append(entry, { origin });
      this.#waiters.wake(entry.shard);
    }, this.#forgetsRelay());
  }

  async fireTimers(shard: number, epoch: number, timers: Parameters<Bus['fireTimers']>[2]): ReturnType<Bus['fireTimers']> {
    if (!this.#holds(shard, epoch)) return 'fenced';
    this.#store(shard).fireTimers(timers);
    this.#waiters.wake(shard);
    return 'committed';
  }

  async completeEffect(shard: number, epoch: number, effectId: string, result: NewEntry): ReturnType<Bus['completeEffect']> {
    if (!this.#holds(shard, epoch)) return 'fenced';
    const outcome = this.#store(shard).completeEffect(effectId, result);
    if (outcome === 'committed') this.#waiters.wake(shard);
    return outcome;
  }

  async readParked(shard: number, address: string, limit: number): Promise<readonly BusEntry[]> {
    this.#open();
    return this.#store(shard).parked(address, limit);
  }

  async trim(shard: number, epoch: number, before: EntryId): ReturnType<Bus['trim']> {
    return this.#holds(shard, epoch) ? this.#store(shard).trim(before) : 'fenced';
  }

  async readLeases(): Promise<readonly Lease[]> {
    this.#open();
    return [...this.#leases];
  }

  async acquireLease(shard: number, owner: string, seen: Parameters<Bus['acquireLease']>[2]): Promise<Lease | undefined> {
    this.#open();
    const { epoch, beat } = this.#lease(shard);
    if (epoch !== seen.epoch || beat !== seen.beat) return undefined;
    return this.#setLease({ shard, owner, epoch: epoch + 1, beat: beat + 1 });
  }

  async renewLease(shard: number, owner: string, epoch: number): Promise<boolean> {
    return this.#beat(shard, owner, epoch, owner);
  }

  async releaseLease(shard: number, owner: string, epoch: number): Promise<boolean> {
    return this.#beat(shard, owner, epoch, '');
  }

  async readTopic(topic: string, after: EntryId, limit: number): Promise<readonly TopicEntry[]> {
    this.#open();
    return this.#topics.get(topic)?.after(toPosition(after), limit).map(giveTopicEntry) ?? [];
  }

  async readBookmark(name: string): Promise<EntryId | undefined> {
    this.#open();
    return this.#bookmarks.get(name);
  }

  async writeBookmark(name: string, at: EntryId): Promise<void> {
    this.#open();
    this.#bookmarks.set(name, at);
  }

  async readDeadLetters(shard: number, after: EntryId, limit: number): ReturnType<Bus['readDeadLetters']> {
    this.#open();
    return this.#store(shard).deadLetters(after, limit);
  }

  async replayDeadLetter(shard: number, id: EntryId): Promise<boolean> {
    this.#open();
    const letter = this.#store(shard).takeDeadLetter(id);
    if (letter === undefined) return false;
    this.#store(shard).append(letter.entry, { replayed: true });
    this.#waiters.wake(shard);
    return true;
  }

  async dropDeadLetter(shard: number, id: EntryId): Promise<boolean> {
    this.#open();
    return this.#store(shard).takeDeadLetter(id) !== undefined;
  }

  async putBlob(hash: string, bytes: Uint8Array): Promise<void> {
    this.#open();
    this.#blobs.delete(hash);
    this.#blobs.set(hash, copyBytes(bytes));
    if (this.#blobs.size <= this.#blobsMax) return;
    for (const oldest of this.#blobs.keys()) {
      this.#blobs.delete(oldest);
      break;
    }
  }

  async getBlob(hash: string): Promise<Uint8Array | undefined> {
    this.#open();
    const bytes = this.#blobs.get(hash);
    return bytes === undefined ? undefined : copyBytes(bytes);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#waiters.wakeAll();
  }

  #open(): void {
    if (this.#closed) throw new BusError('closed', 'the bus is closed');
  }

  #store(shard: number): ShardStore {
    const store = this.#shards[shard];
    assert(store, `shard must be an integer from 0 to ${SHARD_COUNT - 1}, got ${shard}`);
    return store;
  }

  #lease(shard: number): Lease {
    const lease = this.#leases[shard];
    assert(lease, `shard must be an integer from 0 to ${SHARD_COUNT - 1}, got ${shard}`);
    return lease;
  }

  #setLease(lease: Lease): Lease {
    this.#leases[lease.shard] = lease;
    return lease;
  }

  #beat(shard: number, owner: string, epoch: number, nextOwner: string): boolean {
    this.#open();
    const lease = this.#lease(shard);
    if (lease.owner !== owner || lease.epoch !== epoch) return false;
    this.#setLease({ ...lease, owner: nextOwner, beat: lease.beat + 1 });
    return true;
  }

  /** The fence: the epoch is current and the lease is held. */
  #holds(shard: number, epoch: number): boolean {
    this.#open();
    const lease = this.#lease(shard);
    return lease.epoch === epoch && lease.owner !== '';
  }

  #collect(cursors: readonly ShardCursor[], limit: number): readonly ShardEntries[] {
    const found: ShardEntries[] = [];
    for (const { shard, after } of cursors) {
      const store = this.#store(shard);
      if (store.hasAfter(after)) found.push({ shard, entries: store.after(after, limit) });
    }
    return found;
  }

  #publish(entry: NewTopicEntry): void {
    let topic = this.#topics.get(entry.topic);
    if (topic === undefined) this.#topics.set(entry.topic, (topic = new Log()));
    topic.append(keepTopicEntry(entry, toEntryId(topic.nextPosition)));
    if (topic.length > this.#topicEntriesMax) topic.trimBefore(topic.nextPosition - this.#topicEntriesMax);
  }
}

/** Asked anew after every wait; the compiler would take the first answer for all. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
