/** Brings actors into memory: from their snapshots, and by replaying the stream where snapshots are seldom written. */
import { compareEntryIds, type BusEntry, type EntryId } from '../ports/bus.ts';
import { decodeMessage } from '../protocol/codec.ts';
import { isSeldom, noteReplayed, type ActorRecord } from './actor-record.ts';
import { Cell, NO_OUTPUTS } from './cell.ts';
import type { RuntimeContext, Tenure } from './context.ts';
import { deliver, isForRuntime } from './delivery.ts';

/** Entries read at once: some for each actor of a crowded shard, and no more of all shards than a hundred megabytes. */
const CHUNK_ENTRIES = 1_024;
/** Snapshots read at once: those of a node that died are gigabytes, and all its shards are loaded side by side. */
const CHUNK_SNAPSHOTS = 8;
/** Entries that throw only when they are replayed: beyond this many the actor counts as broken. */
const SKIPS_MAX = 16;

/** Why an actor could not be brought back. */
export type Broken = ReadonlyMap<ActorRecord, string>;

interface Target {
  readonly record: ActorRecord;
  readonly snapshot: Uint8Array;
  /** Replayed up to here, this entry included. */
  readonly endAt: EntryId;
  readonly skipped: Set<EntryId>;
  failedAt: EntryId | undefined;
}

/**
 * Sets the cells of records that have a snapshot, to their state at `cursor`, or where they stopped before that. One pass
 * over the stream for all of them.
 */
export async function activate(context: RuntimeContext, tenure: Tenure, records: readonly ActorRecord[], cursor: EntryId): Promise<Broken> {
  const broken = new Map<ActorRecord, string>();
  try {
    const targets: Target[] = [];
    for (let from = 0; from < records.length; from += CHUNK_SNAPSHOTS)
      targets.push(...(await load(context, tenure, records.slice(from, from + CHUNK_SNAPSHOTS), cursor, broken)));
    await replayAll(context, tenure, targets, broken);
  } catch (error) {
    for (const record of records) record.cell = undefined;
    throw error;
  }
  return broken;
}

/** Sets cells to the state of their snapshots. Returns those that the stream has to be replayed for. */
async function load(
  { bus, pacer, settings }: RuntimeContext,
  { shard }: Tenure,
  records: readonly ActorRecord[],
  cursor: EntryId,
  broken: Map<ActorRecord, string>,
): Promise<Target[]> {
  const targets: Target[] = [];
  const addresses = records.map(({ address }) => address);
  const stored = await bus.loadActors(shard, addresses);
  for (const [index, record] of records.entries()) {
    await pacer.breathe();
    record.cell = undefined;
    const found = stored[index];
    if (found === undefined) continue;
    record.snapshotCursor = found.snapshotCursor;
    const reason = thaw(settings, record, found.snapshot);
    if (reason !== undefined) broken.set(record, reason);
    else if (isSeldom(record)) targets.push(targetOf(record, found.snapshot, cursor));
  }
  return targets;
}

function thaw({ sourcesMax }: RuntimeContext['settings'], record: ActorRecord, snapshot: Uint8Array): string | undefined {
  const { address, behavior } = record;
  if (behavior === undefined) return `no behavior is registered for ${address}`;
  const thawed = Cell.thaw(address, behavior, snapshot, sourcesMax);
  if (!thawed.ok) return thawed.reason;
  record.cell = thawed.cell;
  return undefined;
}

function targetOf(record: ActorRecord, snapshot: Uint8Array, cursor: EntryId): Target {
  const endAt = record.replayTo ?? (record.status.kind === 'active' ? cursor : record.status.stoppedAt);
  return { record, snapshot, endAt, skipped: new Set(), failedAt: undefined };
}

async function replayAll(
  context: RuntimeContext,
  tenure: Tenure,
  targets: readonly Target[],
  broken: Map<ActorRecord, string>,
): Promise<void> {
  await replay(context, tenure, targets);
  for (const target of targets) {
    // A step that did not throw at first does so now: as then, the entry is left out and the actor rebuilt without it.
    while (target.failedAt !== undefined && target.skipped.size < SKIPS_MAX) {
      target.skipped.add(target.failedAt);
      target.failedAt = undefined;
      thaw(context.settings, target.record, target.snapshot);
      await replay(context, tenure, [target]);
    }
    if (target.failedAt === undefined) {
      noteReplayed(target.record);
      continue;
    }
    target.record.cell = undefined;
    broken.set(target.record, `replaying its stream failed ${SKIPS_MAX + 1} times, last at ${target.failedAt}`);
  }
}

async function replay({ bus, pacer, settings }: RuntimeContext, tenure: Tenure, targets: readonly Target[]): Promise<void> {
  const byAddress = new Map(targets.filter(isBehind).map((target) => [target.record.address, target]));
  const [first, ...others] = byAddress.values();
  if (first === undefined) return;
  let position = first.record.snapshotCursor;
  let endAt = first.endAt;
  for (const { record, endAt: end } of others) {
    if (compareEntryIds(record.snapshotCursor, position) < 0) position = record.snapshotCursor;
    if (compareEntryIds(end, endAt) > 0) endAt = end;
  }
  for (;;) {
    const [read] = await bus.readAfter([{ shard: tenure.shard, after: position }], CHUNK_ENTRIES, 0);
    // Actor by actor: the large state of one is woken once for all that the page has for it.
    for (const [target, entry] of sortedByTarget(read?.entries ?? [], byAddress)) {
      // All shards of a node may be replayed at once: without turns in between, their leases would run out, and all begin again.
      const turn = pacer.breathe();
      if (turn !== undefined) await turn;
      replayEntry(target, entry, settings.sourcesMax);
    }
    position = read?.entries.at(-1)?.id ?? endAt;
    if (compareEntryIds(position, endAt) >= 0 || !tenure.isHeld()) return;
    await pacer.pause();
  }
}

function sortedByTarget(entries: readonly BusEntry[], byAddress: ReadonlyMap<string, Target>): readonly (readonly [Target, BusEntry])[] {
  const found = new Map<Target, [Target, BusEntry][]>();
  for (const entry of entries) {
    const target = byAddress.get(entry.to);
    if (target === undefined) continue;
    const own = found.get(target);
    if (own === undefined) found.set(target, [[target, entry]]);
    else own.push([target, entry]);
  }
  return [...found.values()].flat();
}

function isBehind({ record, endAt }: Target): boolean {
  return compareEntryIds(record.snapshotCursor, endAt) < 0;
}

function replayEntry(target: Target, entry: BusEntry, sourcesMax: number): void {
  const { record, endAt, skipped } = target;
  if (target.failedAt !== undefined || compareEntryIds(entry.id, record.snapshotCursor) <= 0 || compareEntryIds(entry.id, endAt) > 0)
    return;
  const decoded = decodeMessage(entry.body, entry.contentType);
  if (!decoded.ok || isForRuntime(decoded.message, entry.to)) return;
  record.sinceSnapshot += 1;
  if (skipped.has(entry.id)) return record.cell?.skip(decoded.message);
  try {
    deliver(record, entry, decoded.message, sourcesMax, NO_OUTPUTS);
  } catch {
    // Not lost: `failedAt` says where, and what it does again is reported as the reason.
    target.failedAt = entry.id;
  }
}
