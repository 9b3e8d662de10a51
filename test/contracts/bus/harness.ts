import { START, type Bus, type BusEntry, type NewEntry, type ShardCommit } from '../../../src/ports/bus.ts';

/** A bus under test, with nothing in it, and the time that it lives in. */
export interface BusHarness {
  readonly bus: Bus;
  /** Lets time pass: virtual or real. */
  advance(durationMs: number): Promise<void>;
  dispose(): Promise<void>;
}

export interface BusLimits {
  /** Entries that a shard's stream may hold. */
  readonly streamEntriesMax?: number;
}

export type MakeBus = (limits?: BusLimits) => Promise<BusHarness>;

/** Shards of the tests; different, so that their entries must not mix. */
export const A = 3;
export const B = 41;

const text = new TextEncoder();
const decoder = new TextDecoder();

export function entry(shard: number, label: string, to = `probe:${label}`): NewEntry {
  return { shard, to, contentType: 'application/msgpack', body: text.encode(label), atMs: 1_000 };
}

export const labelOf = ({ body }: { readonly body: Uint8Array }): string => decoder.decode(body);
export const bytes = (label: string): Uint8Array => text.encode(label);

/** Takes the lease of a shard as a first owner or after another one. */
export async function acquire(bus: Bus, shard: number, owner: string): Promise<number> {
  const lease = (await bus.readLeases()).find((candidate) => candidate.shard === shard);
  const taken = await bus.acquireLease(shard, owner, lease ?? { epoch: 0, beat: 0 });
  if (taken === undefined) throw new Error(`shard ${shard} could not be taken`);
  return taken.epoch;
}

export function commitOf(shard: number, epoch: number, parts: Partial<ShardCommit> = {}): ShardCommit {
  return {
    shard,
    epoch,
    cursorFrom: START,
    cursorTo: parts.cursorFrom ?? START,
    actors: [],
    timersSet: [],
    timersCancelled: [],
    effects: [],
    sends: [],
    publishes: [],
    deadLetters: [],
    parked: [],
    unparked: [],
    origins: {},
    ...parts,
  };
}

export async function readAll(bus: Bus, shard: number): Promise<readonly BusEntry[]> {
  const [read] = await bus.readAfter([{ shard, after: START }], 10_000, 0);
  return read?.entries ?? [];
}

export async function labels(bus: Bus, shard: number): Promise<readonly string[]> {
  return (await readAll(bus, shard)).map(labelOf);
}
