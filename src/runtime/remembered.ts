/**
 * What is in memory of a shard that has to be read anew: after an error of the bus, or because this node takes back what it lost a
 * moment ago. What is stored decides; but an actor that is still as it was stored need not be rebuilt, which for a large one means
 * to replay its stream, and for a node that came late because it has too much to do that it comes later still.
 */
import type { EntryId, ShardState } from '../ports/bus.ts';
import type { ActorRecord } from './actor-record.ts';

export interface Remembered {
  readonly epoch: number;
  /** Where the shard's cursor is if nobody else was here: where it was, or where the commit led whose outcome is unknown. */
  readonly cursors: readonly EntryId[];
  /** Of the actors that this commit does not touch, by address. */
  readonly records: ReadonlyMap<string, ActorRecord>;
}

/**
 * Puts what is remembered into records that were read in `epoch`, where it is what was stored.
 * @returns of how many actors.
 */
export function recall(remembered: Remembered, epoch: number, { cursor }: ShardState, records: ReadonlyMap<string, ActorRecord>): number {
  // Every owner has an epoch of its own: there was none in between.
  const isOurs = remembered.epoch === epoch || remembered.epoch === epoch - 1;
  if (!isOurs || !remembered.cursors.includes(cursor)) return 0;
  let kept = 0;
  for (const [address, record] of records) {
    const known = remembered.records.get(address);
    if (known === undefined || !isAsStored(known, record)) continue;
    takeOver(record, known);
    kept += 1;
  }
  return kept;
}

function isAsStored(known: ActorRecord, stored: ActorRecord): boolean {
  const isWhole = known.cell !== undefined && !known.isNew && known.replayTo === undefined;
  const isActive = known.status.kind === 'active' && stored.status.kind === 'active';
  return isWhole && isActive && known.snapshotCursor === stored.snapshotCursor;
}

function takeOver(record: ActorRecord, { cell, sinceSnapshot, snapshotAfter, snapshotMs, usedMs, counters }: ActorRecord): void {
  Object.assign(record, { cell, sinceSnapshot, snapshotAfter, snapshotMs, usedMs });
  Object.assign(record.counters, counters);
}
