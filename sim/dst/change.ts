import type { Bus, BusEntry, EntryId, Lease } from '../../src/ports/bus.ts';
import type { BusHappening } from './happening.ts';
import type { PlantedBug } from './planted.ts';

/** One change, so that it can be carried out again on another store. */
export interface Change<T> {
  readonly what: string;
  readonly shard: number;
  /** Shards whose streams may grow. */
  readonly touches: readonly number[];
  run(store: Bus): Promise<T>;
  /** What happened; a text: the guard that refused it; undefined: nothing worth telling. */
  tell(reply: T, appended: readonly BusEntry[]): BusHappening | string | undefined;
}

/** The server as one of its connections sees it. */
export interface Server {
  readonly planted: ReadonlySet<PlantedBug>;
  /** Shards in use. */
  readonly shards: readonly number[];
  readonly store: Bus;
  /** Epochs of this run of the server are this much above those in its store. */
  readonly epochBase: number;
  readonly isFull: boolean;
  /** Throws what a caller gets while it is down. */
  assertUp(): void;
  assertRoom(): void;
  /** Changes the store, after everything that was asked before. */
  change<T>(by: string, change: Change<T>): Promise<T>;
  leaseOf(shard: number): Promise<Lease>;
  /** Where the last commit of a shard ended. */
  cursorOf(shard: number): EntryId;
  /** Whether the relay that is carried out now forgets what it moved. */
  drawForgets(): boolean;
  /** Carries a relay out with a decision that was drawn before, now and in every replay. */
  relay(store: Bus, shard: number, epoch: number, forgets: boolean): ReturnType<Bus['relay']>;
}
