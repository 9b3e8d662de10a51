/**
 * One shard while this node holds it: its actors and timers, and the commits that move them on together. It works by itself
 * whenever there is something to do, one thing at a time, and waits for nobody else's shard.
 */
import {
  START,
  type BusEntry,
  type EntryId,
  type FiredTimer,
  type ShardCommit,
  type ShardCursor,
  type ShardState,
  type StoredTimer,
} from '../ports/bus.ts';
import type { TimerHandle } from '../ports/clock.ts';
import { kindOf } from '../protocol/address.ts';
import { encodeMessage } from '../protocol/codec.ts';
import { createMessage } from '../protocol/create-message.ts';
import { noteStored, recordOf, type ActorRecord } from './actor-record.ts';
import { BackOff } from './back-off.ts';
import { BatchRun } from './batch-run.ts';
import { STOPPED, type RuntimeContext, type Tenure } from './context.ts';
import { RESUME_TIMER } from './delivery.ts';
import type { EffectRunner } from './effect-runner.ts';
import { isUnwritten, laggingOf, leavingOf, neededFrom } from './housekeeping.ts';
import { recall, type Remembered } from './remembered.ts';
import { lookInside, outlineActors, viewActor, type ActorInside, type ActorOutline, type ActorView, type ShardView } from './shard-view.ts';
import { messageOf } from './snapshot.ts';
import { TimerTable } from './timer-table.ts';

/** Timers fired in one go; the rest follow at once. */
const TIMERS_AT_ONCE_MAX = 256;
/** Wall time may jump, so the wait for a timer is looked at again at least this often, milliseconds. */
const TIMER_RECHECK_MS = 60_000;
/** After so many entries the stream is trimmed without waiting for the next housekeeping. */
const TRIM_EVERY_ENTRIES = 10_000;
/** Large snapshots that one commit of the housekeeping carries: some megabytes hold up neither the event loop nor the bus. */
const SNAPSHOTS_AT_ONCE_MAX = 8;

export class Shard {
  readonly tenure: Tenure;
  readonly #context: RuntimeContext;
  readonly #effects: EffectRunner;
  readonly #onReady: () => void;
  readonly #backOff: BackOff;
  readonly #timers = new TimerTable();
  #records = new Map<string, ActorRecord>();
  #origins: Record<string, number> = {};
  #cursor: EntryId = START;
  /** The last entry in hand: what follows it is asked for. */
  #position: ShardCursor;
  /** Entries consumed in this tenure, and of these when the stream was last trimmed. */
  #consumed = 0;
  #trimmedAt = 0;
  /** Entries that are being taken. */
  #given: readonly BusEntry[] = [];
  /** Entries that were read meanwhile. */
  #next: readonly BusEntry[] = [];
  #timerWait: TimerHandle | undefined;
  /** Ends the present wait after an error of the bus. */
  #attempt = new AbortController();
  #lagMs = 0;
  /** The batch whose outcome is not known yet. */
  #run: BatchRun | undefined;
  /** What may be left of it in memory when it is read anew. */
  #remembered: Remembered | undefined;
  #isLoaded = false;
  #isWorking = false;
  #isStopping = false;
  #isTimerDue = false;
  #isHouseDue = false;
  readonly #stopped: (() => void)[] = [];

  /**
   * `onReady` is called whenever the shard wants entries again. `remembered`: of the tenure before this one, if that was this node's,
   * too.
   */
  constructor(context: RuntimeContext, tenure: Tenure, effects: EffectRunner, onReady: () => void, remembered?: Remembered) {
    this.#context = context;
    this.tenure = tenure;
    this.#effects = effects;
    this.#onReady = onReady;
    this.#remembered = remembered;
    this.#position = { shard: tenure.shard, after: this.#cursor };
    this.#backOff = new BackOff(context.clock, context.random, context.settings);
    const stop = (): void => {
      this.#timerWait?.cancel();
      this.retry();
    };
    tenure.signal.addEventListener('abort', stop, { once: true });
  }

  /** After what it has in hand; the same object until that changes. */
  get position(): ShardCursor {
    return this.#position;
  }

  /** Whether it wants entries: while it works it reads one batch ahead. */
  get isReady(): boolean {
    return this.#isLoaded && this.#next.length === 0 && this.#mayWork();
  }

  begin(): void {
    void this.#work();
  }

