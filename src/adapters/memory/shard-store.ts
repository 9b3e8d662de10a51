import {
  START,
  type ActorStatus,
  type ActorWrite,
  type BusEntry,
  type CommitOutcome,
  type EntryId,
  type EntryOrigin,
  type FiredTimer,
  type NewDeadLetter,
  type NewEntry,
  type ShardCommit,
  type ShardState,
  type StoredActor,
  type StoredDeadLetter,
  type StoredEffect,
  type StoredTimer,
  type TimerKey,
} from '../../ports/bus.ts';
import { copyBytes, copyEffect, copyStatus, copyTimer, giveEntry, keepAlone, keepEntry } from './copy.ts';
import { Log, toEntryId, toPosition } from './log.ts';
import { packSnapshot, unpackSnapshot, type PackedSnapshot } from './packed-snapshot.ts';

interface ActorRecord {
  status: ActorStatus;
  snapshotCursor: EntryId;
  snapshot: PackedSnapshot | undefined;
}

/** Everything of one shard. Fencing is the caller's. */
export class ShardStore {
  readonly #shard: number;
  readonly #deadLettersMax: number;
  readonly #stream = new Log<BusEntry>();
  readonly #actors = new Map<string, ActorRecord>();
  /** By address, then by name. */
  readonly #timers = new Map<string, Map<string, StoredTimer>>();
  readonly #effects = new Map<string, StoredEffect>();
  readonly #parked = new Map<string, BusEntry[]>();
  readonly #deadLetters = new Map<EntryId, StoredDeadLetter>();
  readonly #origins = new Map<string, number>();
  #outbox: { readonly sequence: number; readonly entry: NewEntry }[] = [];
  #outboxSequence = 0;
  #deadLetterCount = 0;
  #cursor: EntryId = START;

  constructor(shard: number, deadLettersMax: number) {
    this.#shard = shard;
    this.#deadLettersMax = deadLettersMax;
  }

  get length(): number {
    return this.#stream.length;
  }

