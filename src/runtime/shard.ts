/** One shard while this node holds it: its actors, timers and effects, and the commits that move them on together. */
import { START, compareEntryIds, type BusEntry, type EntryId, type FiredTimer, type ShardCommit, type StoredTimer } from '../ports/bus.ts';
import { kindOf } from '../protocol/address.ts';
import { encodeMessage } from '../protocol/codec.ts';
import { createMessage } from '../protocol/create-message.ts';
import { isSeldom, noteStored, recordOf, type ActorRecord } from './actor-record.ts';
import { BatchRun } from './batch-run.ts';
import type { RuntimeContext, Tenure } from './context.ts';
import { EffectRunner } from './effect-runner.ts';
import { TimerTable } from './timer-table.ts';

/** Timers fired in one go; the rest follow in the next round. */
const TIMERS_AT_ONCE_MAX = 256;

/** What people see of an actor. */
export interface ActorView {
  readonly address: string;
  readonly shard: number;
  readonly status: ActorRecord['status'];
  readonly parked: number;
  readonly counters: ActorRecord['counters'];
  /** What its behavior tells; undefined while it is not in memory. */
  readonly state: Readonly<Record<string, unknown>> | undefined;
}

export class Shard {
  readonly tenure: Tenure;
  readonly #context: RuntimeContext;
  readonly #effects: EffectRunner;
  readonly #timers = new TimerTable();
  #records = new Map<string, ActorRecord>();
  #origins: Record<string, number> = {};
  #cursor: EntryId = START;
  /** Entries consumed in this tenure. */
  #consumed = 0;
  #isLoaded = false;

  constructor(context: RuntimeContext, tenure: Tenure) {
    this.#context = context;
    this.tenure = tenure;
    this.#effects = new EffectRunner(context, tenure);
  }

  get cursor(): EntryId {
    return this.#cursor;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  get pendingEffects(): number {
    return this.#effects.pending;
  }

  /** Due time of the earliest timer, epoch ms. */
  nextDueMs(): number | undefined {
    return this.#timers.nextDueMs();
  }

  /** Reads the shard as it is stored. What was in memory of it is thrown away. */
  async load(): Promise<void> {
    const { bus, behaviors } = this.#context;
    const isFirst = !this.#isLoaded && this.#consumed === 0;
    const state = await bus.loadShard(this.tenure.shard, this.tenure.epoch);
    if (state === 'fenced') return this.tenure.lose('its epoch is not current any more');
    this.#records = new Map(state.actors.map((actor) => [actor.address, recordOf(actor, behaviors.get(kindOf(actor.address)))]));
    this.#origins = { ...state.origins };
    this.#cursor = state.cursor;
    this.#timers.clear();
    for (const timer of state.timers) this.#timers.set(timer);
    this.#isLoaded = true;
    // Those of this tenure run already; only a new owner has to begin what an earlier one did not finish.
    if (isFirst) this.#effects.begin(state.effects);
    await this.#relay();
  }

  /** To be called after an error whose outcome is unknown: the shard is read anew before anything else happens. */
  doubt(): void {
    this.#isLoaded = false;
  }

  /** Puts due timers into the stream. */
  async fireTimers(nowMs: number): Promise<void> {
    const due = this.#timers.due(nowMs, TIMERS_AT_ONCE_MAX);
    if (due.length === 0) return;
    const { shard, epoch } = this.tenure;
    const outcome = await this.#context.bus.fireTimers(
      shard,
      epoch,
      due.map((timer) => this.#fired(timer, nowMs)),
    );
    if (outcome === 'fenced') return this.tenure.lose('a timer was refused');
    for (const timer of due) this.#timers.cancel(timer);
  }

  /** Takes entries that were read after the cursor, and commits what they lead to. */
  async take(entries: readonly BusEntry[]): Promise<void> {
    const last = entries.at(-1);
    if (last === undefined) return;
    const run = this.#newRun();
    await run.take(entries);
    await this.#commit(run, last.id);
    this.#consumed += entries.length;
    this.#count(run);
  }

  /** Snapshots that lag, actors that idle, entries that nobody needs. */
  async keepHouse(): Promise<void> {
    const { settings, clock } = this.#context;
    const lagging = [...this.#records.values()].filter(
      (record) => isSeldom(record) && record.cell !== undefined && this.#consumed - record.snapshotAt > settings.snapshotLagMax,
    );
    const idleSince = clock.monotonicMs() - settings.idleMs;
    const idle = this.#inMemory().filter((record) => record.usedMs < idleSince && !record.isNew);
    const surplus = this.#surplus(settings.actorsMax);
    const leaving = new Set([...idle, ...surplus]);
    await this.#snapshot([...lagging, ...[...leaving].filter(isSeldom)]);
    for (const record of leaving) record.cell = undefined;
    await this.#trim();
  }