  /** Gives entries that were read after its position; only while it is ready. */
  give(entries: readonly BusEntry[]): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    this.#next = entries;
    this.#position = { shard: this.tenure.shard, after: last.id };
    void this.#work();
  }

  /** Tries what failed again without waiting any longer. */
  retry(): void {
    this.#attempt.abort(STOPPED);
  }

  /** Asks for a round of housekeeping: snapshots that lag, actors that idle, entries that nobody needs. */
  keepHouse(): void {
    if (this.#consumed === this.#trimmedAt && this.#leaving().length === 0) return;
    this.#isHouseDue = true;
    void this.#work();
  }

  /** Takes nothing more; resolves when what is in hand is committed. */
  stop(): Promise<void> {
    this.#isStopping = true;
    this.#timerWait?.cancel();
    return new Promise((resolve) => {
      if (this.#isWorking) this.#stopped.push(resolve);
      else resolve();
    });
  }

  /** Writes what is seldom written, so that the next owner has nothing to replay. Only after `stop`. */
  async putAway(): Promise<void> {
    if (!this.#isLoaded || !this.tenure.isHeld()) return;
    await this.#snapshot(this.#inMemory().filter(isUnwritten));
  }

  /** When its tenure is over: what this node may go on with if it is the next owner, too. undefined in the middle of work. */
  takeMemory(): Remembered | undefined {
    const memory = !this.#isLoaded ? this.#remembered : this.#isWorking ? undefined : this.#memory();
    this.#remembered = undefined;
    return memory;
  }

  view(): ShardView {
    return {
      shard: this.tenure.shard,
      epoch: this.tenure.epoch,
      cursor: this.#cursor,
      actors: this.#records.size,
      actorsInMemory: this.#inMemory().length,
      timers: this.#timers.size,
      backlog: this.#given.length + this.#next.length,
      lagMs: this.#lagMs,
    };
  }

  actors(): readonly ActorView[] {
    return [...this.#records.values()].map((record) => viewActor(this.tenure.shard, record));
  }

  outline(): readonly ActorOutline[] {
    return outlineActors(this.tenure.shard, [...this.#records.values()], this.#inHand());
  }

  inside(address: string): ActorInside | undefined {
    const record = this.#records.get(address);
    return record && lookInside(this.tenure.shard, record, this.#inHand());
  }

  #inHand(): readonly BusEntry[] {
    return [...this.#given, ...this.#next];
  }

  #mayWork(): boolean {
    return !this.#isStopping && this.tenure.isHeld();
  }

  /** One thing after the other until there is nothing to do; an error of the bus leads back to what is stored. */
  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    while (this.#mayWork() && this.#hasWork()) {
      try {
        await this.#doNext();
        this.#backOff.succeeded();
        await this.#context.pacer.pause();
      } catch (error) {
        await this.#recover(error);
      }
    }
    this.#isWorking = false;
    for (const resolve of this.#stopped.splice(0)) resolve();
  }

  #hasWork(): boolean {
    return !this.#isLoaded || this.#isTimerDue || this.#isHouseDue || this.#next.length > 0;
  }

  async #doNext(): Promise<void> {
    if (!this.#isLoaded) await this.#load();
    else if (this.#isTimerDue) await this.#fireTimers();
    else if (this.#isHouseDue) await this.#keepHouse();
    else await this.#takeNext();
  }

  /** The outcome of whatever failed is unknown. */
  async #recover(error: unknown): Promise<void> {
    this.#context.notices.warn(this.tenure.shard, messageOf(error), 'the bus could not be used; the shards are read anew');
    this.#context.meter.count('forescale_shard_reloads_total');
    this.#doubt();
    this.#attempt = new AbortController();
    if (!this.tenure.signal.aborted) await this.#backOff.wait(this.#attempt.signal);
    if (this.#attempt.signal.aborted) this.#backOff.succeeded();
  }

  #doubt(): void {
    // Without its lease a batch may have been left half way, in any of its actors.
    if (this.#isLoaded) this.#remembered = this.tenure.isHeld() ? this.#memory() : undefined;
    this.#run = undefined;
    this.#isLoaded = false;
    this.#given = [];
    this.#next = [];
  }

  #memory(): Remembered {
    const doubtful = new Set(this.#run?.touched);
    const cursors = [this.#cursor, this.#given.at(-1)?.id ?? this.#cursor];
    const records = new Map([...this.#records].filter(([, record]) => !doubtful.has(record)));
    return { epoch: this.tenure.epoch, cursors, records };
  }

  /** Reads the shard as it is stored. Of what was in memory of it stays what is surely the same. */
  async #load(): Promise<void> {
    const state = await this.#context.bus.loadShard(this.tenure.shard, this.tenure.epoch);
    if (state === 'fenced') return this.tenure.lose('its epoch is not current any more');
    this.#takeState(state);
    await this.#relay();
    await this.#retryUnreadable();
  }

  /**
   * What an earlier owner could not read and this one may: what was parked for it must not wait for another message. It goes on by
   * an entry of the stream, because only a commit that moves the cursor is safe to arrive twice.
   */
  async #retryUnreadable(): Promise<void> {
    const waiting = [...this.#records.values()].filter(({ mayRetry, parked }) => mayRetry && parked > 0);
    if (waiting.length === 0 || !this.#mayWork()) return;
    const nowMs = this.#context.clock.nowMs();
    const resume = { name: RESUME_TIMER, version: 0, dueAtMs: nowMs };
    await this.#context.bus.append(waiting.map(({ address }) => this.#fired({ address, ...resume }, nowMs).entry));
  }

  #takeState(state: ShardState): void {
    const { actors, origins, cursor, timers, effects } = state;
    const { behaviors, clock } = this.#context;
    this.#records = new Map(actors.map((actor) => [actor.address, recordOf(actor, behaviors.get(kindOf(actor.address)))]));
    const found = { snapshotAt: this.#consumed, snapshotMs: clock.monotonicMs() };
    for (const record of this.#records.values()) Object.assign(record, found);
    this.#recall(state);
    this.#origins = { ...origins };
    this.#cursor = cursor;
    this.#position = { shard: this.tenure.shard, after: cursor };
    this.#timers.clear();
    for (const timer of timers) this.#timers.set(timer);
    this.#isLoaded = true;
    this.#effects.add(this.tenure, effects);
    this.#awaitTimer();
    this.#onReady();
  }

  #recall(state: ShardState): void {
    if (this.#remembered === undefined) return;
    const kept = recall(this.#remembered, this.tenure.epoch, state, this.#records);
    this.#context.meter.count('forescale_actors_kept_total', undefined, kept);
    this.#remembered = undefined;
  }

  async #takeNext(): Promise<void> {
    const { clock, meter } = this.#context;
    const entries = this.#next;
    const last = entries.at(-1);
    if (last === undefined) return;
    this.#given = entries;
    this.#next = [];
    this.#onReady();
    const run = this.#newRun();
    await run.take(entries);
    await this.#commit(run, last.id);
    this.#given = [];
    this.#consumed += entries.length;
    this.#count(run);
    this.#lagMs = clock.nowMs() - last.atMs;
    meter.observe('forescale_lag_seconds', this.#lagMs / 1_000);
    if (this.#consumed - this.#trimmedAt >= TRIM_EVERY_ENTRIES) this.#isHouseDue = true;
  }

  async #commit(run: BatchRun, cursorTo: EntryId): Promise<void> {
    const { shard, epoch } = this.tenure;
    const touched = [...run.touched];
    const writes = await run.writes();
    const commit = run.batch.toCommit(shard, epoch, this.#cursor, cursorTo, writes);
    if (!this.tenure.isHeld()) return this.tenure.lose('its lease may have run out');
    const outcome = await this.#context.bus.commit(commit);
    this.#context.meter.count('forescale_commits_total', { outcome });
    if (outcome === 'fenced') return this.tenure.lose('a commit was refused');
    // The commit before this one was carried out after all, or another owner was here.
    if (outcome === 'moved') return this.#doubt();
    run.committed();
    this.#run = undefined;
    const at = { cursor: cursorTo, consumed: this.#consumed, nowMs: this.#context.clock.monotonicMs() };
    const written = new Map(writes.map((write) => [write.address, write]));
    for (const record of touched) {
      const write = written.get(record.address);
      if (write !== undefined) noteStored(record, write.snapshot instanceof Uint8Array, at);
    }
    await this.#takeCommitted(commit);
  }

  async #takeCommitted(commit: ShardCommit): Promise<void> {
    this.#cursor = commit.cursorTo;
    Object.assign(this.#origins, commit.origins);
    for (const timer of commit.timersCancelled) this.#timers.cancel(timer);
    for (const timer of commit.timersSet) this.#timers.set(timer);
    if (commit.timersSet.length > 0) this.#awaitTimer();
    if (commit.effects.length > 0) this.#effects.add(this.tenure, commit.effects);
    if (commit.sends.some(({ shard }) => shard !== this.tenure.shard)) await this.#relay();
  }

  async #relay(): Promise<void> {
    const { shard, epoch } = this.tenure;
    if ((await this.#context.bus.relay(shard, epoch)) === 'fenced') this.tenure.lose('a relay was refused');
  }

  /** Wakes the shard when its earliest timer comes due. */
  #awaitTimer(): void {
    this.#timerWait?.cancel();
    this.#timerWait = undefined;
    const dueMs = this.#timers.nextDueMs();
    if (dueMs === undefined || !this.#mayWork()) return;
    const { clock } = this.#context;
    this.#timerWait = clock.setTimer(Math.min(TIMER_RECHECK_MS, dueMs - clock.nowMs()), () => {
      this.#isTimerDue = true;
      void this.#work();
    });
  }

  /** Puts due timers into the stream. */
  async #fireTimers(): Promise<void> {
    const nowMs = this.#context.clock.nowMs();
    const due = this.#timers.due(nowMs, TIMERS_AT_ONCE_MAX);
    if (due.length > 0) {
      const { shard, epoch } = this.tenure;
      const fired = due.map((timer) => this.#fired(timer, nowMs));
      if ((await this.#context.bus.fireTimers(shard, epoch, fired)) === 'fenced') return this.tenure.lose('a timer was refused');
      for (const timer of due) this.#timers.cancel(timer);
    }
    this.#isTimerDue = due.length === TIMERS_AT_ONCE_MAX;
    this.#awaitTimer();
  }

  #fired({ address, name, version, dueAtMs, traceparent }: StoredTimer, nowMs: number): FiredTimer {
    const { contentType } = this.#context.settings;
    const origin = { source: address, id: `${address}/timer/${name}/${version}`, timeMs: nowMs, traceparent };
    const body = encodeMessage(createMessage('timer-fired', { name, version, dueAtMs }, origin), contentType);
    return { address, name, version, entry: { shard: this.tenure.shard, to: address, contentType, body, atMs: nowMs } };
  }

  async #keepHouse(): Promise<void> {
    this.#isHouseDue = false;
    const { clock, settings } = this.#context;
    const leaving = this.#leaving();
    const lagging = laggingOf(this.#records.values(), this.#consumed, clock.monotonicMs(), settings);
    await this.#snapshot([...lagging, ...leaving.filter(isUnwritten)]);
    if (!this.#isLoaded) return;
    for (const record of leaving) if (!isUnwritten(record)) record.cell = undefined;
    await this.#trim();
  }

  async #snapshot(records: readonly ActorRecord[]): Promise<void> {
    const wanted = [...new Set(records)];
    for (let begin = 0; begin < wanted.length && this.#isLoaded && this.tenure.isHeld(); begin += SNAPSHOTS_AT_ONCE_MAX) {
      const run = this.#newRun();
      await run.refresh(wanted.slice(begin, begin + SNAPSHOTS_AT_ONCE_MAX));
      await this.#commit(run, this.#cursor);
    }
  }

  async #trim(): Promise<void> {
    this.#trimmedAt = this.#consumed;
    const { shard, epoch } = this.tenure;
    const before = neededFrom(this.#records.values(), this.#cursor, this.#consumed, this.#context.settings);
    if ((await this.#context.bus.trim(shard, epoch, before)) === 'fenced') this.tenure.lose('trimming was refused');
  }

  #leaving(): readonly ActorRecord[] {
    const { clock, settings } = this.#context;
    return leavingOf(this.#inMemory(), clock.monotonicMs(), settings);
  }

  #newRun(): BatchRun {
    this.#run = new BatchRun(this.#context, this.tenure, this.#records, this.#origins, this.#cursor);
    return this.#run;
  }

  #inMemory(): ActorRecord[] {
    return [...this.#records.values()].filter((record) => record.cell !== undefined && record.status.kind === 'active');
  }

  #count(run: BatchRun): void {
    const { meter } = this.#context;
    for (const [outcome, amount] of Object.entries(run.counts)) {
      if (amount > 0) meter.count('forescale_messages_total', { outcome }, amount);
    }
  }
}
