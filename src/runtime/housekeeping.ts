/** Which actors of a shard are put away, which snapshots are written anew, and which part of the stream nobody needs any more. */
import { compareEntryIds, type EntryId } from '../ports/bus.ts';
import { isSeldom, type ActorRecord } from './actor-record.ts';
import type { RuntimeSettings } from './settings.ts';

/** Whether what it knows since its stored snapshot would have to be replayed. */
export function isUnwritten(record: ActorRecord): boolean {
  return isSeldom(record) && record.sinceSnapshot > 0;
}

/** Of those in memory: those that were idle for long, and beyond the number that may be there those that were idle longest. */
export function leavingOf(inMemory: readonly ActorRecord[], nowMs: number, { idleMs, actorsMax }: RuntimeSettings): readonly ActorRecord[] {
  const living = [...inMemory].sort((a, b) => a.usedMs - b.usedMs);
  const surplus = living.length - actorsMax;
  return living.filter(({ usedMs }, index) => index < surplus || usedMs < nowMs - idleMs);
}

/** A stream that is shorter costs less than the snapshots that would let it be trimmed, however old they are. */
const AGED_LAG_MIN = 1_000;
/** Written anew in one round, during which the shard takes nothing: a crowded shard would stand still, and all of a node together. */
const LAGGING_AT_ONCE_MAX = 32;

/**
 * Those whose snapshot holds up the trimming, in memory or not; the furthest behind come first, the others with the next rounds.
 * `consumed`: entries that the shard took in this tenure.
 */
export function laggingOf(
  records: Iterable<ActorRecord>,
  consumed: number,
  nowMs: number,
  { snapshotLagMax, snapshotAgeMaxMs }: RuntimeSettings,
): readonly ActorRecord[] {
  const lagging = [...records].filter((record) => {
    if (!isSeldom(record) || record.status.kind !== 'active') return false;
    const lag = consumed - record.snapshotAt;
    return lag > snapshotLagMax || (lag > AGED_LAG_MIN && nowMs - record.snapshotMs > snapshotAgeMaxMs);
  });
  return lagging.sort((a, b) => a.snapshotAt - b.snapshotAt).slice(0, LAGGING_AT_ONCE_MAX);
}

/** From where on the stream is needed still, at the most from the cursor on. */
export function neededFrom(records: Iterable<ActorRecord>, cursor: EntryId, consumed: number, settings: RuntimeSettings): EntryId {
  let needed = cursor;
  for (const record of records) {
    if (holdsStream(record, consumed, settings) && compareEntryIds(record.snapshotCursor, needed) < 0) needed = record.snapshotCursor;
  }
  return needed;
}

/** Whether it needs the stream since its snapshot; one that does not go on may not hold it for ever. */
function holdsStream(record: ActorRecord, consumed: number, { snapshotLagMax }: RuntimeSettings): boolean {
  if (!isSeldom(record)) return false;
  const { status, snapshotCursor, snapshotAt } = record;
  if (status.kind === 'active') return true;
  return compareEntryIds(snapshotCursor, status.stoppedAt) < 0 && consumed - snapshotAt <= 2 * snapshotLagMax;
}
