/** Takes the entries of one batch, in order: each is applied, dropped as a repeat, parked, or buried with a reason. */
import type { ActorStatus, ActorWrite, BusEntry, EntryId } from '../ports/bus.ts';
import { kindOf, shardOf } from '../protocol/address.ts';
import { decodeMessage } from '../protocol/codec.ts';
import type { AnyMessage } from '../protocol/message.ts';
import { activate } from './activation.ts';
import { isSeldom, newRecord, wantsSnapshot, type ActorRecord } from './actor-record.ts';
import { Batch } from './batch.ts';
import type { Behavior } from './behavior.ts';
import { NO_OUTPUTS } from './cell.ts';
import type { RuntimeContext, Tenure } from './context.ts';
import { deliver, isResumeCommand, RESUME_TIMER } from './delivery.ts';
import { messageOf } from './snapshot.ts';
import { StepSpans } from './step-spans.ts';
import { failuresOf, judgeFailure, statusOf } from './supervision.ts';

/** How many entries met which end. */
export interface BatchCounts {
  applied: number;
  unhandled: number;
  repeats: number;
  /** Timers and results that came too late to mean anything. */
  late: number;
  parked: number;
  deadLetters: number;
  failures: number;
  commands: number;
}

export class BatchRun {
  readonly batch: Batch;
  readonly counts: BatchCounts = { applied: 0, unhandled: 0, repeats: 0, late: 0, parked: 0, deadLetters: 0, failures: 0, commands: 0 };
  readonly #context: RuntimeContext;
  readonly #tenure: Tenure;
  readonly #records: Map<string, ActorRecord>;
  readonly #origins: Readonly<Record<string, number>>;
  readonly #cursorFrom: EntryId;
  readonly #touched = new Set<ActorRecord>();
  readonly #removed = new Set<string>();
  readonly #begunMs: number;
  readonly #spans: StepSpans | undefined;
  #position: EntryId;

