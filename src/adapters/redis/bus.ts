/** The bus over Redis Streams. Every step that must be one is one script on the keys of one shard, behind the shard's fence. */
import assert from 'node:assert/strict';
import {
  BusError,
  START,
  type Bus,
  type BusEntry,
  type CommitOutcome,
  type EntryId,
  type Lease,
  type NewEntry,
  type ShardCommit,
  type ShardCursor,
  type ShardEntries,
  type StoredActor,
  type StoredDeadLetter,
  type TopicEntry,
} from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Meter } from '../../ports/meter.ts';
import type { Random } from '../../ports/random.ts';
import { SHARD_COUNT } from '../../protocol/address.ts';
import type { Arg, Client } from './connections.ts';
import { entryArgs, toBuffer, toTopicEntry } from './entry.ts';
import { toBusError } from './failure.ts';
import { SHARD_KEY_TYPES, createKeys, shardKeyList, type Keys } from './keys.ts';
import { LeaseStore } from './lease-store.ts';
import { RedisLink, type LinkState } from './link.ts';
import { StreamReader } from './reader.ts';
import { Relay } from './relay.ts';
import { entriesOf, isFenced, rowOf, textOf } from './reply.ts';
import { runScript, type ScriptName } from './scripts.ts';
import type { RedisSettings } from './settings.ts';
import { commitCall, timerField, toDeadLetter, toShardState, unpackEntry, type CommitLimits } from './shard-codec.ts';

export interface RedisBusOptions {
  readonly settings: RedisSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  /** Shown by Redis in its list of clients. */
  readonly name: string;
  /** How long the first connection may take, milliseconds. Default 10 s. */
  readonly connectMs?: number;
  /** Entries that a shard's stream holds before it refuses messages from outside. Default 100,000. */
  readonly streamEntriesMax?: number;
  /** Entries that a topic keeps, about; the oldest go. Default 10,000. */
  readonly topicEntriesMax?: number;
  /** Dead letters that a shard keeps; the oldest go. Default 10,000. */
  readonly deadLettersMax?: number;
  /** Blobs that are kept; the least recently written go. Default 256. */
  readonly blobsMax?: number;
  /** How long a promoted replica must be known before leases are taken on it, milliseconds. Default 3 s, as long as a lease. */
  readonly quietMs?: number;
}

export interface RedisBus extends Bus {
  readonly keys: Keys;
  readonly link: RedisLink;
  readonly state: LinkState;
  /** The latest position in a public stream, START when there is nothing. */
  topicEnd(topic: string): Promise<EntryId>;
}

/** The breaker opens at this multiple of what is accepted from outside: actors' own messages are never refused. */
const BREAKER_FACTOR = 4;
/** How long a commit with effects waits for its replicas, milliseconds. */
const REPLICA_WAIT_MS = 50;
const LETTER_ID = /^\d+-\d+$/;

/** @throws InputError when the server must not be used, Error when it cannot be reached. */
export async function createRedisBus(options: RedisBusOptions): Promise<RedisBus> {
  return new RedisStreamsBus(options, await RedisLink.open(options));
}

class RedisStreamsBus implements RedisBus {
  readonly keys: Keys;
  readonly link: RedisLink;
  readonly #options: RedisBusOptions;
  readonly #limits: CommitLimits;
  readonly #leases: LeaseStore;
  readonly #reader: StreamReader;
  readonly #relay: Relay;
  readonly #closing = new AbortController();
  /** Entries lost to the breaker, as far as they were told. */
  readonly #lost = new Map<number, number>();

