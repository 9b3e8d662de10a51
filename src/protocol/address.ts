import { createHash } from 'node:crypto';

/** Shards of a cluster. Fixed: changing it would move every actor. */
export const SHARD_COUNT = 64;

/**
 * Addresses of actors. `pla:<pool>/<producer>`, `pla:<pool>` for the pool's total, `pse:<pool>`,
 * `act:<pool>/<generation>`, `net:<interval>-<horizon>-...`, `root:main`.
 */
export const plaAddress = (pool: string, producer: string | null): string =>
  producer === null ? `pla:${pool}` : `pla:${pool}/${producer}`;
/** Of a pool's engine. */
export const pseAddress = (pool: string): string => `pse:${pool}`;
/** Of the action that carries out a generation. */
export const actionAddress = (pool: string, generation: number): string => `act:${pool}/${generation}`;
/** Of the trainer that all pools with this interval and these horizons share. */
export const networkAddress = (intervalMs: number, horizonsMs: readonly number[]): string => `net:${[intervalMs, ...horizonsMs].join('-')}`;
/** Of the actor that shares the budget out. */
export const ROOT_ADDRESS = 'root:main';

/** The kind of an actor: what stands before the colon. */
export function kindOf(address: string): string {
  return address.slice(0, address.indexOf(':'));
}

const cache = new Map<string, number>();
const CACHE_LIMIT = 100_000;

/**
 * Shard of an address: the first four bytes of SHA-256 of its shard key, modulo SHARD_COUNT. Scaling actions share the
 * shard of their PSE, so that a decision and its action are committed together.
 */
export function shardOf(address: string): number {
  const known = cache.get(address);
  if (known !== undefined) return known;
  const shard = createHash('sha256').update(shardKey(address)).digest().readUInt32BE(0) % SHARD_COUNT;
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(address, shard);
  return shard;
}

function shardKey(address: string): string {
  if (!address.startsWith('act:')) return address;
  return pseAddress(address.slice(4, address.lastIndexOf('/')));
}
