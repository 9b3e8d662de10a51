/**
 * Which node should hold which shard: weighted rendezvous hashing over the living nodes. Each node computes the same from what
 * it sees; where two see different nodes for a moment, the lease decides.
 */
import { createHash } from 'node:crypto';
import { SHARD_COUNT } from '../protocol/address.ts';

export interface Candidate {
  readonly name: string;
  /** At least 0; 0 takes nothing. */
  readonly weight: number;
}

const draws = new Map<string, Float64Array>();
const DRAWS_MAX = 1_000;
const POW_48 = 2 ** 48;

/** -1 / ln(u) for each shard, u uniform in (0, 1), the same for a name everywhere. */
function drawsOf(name: string): Float64Array {
  const known = draws.get(name);
  if (known !== undefined) return known;
  const made = Float64Array.from({ length: SHARD_COUNT }, (_, shard) => {
    const digest = createHash('sha256').update(`${name}/${shard}`).digest();
    return -1 / Math.log((digest.readUIntBE(0, 6) + 0.5) / POW_48);
  });
  if (draws.size >= DRAWS_MAX) draws.clear();
  draws.set(name, made);
  return made;
}

/**
 * Name of the owner for each shard; empty strings when there is no candidate. Each candidate draws -weight / ln(u) per shard and the
 * largest wins (weighted rendezvous hashing): shares follow the weights, and only shards of a candidate that changes move.
 */
export function placeShards(candidates: readonly Candidate[]): readonly string[] {
  const owners: string[] = Array.from({ length: SHARD_COUNT }, () => '');
  const best = new Float64Array(SHARD_COUNT);
  for (const { name, weight } of candidates) {
    if (!(weight > 0)) continue;
    const drawn = drawsOf(name);
    for (let shard = 0; shard < SHARD_COUNT; shard++) {
      const score = weight * (drawn[shard] ?? 0);
      const present = best[shard] ?? 0;
      if (score < present || (score === present && name > (owners[shard] ?? ''))) continue;
      best[shard] = score;
      owners[shard] = name;
    }
  }
  return owners;
}

/** As `placeShards`, which is asked at every beat by nodes among which seldom anything changes. */
export class Placement {
  #candidates: readonly Candidate[] = [];
  #owners = placeShards([]);

  of(candidates: readonly Candidate[]): readonly string[] {
    if (!isSame(candidates, this.#candidates)) {
      this.#candidates = candidates.map(({ name, weight }) => ({ name, weight }));
      this.#owners = placeShards(candidates);
    }
    return this.#owners;
  }
}

function isSame(a: readonly Candidate[], b: readonly Candidate[]): boolean {
  return a.length === b.length && a.every(({ name, weight }, index) => name === b[index]?.name && weight === b[index].weight);
}