  /** `records` is the shard's index; it is changed as the entries are taken, and thrown away if the commit fails. */
  constructor(
    context: RuntimeContext,
    tenure: Tenure,
    records: Map<string, ActorRecord>,
    origins: Readonly<Record<string, number>>,
    cursor: EntryId,
  ) {
    this.#context = context;
    this.#tenure = tenure;
    this.#records = records;
    this.#origins = origins;
    this.#cursorFrom = cursor;
    this.#position = cursor;
    this.#begunMs = context.clock.monotonicMs();
    this.#spans = context.tracer === undefined ? undefined : new StepSpans(context.tracer, context.clock);
    this.batch = new Batch(context.settings.contentType, context.random, this.#spans);
  }

  get touched(): Iterable<ActorRecord> {
    return this.#touched;
  }

  async take(entries: readonly BusEntry[]): Promise<void> {
    await this.#activateFor(entries);
    const { clock, pacer } = this.#context;
    // What another shard has used up is not there for this one.
    await pacer.breathe();
    let lookedMs = clock.monotonicMs();
    for (const entry of entries) {
      this.#position = entry.id;
      const pending = this.#takeEntry(entry);
      // Only the rare ways wait; awaiting nothing would cost each entry a turn of the promise queue.
      if (pending !== undefined) await pending;
      // A batch of slow steps would keep the event loop, and with it the beats of all leases. In virtual time no step takes any.
      const nowMs = clock.monotonicMs();
      if (nowMs > lookedMs) await pacer.breathe();
      lookedMs = nowMs;
    }
  }

  /** What the commit writes of the actors. Seals their snapshots. */
  async writes(): Promise<ActorWrite[]> {
    const { clock, pacer } = this.#context;
    const writes: ActorWrite[] = [];
    let lookedMs = clock.monotonicMs();
    for (const record of this.#touched) {
      const write = this.#writeOf(record);
      if (write !== undefined) writes.push(write);
      // Actors that began together are due for their snapshots together, and one takes as long as many steps.
      const nowMs = clock.monotonicMs();
      if (nowMs > lookedMs) await pacer.breathe();
      lookedMs = nowMs;
    }
    for (const address of this.#removed) {
      if (!this.#records.has(address)) writes.push({ address, status: { kind: 'active' }, snapshot: null });
    }
    return writes;
  }

  /** What it led to is committed. */
  committed(): void {
    this.#spans?.committed();
  }

  /** Writes snapshots of actors that no entry asks for, which are brought into memory for it. */
  async refresh(records: readonly ActorRecord[]): Promise<void> {
    const absent = new Set(records.filter(needsActivation));
    if (absent.size > 0) await this.#activate(absent);
    for (const record of records) {
      record.isSnapshotDue = true;
      this.#touched.add(record);
    }
  }

  async #activateFor(entries: readonly BusEntry[]): Promise<void> {
    const wanted = new Set<ActorRecord>();
    for (const { to } of entries) {
      const record = this.#records.get(to);
      if (record !== undefined && needsActivation(record)) wanted.add(record);
    }
    if (wanted.size > 0) await this.#activate(wanted);
  }

  /** Brings actors into memory; those that cannot be read are quarantined. */
  async #activate(wanted: ReadonlySet<ActorRecord>): Promise<void> {
    const records = new Set(wanted);
    // A replay reads the stream once, however many it rebuilds: the others will be wanted soon.
    if ([...wanted].some(isSeldom)) this.#addSeldom(records);
    const broken = await activate(this.#context, this.#tenure, [...records], this.#cursorFrom);
    for (const [record, reason] of broken) this.#quarantineUnreadable(record, reason);
  }

  #addSeldom(records: Set<ActorRecord>): void {
    for (const record of this.#records.values()) {
      if (records.size >= this.#context.settings.actorsMax) return;
      if (isSeldom(record) && needsActivation(record)) records.add(record);
    }
  }

  #takeEntry(entry: BusEntry): Promise<void> | undefined {
    if (this.#isOriginRepeat(entry)) return this.#dropOriginRepeat(entry);
    const decoded = decodeMessage(entry.body, entry.contentType);
    if (!decoded.ok) return this.#bury(entry, decoded.error.code, decoded.error.message);
    return this.#takeMessage(entry, decoded.message);
  }

  #takeMessage(entry: BusEntry, message: AnyMessage): Promise<void> | undefined {
    const record = this.#records.get(entry.to);
    if (isResumeCommand(message, entry.to)) return this.#takeResume(record, true);
    if (message.name === 'timer-fired' && message.data.name === RESUME_TIMER)
      return this.#takeResume(record, isResumeDue(record, message.data.version));
    if (record === undefined) return this.#takeForNobody(entry, message);
    if (record.mayRetry) return this.#retryThenTake(record, entry, message);
    if (record.status.kind !== 'active') return this.#park(record, entry);
    return this.#deliver(record, entry, message);
  }

