import type { ActorIndexEntry, ActorStatus, EntryId } from '../ports/bus.ts';
import type { Behavior } from './behavior.ts';
import type { Cell } from './cell.ts';

/** What a shard's owner knows of one actor, alive in memory or not. */
export interface ActorRecord {
  readonly address: string;
  readonly behavior: Behavior | undefined;
  status: ActorStatus;
  /** The status differs from the stored one. */
  isStatusChanged: boolean;
  /** The stored snapshot holds everything up to here. */
  snapshotCursor: EntryId;
  /** Entries parked for it, stored and in the batch at hand. */
  parked: number;
  /** undefined: not in memory, or it has no state yet. */
  cell: Cell | undefined;
  /** Nothing is stored of it yet. */
  isNew: boolean;
  /** For a new one: how many entries the batch had delivered when it was born. */
  bornAfter: number;
  /** It was resumed in the batch at hand: until that is committed, its stored state counts up to here. */
  replayTo: EntryId | undefined;
  /** Messages since the stored snapshot. */
  sinceSnapshot: number;
  /** Messages since the stored snapshot with which the next is due, where they are seldom written. */
  snapshotAfter: number;
  /** A snapshot is due with the next commit, whatever the policy. */
  isSnapshotDue: boolean;
  /** Entries of the tenure that were consumed when the snapshot was written. */
  snapshotAt: number;
  /** Monotonic time when the snapshot was written, or found at the beginning of the tenure, milliseconds. */
  snapshotMs: number;
  /** Whether a new owner may still try to read a snapshot that an earlier one could not. */
  mayRetry: boolean;
  /** Monotonic time of the last delivery, milliseconds. */
  usedMs: number;
  readonly counters: ActorCounters;
}

/** Since the actor came into this node's memory. */
export interface ActorCounters {
  handled: number;
  unhandled: number;
  repeats: number;
  failures: number;
}

export function recordOf(entry: ActorIndexEntry, behavior: Behavior | undefined): ActorRecord {
  return {
    address: entry.address,
    behavior,
    status: entry.status,
    isStatusChanged: false,
    snapshotCursor: entry.snapshotCursor,
    parked: entry.parked,
    cell: undefined,
    isNew: false,
    bornAfter: 0,
    replayTo: undefined,
    sinceSnapshot: 0,
    snapshotAfter: spread(entry.address, behavior, 0),
    isSnapshotDue: false,
    snapshotAt: 0,
    snapshotMs: Number.NEGATIVE_INFINITY,
    mayRetry: entry.status.kind === 'quarantined' && entry.status.code === 'unreadable',
    usedMs: 0,
    counters: { handled: 0, unhandled: 0, repeats: 0, failures: 0 },
  };
}

/** When something was stored. */
export interface StoredAt {
  readonly cursor: EntryId;
  /** Entries of the tenure that were consumed. */
  readonly consumed: number;
  /** Monotonic. */
  readonly nowMs: number;
}

/** What is stored of it is what it is now; `hasSnapshot`: its snapshot, too. */
export function noteStored(record: ActorRecord, hasSnapshot: boolean, { cursor, consumed, nowMs }: StoredAt): void {
  const wasNew = record.isNew;
  record.isNew = false;
  record.bornAfter = 0;
  record.isStatusChanged = false;
  if (!hasSnapshot) return;
  record.snapshotCursor = cursor;
  record.snapshotAt = consumed;
  record.snapshotMs = nowMs;
  record.sinceSnapshot = 0;
  if (!wasNew) record.snapshotAfter = everyMessagesOf(record.behavior);
  record.isSnapshotDue = false;
  record.replayTo = undefined;
}

export function newRecord(address: string, behavior: Behavior, cursor: EntryId, bornAfter: number): ActorRecord {
  const record = recordOf({ address, snapshotCursor: cursor, status: { kind: 'active' }, parked: 0 }, behavior);
  // The snapshot of a beginning is small, and tells from where the stream is to be replayed.
  return Object.assign(record, { isNew: true, bornAfter, isSnapshotDue: true });
}

export function isSeldom(record: ActorRecord): boolean {
  return record.behavior?.snapshot.policy === 'seldom';
}

/** Whether its policy asks for a snapshot now. */
export function wantsSnapshot(record: ActorRecord): boolean {
  if (record.isSnapshotDue) return true;
  const policy = record.behavior?.snapshot;
  if (policy === undefined || record.sinceSnapshot === 0) return false;
  if (policy.policy === 'every-batch') return true;
  return record.sinceSnapshot >= record.snapshotAfter && record.usedMs - record.snapshotMs >= (policy.everyMs ?? 0);
}

/** It was brought back from what is stored of it: others may have been with it, so its next snapshot is due at a time of its own. */
export function noteReplayed(record: ActorRecord): void {
  record.snapshotAfter = spread(record.address, record.behavior, record.sinceSnapshot);
}

/**
 * Actors that were born, put away or brought back together would write their large snapshots together for ever, gigabytes of a full
 * node at once. So the first that comes after is due with a message that the address draws (FNV-1a) from those that are left.
 */
function spread(address: string, behavior: Behavior | undefined, since: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < address.length; index++) hash = Math.imul(hash ^ address.charCodeAt(index), 0x01000193);
  const left = Math.max(1, everyMessagesOf(behavior) - since);
  return since + 1 + ((hash >>> 0) % left);
}

function everyMessagesOf(behavior: Behavior | undefined): number {
  return behavior?.snapshot.policy === 'seldom' ? behavior.snapshot.everyMessages : 1;
}
