import type { ContentType } from '../protocol/content-type.ts';

/**
 * The ordered, durable streams between actors, and the durable state of shards. One contract, several adapters (memory,
 * Redis); `test/contracts/bus.ts` runs on each.
 *
 * Everything an actor sees is an entry of its shard's stream: messages from other actors, messages from producers, fired
 * timers and results of effects. So the stream and a snapshot are enough to rebuild an actor exactly.
 *
 * Every method may reject with a `BusError`. Whether it was carried out is then unknown, unless the code says otherwise;
 * each may be repeated without harm. "Fenced" means: nothing happens unless `epoch` is the shard's current one and its lease
 * is held; a released epoch is not current.
 */
export interface Bus {
  /**
   * Appends messages from outside (producers, commands), in order. At least once: the receiver drops repeats by source and
   * sequence. Rejects with code `full`, and appends nothing, when a stream is at its limit; what actors send is bounded by
   * what they are given and is never refused.
   */
  append(entries: readonly NewEntry[]): Promise<void>;

  /**
   * Entries after each cursor, at most `limit` per shard, only shards that have some. Waits up to `waitMs` for the first
   * when there are none; returns at once, with nothing, when `signal` aborts.
   */
  readAfter(cursors: readonly ShardCursor[], limit: number, waitMs: number, signal?: AbortSignal): Promise<readonly ShardEntries[]>;

  /** Everything that a new owner needs to go on with a shard, except the snapshots themselves. Fenced. */
  loadShard(shard: number, epoch: number): Promise<ShardState | 'fenced'>;

  /** Snapshots of actors; undefined where there is none. */
  loadActors(shard: number, addresses: readonly string[]): Promise<readonly (StoredActor | undefined)[]>;

  /**
   * Commits one batch atomically: nothing of it happens unless the epoch is current and the cursor is where the batch
   * began. Entries for the same shard are appended in the same step; entries for other shards go through the shard's
   * outbox and reach their stream at least once and in order (see `relay`).
   */
  commit(commit: ShardCommit): Promise<CommitOutcome>;

  /**
   * Moves all outbox entries of a shard to their target streams, in order, stamping each with `origin` so that the receiver
   * can drop repeats. Fenced. Resolves with the number moved.
   */
  relay(shard: number, epoch: number): Promise<number | 'fenced'>;

  /** Removes fired timers and appends their entries, atomically and fenced. A timer whose version is gone is passed over. */
  fireTimers(shard: number, epoch: number, timers: readonly FiredTimer[]): Promise<'committed' | 'fenced'>;

  /** Removes a pending effect and appends its result, atomically and fenced. `gone`: it was removed already, nothing happens. */
  completeEffect(shard: number, epoch: number, effectId: string, result: NewEntry): Promise<'committed' | 'fenced' | 'gone'>;

  /** The first parked entries of an actor, oldest first. They are removed by the commit that takes them (`unparked`). */
  readParked(shard: number, address: string, limit: number): Promise<readonly BusEntry[]>;

  /** Drops entries below a position that no cursor and no snapshot needs. Returns how many were dropped. Fenced. */
  trim(shard: number, epoch: number, before: EntryId): Promise<number | 'fenced'>;

  /** All leases, one per shard, for watching their beats. A shard that nobody ever held has owner '', epoch 0 and beat 0. */
  readLeases(): Promise<readonly Lease[]>;
  /**
   * Takes a lease that has not changed since it was seen (compare-and-set on epoch and beat), with the next epoch. undefined
   * if it moved. The bus does not judge whether the holder lives: the contender does, by its own monotonic clock.
   */
  acquireLease(shard: number, owner: string, seen: { readonly epoch: number; readonly beat: number }): Promise<Lease | undefined>;
  /** Beats once. False if the lease is another's now. */
  renewLease(shard: number, owner: string, epoch: number): Promise<boolean>;
  /** Clears the owner; the epoch ends with it. False if the lease is another's now. */
  releaseLease(shard: number, owner: string, epoch: number): Promise<boolean>;

  /** Public streams (state reports, plans, decisions), bounded by the adapter's retention. */
  readTopic(topic: string, after: EntryId, limit: number): Promise<readonly TopicEntry[]>;

