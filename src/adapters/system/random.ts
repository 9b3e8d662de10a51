import { createHash, randomBytes } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import assert from 'node:assert/strict';
import type { Random } from '../../ports/random.ts';

/** Largest bound of `int`: uniformInt is exact up to 2^32 values. */
const BOUND_MAX = 2 ** 32;

/**
 * A seeded source: xoroshiro128+ from pure-rand. Any text or number is a seed; the generator's state and the seeds of forks
 * are SHA-256 of it, so that near seeds give unrelated streams.
 */
export function createRandom(seed: number | string): Random {
  const key = createHash('sha256').update(String(seed)).digest();
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => key.readInt32LE(offset)));
  const forkKey = key.toString('hex');
  return {
    next: () => uniformFloat64(generator),
    int(bound) {
      assert(Number.isInteger(bound) && bound >= 1 && bound <= BOUND_MAX, `bound must be an integer from 1 to 2^32, got ${bound}`);
      return uniformInt(generator, 0, bound - 1);
    },
    fork: (label) => createRandom(`${forkKey}/${label}`),
  };
}

/** For production: seeded by the operating system unless a seed is given. */
export function createSystemRandom(seed?: number | string): Random {
  return createRandom(seed ?? randomBytes(16).toString('hex'));
}
