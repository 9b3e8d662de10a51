import {
  BusError,
  type Bus,
  type BusEntry,
  type EntryId,
  type FiredTimer,
  type Lease,
  type NewEntry,
  type ShardCommit,
  type ShardCursor,
  type ShardEntries,
} from '../../src/ports/bus.ts';
import type { Server } from './change.ts';
import type { BusHappening, LeaseChange } from './happening.ts';

/** One client's connection to the server. Planted bugs that take a guard of the bus away sit here. */
export class ServerSession implements Bus {
  readonly #server: Server;
  readonly #by: string;

  constructor(server: Server, by: string) {
    this.#server = server;
    this.#by = by;
  }

  async append(entries: readonly NewEntry[]): Promise<void> {
    this.#server.assertRoom();
    await this.#server.change(this.#by, {
      what: 'append',
      shard: entries[0]?.shard ?? 0,
      touches: [...new Set(entries.map(({ shard }) => shard))],
      run: (store) => store.append(entries),
      tell: (_, appended) => ({ kind: 'appended', by: this.#by, appended }),
    });
  }

  async readAfter(cursors: readonly ShardCursor[], limit: number, waitMs: number, signal?: AbortSignal): Promise<readonly ShardEntries[]> {
    this.#server.assertUp();
    const found = await this.#server.store.readAfter(cursors, limit, waitMs, signal);
    if (!this.#server.planted.has('no-dedupe')) return found;
    return found.map(({ shard, entries }) => ({ shard, entries: entries.map(unmarked) }));
  }

  async loadShard(shard: number, epoch: number): ReturnType<Bus['loadShard']> {
    this.#server.assertUp();
    const state = await this.#server.store.loadShard(shard, await this.#epoch(shard, epoch));
    if (state === 'fenced') return state;
    const { planted } = this.#server;
    return { ...state, ...(planted.has('timers-lost') ? { timers: [] } : {}), ...(planted.has('effects-lost') ? { effects: [] } : {}) };
  }

  async loadActors(shard: number, addresses: readonly string[]): ReturnType<Bus['loadActors']> {
    this.#server.assertUp();
    return this.#server.store.loadActors(shard, addresses);
  }

  async commit(commit: ShardCommit): ReturnType<Bus['commit']> {
    this.#assertRoomForState();
    const { shard } = commit;
    let epochCurrent = 0;
    let cursorBefore: EntryId = commit.cursorFrom;
    let carried: ShardCommit | undefined;
    return this.#server.change(this.#by, {
      what: 'commit',
      shard,
      touches: commit.sends.some((entry) => entry.shard === shard) ? [shard] : [],
      run: async (store) => {
        if (carried !== undefined) return store.commit(carried);
        const lease = await this.#server.leaseOf(shard);
        epochCurrent = lease.epoch + this.#server.epochBase;
        cursorBefore = this.#server.cursorOf(shard);
        carried = { ...commit, epoch: await this.#epoch(shard, commit.epoch) };
        if (this.#server.planted.has('no-cursor-check')) carried = { ...carried, cursorFrom: cursorBefore };
        return store.commit(carried);
      },
      tell: (outcome, appended) =>
        outcome === 'committed' ? { kind: 'committed', by: this.#by, commit, epochCurrent, cursorBefore, appended } : outcome,
    });
  }

  async relay(shard: number, epoch: number): ReturnType<Bus['relay']> {
    this.#assertRoomForState();
    const own = await this.#epoch(shard, epoch);
    const forgets = this.#server.drawForgets();
    return this.#server.change(this.#by, {
      what: 'relay',
      shard,
      touches: this.#server.shards,
      run: (store) => this.#server.relay(store, shard, own, forgets),
      tell: (moved, appended) =>
        moved === 'fenced' ? moved : appended.length > 0 ? { kind: 'relayed', by: this.#by, shard, appended } : undefined,
    });
  }

  async fireTimers(shard: number, epoch: number, timers: readonly FiredTimer[]): ReturnType<Bus['fireTimers']> {
    this.#assertRoomForState();
    const own = await this.#epoch(shard, epoch);
    return this.#server.change(this.#by, {
      what: 'fire',
      shard,
      touches: [shard],
      run: (store) => store.fireTimers(shard, own, timers),
      tell: (outcome, appended) => (outcome === 'fenced' ? outcome : { kind: 'fired', by: this.#by, shard, epoch, timers, appended }),
    });
  }

  async completeEffect(shard: number, epoch: number, effect: string, result: NewEntry): ReturnType<Bus['completeEffect']> {
    this.#assertRoomForState();
    const own = await this.#epoch(shard, epoch);
    return this.#server.change(this.#by, {
      what: 'complete',
      shard,
      touches: [shard],
      run: (store) => store.completeEffect(shard, own, effect, result),
      tell: (outcome, appended) =>
        outcome === 'committed' ? { kind: 'completed', by: this.#by, shard, epoch, effect, appended } : outcome,
    });
  }