  /** How far a reader of public streams has come, under a name of its own; undefined: it has not begun. */
  readBookmark(name: string): Promise<EntryId | undefined>;
  /** Remembers how far a reader has come. */
  writeBookmark(name: string, at: EntryId): Promise<void>;

  /** Dead letters of a shard, oldest first. */
  readDeadLetters(shard: number, after: EntryId, limit: number): Promise<readonly StoredDeadLetter[]>;
  /** Appends a dead letter's entry to its stream again, marked `replayed`, and removes the letter. False if it was gone. */
  replayDeadLetter(shard: number, id: EntryId): Promise<boolean>;
  /** Removes a dead letter for good. False if it was gone. */
  dropDeadLetter(shard: number, id: EntryId): Promise<boolean>;

  /** Blobs by content hash (network weights). */
  putBlob(hash: string, bytes: Uint8Array): Promise<void>;
  /** undefined where there is none, or none any more: the bus keeps a bounded number. */
  getBlob(hash: string): Promise<Uint8Array | undefined>;

  /** Ends every wait; every later call rejects with code `closed`. */
  close(): Promise<void>;
}

/** Position in a stream: opaque, `START` before the first entry. Compare with `compareEntryIds`. */
export type EntryId = string;
export const START: EntryId = '0-0';

/** Negative, zero or positive like a sort function; ids have the form `<number>-<number>`. */
export function compareEntryIds(a: EntryId, b: EntryId): number {
  if (a === b) return 0;
  const [aMajor, aMinor] = splitEntryId(a);
  const [bMajor, bMinor] = splitEntryId(b);
  return aMajor - bMajor || aMinor - bMinor;
}

function splitEntryId(id: EntryId): [number, number] {
  const dash = id.indexOf('-');
  return [Number(id.slice(0, dash)), Number(id.slice(dash + 1))];
}

export type { ContentType };

/** An encoded message on its way to an actor. */
export interface NewEntry {
  readonly shard: number;
  /** Address of the receiving actor. */
  readonly to: string;
  readonly contentType: ContentType;
  /** The envelope, encoded. */
  readonly body: Uint8Array;
  /** When it was appended, epoch ms by the sender's clock: the time that the receiving step sees. */
  readonly atMs: number;
}

/** An entry of a shard's stream. */
export interface BusEntry extends NewEntry {
  readonly id: EntryId;
  /** Set by `relay`: the sending shard and its outbox position, for dropping repeats. */
  readonly origin?: EntryOrigin;
  /** Put back from the dead letters by a person: not dropped as a repeat. Then there is no origin. */
  readonly replayed?: boolean;
}

export interface EntryOrigin {
  readonly shard: number;
  /** Position in that shard's outbox, rising from 1. */
  readonly sequence: number;
}

export interface ShardCursor {
  readonly shard: number;
  readonly after: EntryId;
}

export interface ShardEntries {
  readonly shard: number;
  readonly entries: readonly BusEntry[];
}

export interface ShardState {
  readonly cursor: EntryId;
  readonly actors: readonly ActorIndexEntry[];
  readonly timers: readonly StoredTimer[];
  readonly effects: readonly StoredEffect[];
  /** Highest outbox sequence applied, per sending shard. */
  readonly origins: Readonly<Record<string, number>>;
}

/** What is known of an actor without reading its snapshot. */
export interface ActorIndexEntry {
  readonly address: string;
  /** The snapshot holds everything up to here; entries after it are replayed. */
  readonly snapshotCursor: EntryId;
  readonly status: ActorStatus;
  /** How many entries are parked for it. */
  readonly parked: number;
}

/** `backing-off` and `quarantined` actors are not stepped: their entries are parked, bounded. */
export type ActorStatus =
  | { readonly kind: 'active'; readonly failures?: FailureRecord }
  | {
      readonly kind: 'backing-off';
      readonly reason: string;
      readonly untilMs: number;
      readonly failures: FailureRecord;
      readonly stoppedAt: EntryId;
    }
  | {
      readonly kind: 'quarantined';
      readonly code: QuarantineCode;
      readonly reason: string;
      readonly sinceMs: number;
      readonly stoppedAt: EntryId;
    };