  #isOriginRepeat({ origin }: BusEntry): boolean {
    if (origin === undefined) return false;
    const known = this.batch.origins[origin.shard] ?? this.#origins[origin.shard] ?? 0;
    if (origin.sequence <= known) return true;
    this.batch.origins[origin.shard] = origin.sequence;
    return false;
  }

  #dropOriginRepeat({ to }: BusEntry): undefined {
    this.counts.repeats += 1;
    // A replay cannot know the shard's marks of that time, so no replay may begin before this entry.
    const record = this.#records.get(to);
    if (record?.cell === undefined || !isSeldom(record)) return;
    record.isSnapshotDue = true;
    this.#touched.add(record);
  }

  #takeForNobody(entry: BusEntry, message: AnyMessage): Promise<void> | undefined {
    // They speak to an actor that is finished; they never bring one to life.
    if (message.name === 'timer-fired' || message.name === 'effect-result') {
      this.counts.late += 1;
      return undefined;
    }
    const behavior = this.#context.behaviors.get(kindOf(entry.to));
    if (behavior === undefined) return this.#bury(entry, 'unknown-kind', `no actor of kind ${kindOf(entry.to)} is known here`);
    const home = shardOf(entry.to);
    // A second actor of that address would live here, beside the one at home.
    if (home !== this.#tenure.shard)
      return this.#bury(entry, 'misrouted', `${entry.to} lives in shard ${home}, not in ${this.#tenure.shard}`);
    const refusal = refusalOf(behavior, entry.to);
    if (refusal !== undefined) return this.#bury(entry, 'refused', refusal);
    const record = newRecord(entry.to, behavior, this.#cursorFrom, this.batch.delivered.length);
    this.#records.set(entry.to, record);
    return this.#deliver(record, entry, message);
  }

  #deliver(record: ActorRecord, entry: BusEntry, message: AnyMessage): Promise<void> | undefined {
    const { batch, counts } = this;
    batch.begin();
    this.#spans?.begin(entry, message);
    record.usedMs = this.#begunMs;
    this.#touched.add(record);
    try {
      const delivery = deliver(record, entry, message, this.#context.settings.sourcesMax, batch);
      batch.delivered.push(entry);
      record.sinceSnapshot += 1;
      if (delivery === 'applied') {
        counts.applied += 1;
        record.counters.handled += 1;
      } else this.#takeRareDelivery(record, delivery);
      this.#spans?.took(delivery);
      this.#context.tap.tell(record, entry, message, delivery);
      return undefined;
    } catch (error) {
      this.#spans?.failed(messageOf(error));
      this.#context.tap.tell(record, entry, message, 'failed');
      return this.#fail(record, entry, message, error);
    }
  }

  #takeRareDelivery(record: ActorRecord, delivery: 'unhandled' | 'repeat' | 'stale' | 'done'): void {
    const { counts } = this;
    switch (delivery) {
      case 'unhandled':
        counts.unhandled += 1;
        record.counters.unhandled += 1;
        return;
      case 'repeat':
        counts.repeats += 1;
        record.counters.repeats += 1;
        return;
      case 'stale':
        counts.late += 1;
        return;
      case 'done':
        counts.applied += 1;
        this.#records.delete(record.address);
        this.#touched.delete(record);
        this.#removed.add(record.address);
    }
  }

  /** A step that throws did not happen: its message is buried and the actor is rebuilt to where it was before. */
  async #fail(record: ActorRecord, entry: BusEntry, message: AnyMessage, error: unknown): Promise<void> {
    const { clock, settings, random, log } = this.#context;
    const nowMs = clock.nowMs();
    const reason = messageOf(error);
    this.batch.takeBack();
    this.#bury(entry, 'step-threw', reason);
    this.counts.failures += 1;
    record.counters.failures += 1;
    record.isSnapshotDue = true;
    const isRebuilt = await this.#rebuild(record);
    this.batch.delivered.push(entry);
    this.batch.skipped.add(entry);
    record.cell?.skip(message);
    if (!isRebuilt) return;
    const verdict = judgeFailure(failuresOf(record.status), nowMs, settings, random);
    this.#setStatus(record, statusOf(verdict, reason, nowMs, this.#position));
    if (verdict.kind === 'back-off') this.batch.setTimer(record.address, RESUME_TIMER, verdict.untilMs, verdict.untilMs);
    log.error({ actor: record.address, entry: entry.id, message: message.name, verdict: verdict.kind, error: reason }, 'a step failed');
  }

  /** False if it cannot be rebuilt; it is quarantined then. */
  async #rebuild(record: ActorRecord): Promise<boolean> {
    record.cell = undefined;
    if (!record.isNew) {
      const broken = await activate(this.#context, this.#tenure, [record], this.#cursorFrom);
      const reason = broken.get(record);
      if (reason !== undefined) return this.#quarantineUnreadable(record, reason);
    }
    try {
      this.#redeliver(record);
      return true;
    } catch (error) {
      return this.#quarantineUnreadable(record, `it failed while it was rebuilt: ${messageOf(error)}`);
    }
  }

  #redeliver(record: ActorRecord): void {
    for (const entry of this.batch.delivered.slice(record.bornAfter)) {
      if (entry.to !== record.address) continue;
      const decoded = decodeMessage(entry.body, entry.contentType);
      if (!decoded.ok) continue;
      if (this.batch.skipped.has(entry)) record.cell?.skip(decoded.message);
      else deliver(record, entry, decoded.message, this.#context.settings.sourcesMax, NO_OUTPUTS);
    }
  }

  #quarantineUnreadable(record: ActorRecord, reason: string): false {
    const { clock, log } = this.#context;
    record.cell = undefined;
    // Where its state counts up to: the entry at hand, or where it had stopped already.
    const stoppedAt = record.status.kind === 'active' ? (record.replayTo ?? this.#position) : record.status.stoppedAt;
    this.#setStatus(record, { kind: 'quarantined', code: 'unreadable', reason, sinceMs: clock.nowMs(), stoppedAt });
    log.error({ actor: record.address, error: reason }, 'an actor is quarantined because it cannot be rebuilt');
    return false;
  }

  #setStatus(record: ActorRecord, status: ActorStatus): void {
    record.status = status;
    record.isStatusChanged = true;
    this.#touched.add(record);
  }

  #takeResume(record: ActorRecord | undefined, isMeant: boolean): Promise<void> | undefined {
    this.counts.commands += 1;
    return record === undefined || !isMeant || record.status.kind === 'active' ? undefined : this.#resume(record);
  }

  async #retryThenTake(record: ActorRecord, entry: BusEntry, message: AnyMessage): Promise<void> {
    await this.#resume(record);
    await this.#takeMessage(entry, message);
  }

  /** Lets an actor go on: first with what was parked for it, in order, as far as it gets. */
  async #resume(record: ActorRecord): Promise<void> {
    const { bus, settings } = this.#context;
    record.mayRetry = false;
    if (!(await this.#rebuild(record))) return;
    record.replayTo = record.status.kind === 'active' ? undefined : record.status.stoppedAt;
    this.#setStatus(record, { kind: 'active', ...withBackOffs(record.status) });
    record.isSnapshotDue = true;
    const unparked = this.batch.unparkedOf(record.address);
    const stored = (await bus.readParked(this.#tenure.shard, record.address, settings.parkedMax + unparked)).slice(unparked);
    const waiting = [...stored, ...this.batch.takeParked(record.address)];
    record.parked = 0;
    let taken = 0;
    for (const entry of waiting) {
      const decoded = decodeMessage(entry.body, entry.contentType);
      if (decoded.ok) await this.#takeMessage(entry, decoded.message);
      taken += 1;
      if (record.status.kind !== 'active') break;
    }
    this.batch.unpark(record.address, Math.min(taken, stored.length));
    record.parked = Math.max(0, stored.length - taken);
    // What this batch itself had parked and the actor did not get to.
    for (const entry of waiting.slice(Math.max(taken, stored.length))) this.#park(record, entry);
  }

  #park(record: ActorRecord, entry: BusEntry): undefined {
    if (record.parked >= this.#context.settings.parkedMax)
      return this.#bury(
        entry,
        'parking-full',
        `${record.parked} entries wait already for ${record.address}, which is ${record.status.kind}`,
      );
    record.parked += 1;
    this.counts.parked += 1;
    this.batch.park(entry);
    return undefined;
  }

  #bury(entry: BusEntry, code: string, reason: string): undefined {
    this.counts.deadLetters += 1;
    this.#context.meter.count('forescale_dead_letters_total', { code });
    this.batch.bury(entry, code, reason, this.#context.clock.nowMs());
    return undefined;
  }

  #writeOf(record: ActorRecord): ActorWrite | undefined {
    const { address, cell } = record;
    if (cell === undefined || !wantsSnapshot(record)) return record.isStatusChanged ? { address, status: record.status } : undefined;
    try {
      return { address, status: record.status, snapshot: cell.seal() };
    } catch (error) {
      this.#quarantineUnreadable(record, `its state cannot be frozen: ${messageOf(error)}`);
      return { address, status: record.status };
    }
  }
}

/** A check that throws refuses, too: nothing else would keep the message from coming again for ever. */
function refusalOf(behavior: Behavior, address: string): string | undefined {
  try {
    return behavior.refuses(address);
  } catch (error) {
    return `whether it may live could not be said: ${messageOf(error)}`;
  }
}

/** Whether its back-off is over, or what an earlier owner could not read is to be tried anew. */
function isResumeDue(record: ActorRecord | undefined, version: number): boolean {
  if (record === undefined) return false;
  return record.mayRetry || (record.status.kind === 'backing-off' && record.status.untilMs === version);
}

function needsActivation(record: ActorRecord): boolean {
  return record.cell === undefined && !record.isNew && record.status.kind === 'active';
}

function withBackOffs(status: ActorStatus): { readonly failures?: NonNullable<ReturnType<typeof failuresOf>> } {
  const failures = failuresOf(status);
  return failures === undefined ? {} : { failures };
}