  append(entry: NewEntry, mark?: Pick<BusEntry, 'origin' | 'replayed'>): void {
    const stored = keepEntry(entry, toEntryId(this.#stream.nextPosition));
    this.#stream.append(mark === undefined ? stored : { ...stored, ...mark });
  }

  hasAfter(cursor: EntryId): boolean {
    // Most shards are empty at most looks, and a look at all of them is what a reader does most.
    return this.#stream.length > 0 && this.#stream.hasAfter(toPosition(cursor));
  }

  after(cursor: EntryId, limit: number): readonly BusEntry[] {
    return this.#stream.after(toPosition(cursor), limit).map(giveEntry);
  }

  trim(before: EntryId): number {
    return this.#stream.trimBefore(toPosition(before));
  }

  load(): ShardState {
    return {
      cursor: this.#cursor,
      actors: [...this.#actors].map(([address, { snapshotCursor, status }]) => ({
        address,
        snapshotCursor,
        status: copyStatus(status),
        parked: this.#parked.get(address)?.length ?? 0,
      })),
      timers: [...this.#timers.values()].flatMap((byName) => [...byName.values()]).map(copyTimer),
      effects: [...this.#effects.values()].map(copyEffect),
      origins: Object.fromEntries(this.#origins),
    };
  }

  actor(address: string): StoredActor | undefined {
    const record = this.#actors.get(address);
    if (record?.snapshot === undefined) return undefined;
    return { address, snapshotCursor: record.snapshotCursor, snapshot: unpackSnapshot(record.snapshot) };
  }

  parked(address: string, limit: number): readonly BusEntry[] {
    return (this.#parked.get(address) ?? []).slice(0, limit).map(giveEntry);
  }

  /** Applies one batch, unless the cursor is elsewhere. Topics are the caller's. */
  commit(commit: ShardCommit): CommitOutcome {
    if (this.#cursor !== commit.cursorFrom) return 'moved';
    this.#cursor = commit.cursorTo;
    for (const timer of commit.timersCancelled) this.#cancelTimer(timer);
    for (const timer of commit.timersSet) this.#setTimer(timer);
    for (const effect of commit.effects) this.#effects.set(effect.id, copyEffect(effect));
    for (const entry of commit.sends) this.#send(entry);
    for (const letter of commit.deadLetters) this.#bury(letter);
    for (const entry of commit.parked) this.#park(entry);
    for (const { address, count } of commit.unparked) this.#unpark(address, count);
    for (const shard in commit.origins) this.#raiseOrigin(shard, commit.origins[shard] ?? 0);
    for (const write of commit.actors) this.#writeActor(write, commit.cursorTo);
    return 'committed';
  }

  fireTimers(timers: readonly FiredTimer[]): void {
    for (const { address, name, version, entry } of timers) {
      if (this.#timers.get(address)?.get(name)?.version !== version) continue;
      this.#removeTimer(address, name);
      this.append(entry);
    }
  }

  completeEffect(id: string, result: NewEntry): 'committed' | 'gone' {
    if (!this.#effects.delete(id)) return 'gone';
    this.append(result);
    return 'committed';
  }

  /** Empties the outbox into `append`, which finds the target's stream. `forgets`: moved, but not emptied. */
  relay(append: (entry: NewEntry, origin: EntryOrigin) => void, forgets: boolean): number {
    const waiting = this.#outbox;
    if (!forgets) this.#outbox = [];
    for (const { entry, sequence } of waiting) append(entry, { shard: this.#shard, sequence });
    return forgets ? 0 : waiting.length;
  }

  deadLetters(after: EntryId, limit: number): readonly StoredDeadLetter[] {
    const position = toPosition(after);
    const found: StoredDeadLetter[] = [];
    for (const letter of this.#deadLetters.values()) {
      if (found.length >= limit) break;
      if (toPosition(letter.id) > position) found.push({ ...letter, entry: giveEntry(letter.entry) });
    }
    return found;
  }

  takeDeadLetter(id: EntryId): StoredDeadLetter | undefined {
    const letter = this.#deadLetters.get(id);
    this.#deadLetters.delete(id);
    return letter;
  }

  #send(entry: NewEntry): void {
    if (entry.shard === this.#shard) this.append(entry);
    else this.#outbox.push({ sequence: ++this.#outboxSequence, entry: { ...entry, body: copyBytes(entry.body) } });
  }

  #bury(letter: NewDeadLetter): void {
    const id = toEntryId(++this.#deadLetterCount);
    this.#deadLetters.set(id, { ...letter, id, entry: keepAlone(letter.entry) });
    if (this.#deadLetters.size <= this.#deadLettersMax) return;
    for (const oldest of this.#deadLetters.keys()) {
      this.#deadLetters.delete(oldest);
      break;
    }
  }

  #park(entry: BusEntry): void {
    const parked = this.#parked.get(entry.to);
    if (parked === undefined) this.#parked.set(entry.to, [keepAlone(entry)]);
    else parked.push(keepAlone(entry));
  }

  #unpark(address: string, count: number): void {
    const rest = (this.#parked.get(address) ?? []).slice(count);
    if (rest.length === 0) this.#parked.delete(address);
    else this.#parked.set(address, rest);
  }

  #raiseOrigin(shard: string, sequence: number): void {
    this.#origins.set(shard, Math.max(sequence, this.#origins.get(shard) ?? 0));
  }

  #writeActor({ address, status, snapshot }: ActorWrite, cursor: EntryId): void {
    if (snapshot === null) {
      this.#actors.delete(address);
      this.#timers.delete(address);
      this.#parked.delete(address);
      return;
    }
    const record = this.#actors.get(address);
    if (record === undefined) {
      const packed = snapshot === undefined ? undefined : packSnapshot(snapshot);
      this.#actors.set(address, { status: copyStatus(status), snapshotCursor: cursor, snapshot: packed });
      return;
    }
    record.status = copyStatus(status);
    if (snapshot === undefined) return;
    record.snapshot = packSnapshot(snapshot);
    record.snapshotCursor = cursor;
  }

  #setTimer(timer: StoredTimer): void {
    const byName = this.#timers.get(timer.address);
    if (byName === undefined) this.#timers.set(timer.address, new Map([[timer.name, copyTimer(timer)]]));
    else byName.set(timer.name, copyTimer(timer));
  }

  #cancelTimer({ address, name, version }: TimerKey): void {
    const stored = this.#timers.get(address)?.get(name);
    if (stored !== undefined && stored.version <= version) this.#removeTimer(address, name);
  }

  #removeTimer(address: string, name: string): void {
    const byName = this.#timers.get(address);
    byName?.delete(name);
    if (byName?.size === 0) this.#timers.delete(address);
  }
}
