/**
 * How many different values there were: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier, 2007) with 4,096 registers of one
 * byte, read with the estimator of Ertl ("New cardinality estimation algorithms for HyperLogLog sketches", 2017, algorithm
 * 6), which needs no corrections for small or large ranges. Standard error 1.04 / sqrt(4096) = 1.6%.
 */

const INDEX_BITS = 12;
const REGISTERS = 2 ** INDEX_BITS;
/** Bits of the hash that the rank is taken from. */
const RANK_BITS = 32 - INDEX_BITS;
/** Keeps the rank at RANK_BITS + 1 at the most. */
const SENTINEL = 1 << (INDEX_BITS - 1);
/** alpha_infinity of the paper. */
const ALPHA = 1 / (2 * Math.LN2);

export class DistinctCounter {
  readonly #registers = new Uint8Array(REGISTERS);

  /** @param hash 32 well-mixed bits. */
  add(hash: number): void {
    const index = hash >>> RANK_BITS;
    const rank = Math.clz32((hash << INDEX_BITS) | SENTINEL) + 1;
    if (rank > (this.#registers[index] ?? 0)) this.#registers[index] = rank;
  }

  estimate(): number {
    const counts = new Uint32Array(RANK_BITS + 2);
    for (const rank of this.#registers) counts[rank] = (counts[rank] ?? 0) + 1;
    const share = (rank: number): number => (counts[rank] ?? 0) / REGISTERS;
    let sum = REGISTERS * tau(1 - share(RANK_BITS + 1));
    for (let rank = RANK_BITS; rank >= 1; rank -= 1) sum = 0.5 * (sum + (counts[rank] ?? 0));
    sum += REGISTERS * sigma(share(0));
    return Math.round((ALPHA * REGISTERS * REGISTERS) / sum);
  }

  clear(): void {
    this.#registers.fill(0);
  }
}

/** sigma(x) = x + sum over k >= 1 of x^(2^k) 2^(k-1): the share of untouched registers, corrected. Infinite at 1. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let power = share;
  let sum = share;
  let last = Number.NaN;
  for (let factor = 1; sum !== last; factor *= 2) {
    power *= power;
    last = sum;
    sum += power * factor;
  }
  return sum;
}

/** tau(x) = (1 - x - sum over k >= 1 of (1 - x^(2^-k))^2 2^-k) / 3: the share of full registers, corrected. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let root = share;
  let sum = 1 - share;
  let last = Number.NaN;
  for (let factor = 0.5; sum !== last; factor *= 0.5) {
    root = Math.sqrt(root);
    last = sum;
    sum -= (1 - root) ** 2 * factor;
  }
  return sum / 3;
}