  /** Snapshots of everything that is seldom written, so that the next owner has nothing to replay. */
  async putAway(): Promise<void> {
    if (!this.#isLoaded) return;
    await this.#snapshot(this.#inMemory().filter((record) => isSeldom(record) && record.sinceSnapshot > 0));
  }

  settleEffects(): Promise<void> {
    return this.#effects.settle();
  }

  views(): readonly ActorView[] {
    return [...this.#records.values()].map(({ address, status, parked, counters, cell }) => ({
      address,
      shard: this.tenure.shard,
      status,
      parked,
      counters,
      state: cell?.describe(),
    }));
  }

  #newRun(): BatchRun {
    return new BatchRun(this.#context, this.tenure, this.#records, this.#origins, this.#cursor);
  }

  async #commit(run: BatchRun, cursorTo: EntryId): Promise<void> {
    const { shard, epoch } = this.tenure;
    const touched = [...run.touched];
    const writes = run.writes();
    const commit = run.batch.toCommit(shard, epoch, this.#cursor, cursorTo, writes);
    if (!this.tenure.isHeld()) return this.tenure.lose('its lease may have run out');
    const outcome = await this.#context.bus.commit(commit);
    if (outcome === 'fenced') return this.tenure.lose('a commit was refused');
    if (outcome === 'moved') return this.doubt();
    const written = new Map(writes.map((write) => [write.address, write]));
    for (const record of touched) {
      const write = written.get(record.address);
      if (write !== undefined) noteStored(record, write.snapshot instanceof Uint8Array, cursorTo, this.#consumed);
    }
    await this.#takeCommitted(commit);
  }

  async #takeCommitted(commit: ShardCommit): Promise<void> {
    this.#cursor = commit.cursorTo;
    Object.assign(this.#origins, commit.origins);
    for (const timer of commit.timersCancelled) this.#timers.cancel(timer);
    for (const timer of commit.timersSet) this.#timers.set(timer);
    this.#effects.begin(commit.effects);
    if (commit.sends.some(({ shard }) => shard !== this.tenure.shard)) await this.#relay();
  }

  async #relay(): Promise<void> {
    const { shard, epoch } = this.tenure;
    for (let moved: number | 'fenced' = 1; moved !== 0 && !this.tenure.signal.aborted;) {
      moved = await this.#context.bus.relay(shard, epoch);
      if (moved === 'fenced') return this.tenure.lose('its outbox was refused');
    }
  }

  async #snapshot(records: readonly ActorRecord[]): Promise<void> {
    if (records.length === 0) return;
    const run = this.#newRun();
    for (const record of records) {
      record.isSnapshotDue = true;
      run.touch(record);
    }
    await this.#commit(run, this.#cursor);
  }

  async #trim(): Promise<void> {
    let before = this.#cursor;
    for (const record of this.#records.values()) {
      if (isSeldom(record) && compareEntryIds(record.snapshotCursor, before) < 0) before = record.snapshotCursor;
    }
    const { shard, epoch } = this.tenure;
    const outcome = await this.#context.bus.trim(shard, epoch, before);
    if (outcome === 'fenced') this.tenure.lose('trimming was refused');
  }

  #inMemory(): ActorRecord[] {
    return [...this.#records.values()].filter((record) => record.cell !== undefined && record.status.kind === 'active');
  }

  #surplus(actorsMax: number): readonly ActorRecord[] {
    const living = this.#inMemory().filter((record) => !record.isNew);
    if (living.length <= actorsMax) return [];
    return living.sort((a, b) => a.usedMs - b.usedMs).slice(0, living.length - actorsMax);
  }

  #fired({ address, name, version, dueAtMs }: StoredTimer, nowMs: number): FiredTimer {
    const { contentType } = this.#context.settings;
    const message = createMessage('timer-fired', { name, version, dueAtMs }, { source: address, sequence: 0, timeMs: nowMs });
    const body = encodeMessage(message, contentType);
    return { address, name, version, entry: { shard: this.tenure.shard, to: address, contentType, body, atMs: nowMs } };
  }

  #count(run: BatchRun): void {
    const { meter } = this.#context;
    for (const [outcome, amount] of Object.entries(run.counts)) {
      if (amount > 0) meter.count('forescale_messages_total', { outcome }, amount);
    }
  }
}
