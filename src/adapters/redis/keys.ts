/**
 * Every key that Forescale writes. All keys of a shard carry one hash tag, `{s7}`, so that they lie in one slot of a cluster
 * and one script may use them together.
 */
export interface ShardKeys {
  /** Hash: owner, epoch, beat, and the server that gave the epoch. */
  readonly lease: string;
  /** Hash: cursor, number of outbox entries ever written, entries lost to the breaker. */
  readonly meta: string;
  /** Stream of everything that the shard's actors see. */
  readonly in: string;
  /** Stream of what its actors sent to other shards and what has not arrived there yet. */
  readonly out: string;
  /** Hashes by address: status, position of the snapshot, snapshot. */
  readonly actors: string;
  readonly cursors: string;
  readonly snapshots: string;
  readonly timers: string;
  readonly effects: string;
  /** Hash by address: how many entries are parked. */
  readonly parked: string;
  /** Hash by sending shard: highest sequence applied. */
  readonly origins: string;
  /** Stream of dead letters. */
  readonly dead: string;
}

export interface Keys {
  shard(shard: number): ShardKeys;
  /** List of the entries parked for an actor. */
  parkedFor(shard: number, address: string): string;
  topic(name: string): string;
  /** Hash of blobs by their content hash, and the order in which they were written. */
  readonly blobs: string;
  readonly blobOrder: string;
  /** Hash of how far readers of public streams have come, by their names. */
  readonly bookmarks: string;
  /** Hash: what this cluster is set to. */
  readonly cluster: string;
  /** Hash by node: its latest note. */
  readonly members: string;
  /** Pattern of all of them, for access rules. */
  readonly pattern: string;
}

export const DEFAULT_PREFIX = 'forescale';

/** The keys of a shard with the type that each must have, in the order in which `commit` and `load-shard` take them. */
export const SHARD_KEY_TYPES = {
  lease: 'hash',
  meta: 'hash',
  in: 'stream',
  out: 'stream',
  actors: 'hash',
  cursors: 'hash',
  snapshots: 'hash',
  timers: 'hash',
  effects: 'hash',
  parked: 'hash',
  origins: 'hash',
  dead: 'stream',
} as const satisfies Readonly<Record<keyof ShardKeys, string>>;

const NAMES = Object.keys(SHARD_KEY_TYPES) as readonly (keyof ShardKeys)[];

export function createKeys(prefix: string, shardCount: number): Keys {
  const ofShard = (shard: number, name: string): string => `${prefix}:{s${shard}}:${name}`;
  const shards = Array.from(
    { length: shardCount },
    (_, shard) => Object.fromEntries(NAMES.map((name) => [name, ofShard(shard, name)])) as unknown as ShardKeys,
  );
  return {
    shard(shard) {
      const keys = shards[shard];
      if (keys === undefined) throw new RangeError(`shard must be an integer from 0 to ${shardCount - 1}, got ${shard}`);
      return keys;
    },
    parkedFor: (shard, address) => ofShard(shard, `parked:${address}`),
    topic: (name) => `${prefix}:topic:${name}`,
    blobs: `${prefix}:{blobs}:bytes`,
    blobOrder: `${prefix}:{blobs}:order`,
    bookmarks: `${prefix}:{cluster}:bookmarks`,
    cluster: `${prefix}:{cluster}:settings`,
    members: `${prefix}:{cluster}:members`,
    pattern: `${prefix}:*`,
  };
}

/** All fixed keys of a shard, in the order of SHARD_KEY_TYPES. */
export function shardKeyList(keys: ShardKeys): string[] {
  return NAMES.map((name) => keys[name]);
}