  async readParked(shard: number, address: string, limit: number): Promise<readonly BusEntry[]> {
    this.#server.assertUp();
    return this.#server.store.readParked(shard, address, limit);
  }

  async trim(shard: number, epoch: number, before: EntryId): ReturnType<Bus['trim']> {
    this.#server.assertUp();
    const own = await this.#epoch(shard, epoch);
    return this.#server.change(this.#by, {
      what: 'trim',
      shard,
      touches: [],
      run: (store) => store.trim(shard, own, before),
      tell: (dropped) => (dropped === 'fenced' ? dropped : { kind: 'trimmed', by: this.#by, shard, before, dropped }),
    });
  }

  async readLeases(): Promise<readonly Lease[]> {
    this.#server.assertUp();
    const base = this.#server.epochBase;
    const leases = await this.#server.store.readLeases();
    return base === 0 ? leases : leases.map((lease) => ({ ...lease, epoch: lease.epoch + base }));
  }

  async acquireLease(shard: number, owner: string, seen: Parameters<Bus['acquireLease']>[2]): Promise<Lease | undefined> {
    this.#server.assertUp();
    const base = this.#server.epochBase;
    const own = { ...seen, epoch: seen.epoch - base };
    const lease = await this.#server.change(this.#by, {
      what: 'acquire',
      shard,
      touches: [],
      run: (store) => store.acquireLease(shard, owner, own),
      tell: (taken) => (taken === undefined ? 'moved' : this.#lease('acquired', shard, taken.epoch + base)),
    });
    return lease === undefined ? undefined : { ...lease, epoch: lease.epoch + base };
  }

  async renewLease(shard: number, owner: string, epoch: number): Promise<boolean> {
    return this.#beat('renewed', shard, epoch, (store, own) => store.renewLease(shard, owner, own));
  }

  async releaseLease(shard: number, owner: string, epoch: number): Promise<boolean> {
    return this.#beat('released', shard, epoch, (store, own) => store.releaseLease(shard, owner, own));
  }

  async readTopic(...args: Parameters<Bus['readTopic']>): ReturnType<Bus['readTopic']> {
    this.#server.assertUp();
    return this.#server.store.readTopic(...args);
  }

  async readBookmark(...args: Parameters<Bus['readBookmark']>): ReturnType<Bus['readBookmark']> {
    this.#server.assertUp();
    return this.#server.store.readBookmark(...args);
  }

  async writeBookmark(...args: Parameters<Bus['writeBookmark']>): Promise<void> {
    this.#server.assertRoom();
    return this.#server.store.writeBookmark(...args);
  }

  async readDeadLetters(...args: Parameters<Bus['readDeadLetters']>): ReturnType<Bus['readDeadLetters']> {
    this.#server.assertUp();
    return this.#server.store.readDeadLetters(...args);
  }

  async replayDeadLetter(...args: Parameters<Bus['replayDeadLetter']>): Promise<boolean> {
    this.#server.assertUp();
    return this.#server.store.replayDeadLetter(...args);
  }

  async dropDeadLetter(...args: Parameters<Bus['dropDeadLetter']>): Promise<boolean> {
    this.#server.assertUp();
    return this.#server.store.dropDeadLetter(...args);
  }

  async putBlob(...args: Parameters<Bus['putBlob']>): Promise<void> {
    this.#server.assertRoom();
    return this.#server.store.putBlob(...args);
  }

  async getBlob(...args: Parameters<Bus['getBlob']>): ReturnType<Bus['getBlob']> {
    this.#server.assertUp();
    return this.#server.store.getBlob(...args);
  }

  /** A client goes; the server stays. */
  async close(): Promise<void> {}

  async #beat(what: LeaseChange, shard: number, epoch: number, run: (store: Bus, epoch: number) => Promise<boolean>): Promise<boolean> {
    this.#server.assertUp();
    const own = epoch - this.#server.epochBase;
    return this.#server.change(this.#by, {
      what,
      shard,
      touches: [],
      run: (store) => run(store, own),
      tell: (isDone) => (isDone ? this.#lease(what, shard, epoch) : 'another’s'),
    });
  }

  #lease(what: LeaseChange, shard: number, epoch: number): BusHappening {
    return { kind: 'lease', by: this.#by, what, shard, epoch };
  }

  /** What actors do is never refused as `full`: a store that has no room cannot be reached. */
  #assertRoomForState(): void {
    this.#server.assertUp();
    if (this.#server.isFull) throw new BusError('unavailable', 'the bus is out of memory');
  }

  /** An epoch of the server's run, as its store knows it. */
  async #epoch(shard: number, epoch: number): Promise<number> {
    if (this.#server.planted.has('no-fence')) return (await this.#server.leaseOf(shard)).epoch;
    return epoch - this.#server.epochBase;
  }
}

/** An entry that nobody can tell from its repeats. */
function unmarked({ origin: _origin, ...entry }: BusEntry): BusEntry {
  return { ...entry, replayed: true };
}
