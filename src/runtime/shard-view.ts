/** What people see of a shard and of its actors; nothing here changes them. */
import type { BusEntry, EntryId } from '../ports/bus.ts';
import type { ActorRecord } from './actor-record.ts';
import { messageOf } from './snapshot.ts';

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

/** An actor in a list. */
export interface ActorOutline {
  readonly address: string;
  readonly shard: number;
  readonly status: ActorRecord['status'];
  readonly isInMemory: boolean;
  readonly active: readonly string[];
  /** Entries in this node's hands that it has not taken yet. */
  readonly waiting: number;
  readonly parked: number;
  readonly handled: number;
  readonly failures: number;
}

/** An actor, with all that it knows. */
export interface ActorInside extends ActorView {
  readonly active: readonly string[];
  readonly waiting: number;
  /** As it would be stored; undefined while it is not in memory. To be read at once: the next step may change it. */
  readonly snapshot: unknown;
}

/** What people see of a shard. */
export interface ShardView {
  readonly shard: number;
  readonly epoch: number;
  readonly cursor: EntryId;
  readonly actors: number;
  readonly actorsInMemory: number;
  readonly timers: number;
  /** Entries in hand that are not committed yet. */
  readonly backlog: number;
  /** How old the latest entry was when it was taken, milliseconds. */
  readonly lagMs: number;
}

export function viewActor(shard: number, record: ActorRecord): ActorView {
  const { address, status, parked, counters } = record;
  return { address, shard, status, parked, counters, state: describe(record) };
}

/** `inHand`: the entries of the shard that its actors have not taken yet. */
export function outlineActors(shard: number, records: readonly ActorRecord[], inHand: readonly BusEntry[]): readonly ActorOutline[] {
  const waiting = new Map<string, number>();
  for (const { to } of inHand) waiting.set(to, (waiting.get(to) ?? 0) + 1);
  return records.map((record) => ({
    address: record.address,
    shard,
    status: record.status,
    isInMemory: record.cell !== undefined,
    active: activeOf(record),
    waiting: waiting.get(record.address) ?? 0,
    parked: record.parked,
    handled: record.counters.handled,
    failures: record.counters.failures,
  }));
}

export function lookInside(shard: number, record: ActorRecord, inHand: readonly BusEntry[]): ActorInside {
  const waiting = inHand.filter(({ to }) => to === record.address).length;
  return { ...viewActor(shard, record), active: activeOf(record), waiting, snapshot: peek(record) };
}

/** A description that throws hides one actor's state, not all of them. */
function describe({ cell }: ActorRecord): ActorView['state'] {
  try {
    return cell?.describe();
  } catch (error) {
    return { error: `it cannot be described: ${messageOf(error)}` };
  }
}

function activeOf({ cell }: ActorRecord): readonly string[] {
  return cell?.active()() ?? [];
}

function peek({ cell }: ActorRecord): unknown {
  try {
    return cell?.peek();
  } catch (error) {
    return { error: `it cannot be frozen: ${messageOf(error)}` };
  }
}