  constructor(options: RedisBusOptions, link: RedisLink) {
    const { settings, clock, streamEntriesMax = 100_000 } = options;
    this.#options = options;
    this.link = link;
    this.keys = createKeys(settings.prefix, SHARD_COUNT);
    this.#limits = {
      deadLettersMax: options.deadLettersMax ?? 10_000,
      topicEntriesMax: options.topicEntriesMax ?? 10_000,
      breakerEntries: BREAKER_FACTOR * streamEntriesMax,
    };
    this.#leases = new LeaseStore(link, this.keys, clock, options.quietMs ?? 3_000);
    this.#reader = new StreamReader(link, this.keys, clock, this.#closing.signal);
    this.#relay = new Relay(link, this.keys, this.#limits, (shard, count) => this.#alarm(shard, count));
  }

  get state(): LinkState {
    return this.link.state;
  }

  append(entries: readonly NewEntry[]): Promise<void> {
    return this.#do(async ({ commit }) => {
      const groups = this.#appendGroups(entries);
      // Where one script cannot see all streams, they are looked at first: full is then rarely found in the middle.
      if (groups.length > 1) await this.#checkRoom(groups);
      for (const { keys, args, shards } of groups) {
        const full = await runScript(commit, 'append', keys, args);
        if (full !== 0) this.#refuseFull(shards[Number(full) - 1]);
      }
    });
  }

  readAfter(cursors: readonly ShardCursor[], limit: number, waitMs: number, signal?: AbortSignal): Promise<readonly ShardEntries[]> {
    return this.#do(async () => {
      if (signal?.aborted === true || cursors.length === 0) return [];
      if (waitMs <= 0) return this.#reader.now(cursors, limit);
      const signals = signal === undefined ? [this.#closing.signal] : [signal, this.#closing.signal];
      return this.#reader.wait(cursors, limit, waitMs, AbortSignal.any(signals));
    });
  }

  async loadShard(shard: number, epoch: number): ReturnType<Bus['loadShard']> {
    const reply = await this.#script('load-shard', shardKeyList(this.keys.shard(shard)), [epoch, ...Object.values(SHARD_KEY_TYPES)]);
    return isFenced(reply) ? 'fenced' : toShardState(rowOf(reply));
  }

  loadActors(shard: number, addresses: readonly string[]): Promise<readonly (StoredActor | undefined)[]> {
    if (addresses.length === 0) return Promise.resolve([]);
    return this.#do(async ({ commit }) => {
      const { snapshots, cursors } = this.keys.shard(shard);
      const [bytes, at] = await Promise.all([commit.hmgetBuffer(snapshots, ...addresses), commit.hmget(cursors, ...addresses)]);
      return addresses.map((address, index) => {
        const snapshot = bytes[index];
        const snapshotCursor = at[index];
        return snapshot == null || snapshotCursor == null ? undefined : { address, snapshotCursor, snapshot };
      });
    });
  }

  async commit(commit: ShardCommit): Promise<CommitOutcome> {
    const { isCluster } = this.link;
    const { keys, args } = commitCall(commit, this.keys, this.#limits, isCluster);
    const isAssured = commit.effects.length > 0 && this.#options.settings.replicasMin > 0;
    const reply = await this.#do((connections) =>
      isAssured ? this.#commitAssured(connections.assured, keys, args) : runScript(connections.commit, 'commit', keys, args),
    );
    const outcome = textOf(reply) as CommitOutcome;
    if (outcome === 'committed' && isCluster && commit.publishes.length > 0) await this.relay(commit.shard, commit.epoch);
    return outcome;
  }

  relay(shard: number, epoch: number): Promise<number | 'fenced'> {
    return this.#do(() => this.#relay.run(shard, epoch));
  }

  async fireTimers(shard: number, epoch: number, timers: Parameters<Bus['fireTimers']>[2]): ReturnType<Bus['fireTimers']> {
    const { lease, in: stream, timers: key } = this.keys.shard(shard);
    const args = timers.flatMap((timer): Arg[] => [timerField(timer), timer.version, ...entryArgs(timer.entry)]);
    return textOf(await this.#script('fire-timers', [lease, stream, key], [epoch, ...args])) as 'committed' | 'fenced';
  }

  async completeEffect(shard: number, epoch: number, effectId: string, result: NewEntry): ReturnType<Bus['completeEffect']> {
    const { lease, in: stream, effects } = this.keys.shard(shard);
    const reply = await this.#script('complete-effect', [lease, stream, effects], [epoch, effectId, ...entryArgs(result)]);
    return textOf(reply) as 'committed' | 'fenced' | 'gone';
  }

  readParked(shard: number, address: string, limit: number): Promise<readonly BusEntry[]> {
    return this.#do(async ({ commit }) => {
      const found = await commit.lrangeBuffer(this.keys.parkedFor(shard, address), 0, limit - 1);
      return found.map(unpackEntry);
    });
  }

  async trim(shard: number, epoch: number, before: EntryId): Promise<number | 'fenced'> {
    const { lease, meta, in: stream } = this.keys.shard(shard);
    const reply = await this.#script('trim', [lease, meta, stream], [epoch, before]);
    if (isFenced(reply)) return 'fenced';
    const [dropped, lost] = rowOf(reply);
    this.#noteLost(shard, Number(lost));
    return Number(dropped);
  }

  readLeases(): Promise<readonly Lease[]> {
    return this.#do(() => this.#leases.read());
  }

  acquireLease(shard: number, owner: string, seen: Parameters<Bus['acquireLease']>[2]): Promise<Lease | undefined> {
    return this.#do(() => this.#leases.acquire(shard, owner, seen));
  }

  renewLease(shard: number, owner: string, epoch: number): Promise<boolean> {
    return this.#do(() => this.#leases.beat(shard, owner, epoch, owner));
  }

  releaseLease(shard: number, owner: string, epoch: number): Promise<boolean> {
    return this.#do(() => this.#leases.beat(shard, owner, epoch, ''));
  }

  readTopic(topic: string, after: EntryId, limit: number): Promise<readonly TopicEntry[]> {
    return this.#do(async ({ commit }) => {
      const found = entriesOf(await commit.callBuffer('xrange', [this.keys.topic(topic), `(${after}`, '+', 'COUNT', limit]));
      return found.map(([id, row]) => toTopicEntry(topic, id.toString(), row));
    });
  }

  readBookmark(name: string): Promise<EntryId | undefined> {
    return this.#do(async ({ commit }) => (await commit.hget(this.keys.bookmarks, name)) ?? undefined);
  }

  writeBookmark(name: string, at: EntryId): Promise<void> {
    return this.#do(async ({ commit }) => void (await commit.hset(this.keys.bookmarks, name, at)));
  }

  topicEnd(topic: string): Promise<EntryId> {
    return this.#do(async ({ commit }) => (await commit.xrevrange(this.keys.topic(topic), '+', '-', 'COUNT', 1))[0]?.[0] ?? START);
  }

  readDeadLetters(shard: number, after: EntryId, limit: number): Promise<readonly StoredDeadLetter[]> {
    return this.#do(async ({ commit }) => {
      const found = entriesOf(await commit.callBuffer('xrange', [this.keys.shard(shard).dead, `(${after}`, '+', 'COUNT', limit]));
      return found.map(([id, row]) => toDeadLetter(shard, id.toString(), row));
    });
  }

  async replayDeadLetter(shard: number, id: EntryId): Promise<boolean> {
    const { in: stream, dead } = this.keys.shard(shard);
    return LETTER_ID.test(id) && (await this.#script('replay-letter', [stream, dead], [id])) === 1;
  }

  async dropDeadLetter(shard: number, id: EntryId): Promise<boolean> {
    return LETTER_ID.test(id) && (await this.#do(({ commit }) => commit.xdel(this.keys.shard(shard).dead, id))) === 1;
  }

  async putBlob(hash: string, bytes: Uint8Array): Promise<void> {
    const { blobs, blobOrder } = this.keys;
    await this.#script('put-blob', [blobs, blobOrder], [hash, toBuffer(bytes), this.#options.blobsMax ?? 256]);
  }

  getBlob(hash: string): Promise<Uint8Array | undefined> {
    return this.#do(async ({ commit }) => (await commit.hgetBuffer(this.keys.blobs, hash)) ?? undefined);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.link.close();
  }

  /** Every call passes here: refused when closed, errors in the words of the port. */
  async #do<T>(call: (connections: RedisLink['connections']) => Promise<T>): Promise<T> {
    if (this.#closing.signal.aborted) throw new BusError('closed', 'the bus is closed');
    try {
      return await call(this.link.connections);
    } catch (error) {
      if (error instanceof assert.AssertionError || error instanceof RangeError) throw error;
      throw this.#closing.signal.aborted ? new BusError('closed', 'the bus is closed') : toBusError(error);
    }
  }

  #script(name: ScriptName, keys: readonly string[], args: readonly Arg[]): Promise<unknown> {
    return this.#do(({ commit }) => runScript(commit, name, keys, args));
  }

  /** Effects may begin when enough replicas have the commit: a failover would forget them, and the actor would decide again. */
  async #commitAssured(client: Client, keys: readonly string[], args: readonly Arg[]): Promise<unknown> {
    const { replicasMin } = this.#options.settings;
    // One after the other: a script that the server does not know is sent again, and must not come after its wait.
    const reply = await runScript(client, 'commit', keys, args);
    const confirmed = await client.call('wait', [replicasMin, REPLICA_WAIT_MS]);
    if (Number(confirmed) < replicasMin) {
      this.#options.meter.count('forescale_bus_unreplicated_commits_total');
      this.#options.log.warn(
        { wanted: replicasMin, confirmed: Number(confirmed) },
        'a commit with effects is not on enough replicas; a failover may forget it',
      );
    }
    return reply;
  }

  #appendGroups(entries: readonly NewEntry[]): readonly AppendGroup[] {
    const groups = new Map<number, AppendGroup>();
    for (const entry of entries) {
      const key = this.keys.shard(entry.shard).in;
      const of = this.link.isCluster ? entry.shard : 0;
      let group = groups.get(of);
      if (group === undefined) groups.set(of, (group = { keys: [], shards: [], args: [this.#streamEntriesMax] }));
      let number = group.keys.indexOf(key) + 1;
      if (number === 0) {
        number = group.keys.push(key);
        group.shards.push(entry.shard);
      }
      group.args.push(number, ...entryArgs(entry));
    }
    return [...groups.values()];
  }

  async #checkRoom(groups: readonly AppendGroup[]): Promise<void> {
    const { commit } = this.link.connections;
    await Promise.all(
      groups.map(async ({ keys, args, shards }) => {
        const added = (args.length - 1) / 5;
        if ((await commit.xlen(keys[0] ?? '')) + added > this.#streamEntriesMax) this.#refuseFull(shards[0]);
      }),
    );
  }

  #refuseFull(shard: number | undefined): never {
    throw new BusError('full', `the stream of shard ${shard} is at its limit of ${this.#streamEntriesMax} entries`);
  }

  get #streamEntriesMax(): number {
    return this.#limits.breakerEntries / BREAKER_FACTOR;
  }

  #noteLost(shard: number, lost: number): void {
    const known = this.#lost.get(shard) ?? 0;
    this.#lost.set(shard, lost);
    if (lost > known) this.#alarm(shard, lost - known);
  }

  #alarm(shard: number, lost: number): void {
    this.#options.meter.count('forescale_bus_lost_entries_total', { shard: String(shard) }, lost);
    this.#options.log.error({ shard, lost }, 'the stream of a shard grew beyond all bounds; its oldest entries were dropped unread');
  }
}

interface AppendGroup {
  readonly keys: string[];
  readonly shards: number[];
  readonly args: Arg[];
}