/**
 * `failing`: it failed again after every back-off. `unreadable`: its snapshot is of a newer version or broken; the next owner
 * tries again. `stoppedAt` is the position up to which its state counts; what came later is parked.
 */
export type QuarantineCode = 'failing' | 'unreadable';

/** What supervision remembers of an actor that failed lately. */
export interface FailureRecord {
  /** Times of the recent restarts, epoch ms, ascending. */
  readonly restarts: readonly number[];
  /** How often it backed off since it last did well for long enough. */
  readonly backOffs: number;
}

export interface StoredActor {
  readonly address: string;
  readonly snapshotCursor: EntryId;
  /** Encoded snapshot with its kind and version inside. */
  readonly snapshot: Uint8Array;
}

export interface ShardCommit {
  readonly shard: number;
  readonly epoch: number;
  readonly cursorFrom: EntryId;
  readonly cursorTo: EntryId;
  readonly actors: readonly ActorWrite[];
  readonly timersSet: readonly StoredTimer[];
  /** Removes timers whose version is at most this. */
  readonly timersCancelled: readonly TimerKey[];
  readonly effects: readonly StoredEffect[];
  /** To any shard, the own one included, in order. */
  readonly sends: readonly NewEntry[];
  readonly publishes: readonly NewTopicEntry[];
  readonly deadLetters: readonly NewDeadLetter[];
  /** Entries set aside for actors that are backing off or quarantined, after those that are parked already. */
  readonly parked: readonly BusEntry[];
  /** How many of the oldest parked entries of an actor were taken by this batch. */
  readonly unparked: readonly { readonly address: string; readonly count: number }[];
  /** New high-water marks per sending shard. */
  readonly origins: Readonly<Record<string, number>>;
}

export interface ActorWrite {
  readonly address: string;
  readonly status: ActorStatus;
  /**
   * A new snapshot, taken at the end of this batch, so that its cursor is `cursorTo`; null removes the actor with its timers
   * and parked entries; undefined leaves the stored one.
   */
  readonly snapshot?: Uint8Array | null;
}

export interface TimerKey {
  readonly address: string;
  readonly name: string;
  /** A timer set again has a higher version; only the version that was seen due may fire. */
  readonly version: number;
}

export interface StoredTimer extends TimerKey {
  readonly dueAtMs: number;
  /** Of the trace that goes on when it fires. */
  readonly traceparent?: string;
}

/** A timer that came due, and the entry that tells its actor. */
export interface FiredTimer extends TimerKey {
  readonly entry: NewEntry;
}

/** An effect that was decided and committed, and is not yet known to be done. Executed at least once. */
export interface StoredEffect {
  /** Unique within the shard. An effect whose id is pending already replaces it. */
  readonly id: string;
  /** The actor that gets the result. */
  readonly address: string;
  /** Name of the executor, e.g. `target.scale`. */
  readonly executor: string;
  readonly args: unknown;
  /** Not begun after this time, epoch ms: the answer is then an `expired` error. */
  readonly notAfterMs: number;
  readonly traceparent?: string;
}

export interface NewTopicEntry {
  readonly topic: string;
  readonly contentType: ContentType;
  readonly body: Uint8Array;
  readonly atMs: number;
}

/** An entry of a public stream (`reports`, `plans`, `decisions`, `actions`, ...). */
export interface TopicEntry extends NewTopicEntry {
  readonly id: EntryId;
}

export interface NewDeadLetter {
  readonly entry: BusEntry;
  readonly code: string;
  readonly reason: string;
  readonly atMs: number;
}

export interface StoredDeadLetter extends NewDeadLetter {
  readonly id: EntryId;
}

export interface Lease {
  readonly shard: number;
  /** Empty when nobody holds it. */
  readonly owner: string;
  readonly epoch: number;
  readonly beat: number;
}

/** `fenced`: the epoch is not current, stop at once. `moved`: the cursor is elsewhere, load the shard again. */
export type CommitOutcome = 'committed' | 'fenced' | 'moved';

/**
 * `unavailable`: the bus cannot be reached, the outcome is unknown. `full`: refused, nothing happened. `closed`: the program
 * closed the bus, nothing happened.
 */
export type BusErrorCode = 'unavailable' | 'full' | 'closed';

export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;

  constructor(code: BusErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
