import { QUANTILE_LEVELS } from '../forecast.ts';
import { squash, type WindowEncoder } from './window.ts';

const LEVELS = QUANTILE_LEVELS.length;

/**
 * Turns outputs of a network into quantiles in the unit of the series: back from the asinh scale, sorted within each head
 * (a network knows no order), finite whatever the outputs are.
 *
 * @param heads answers in `outputs` from `at` on, nine numbers each; as many go into `to` from `toAt` on.
 */
export function decodeQuantiles(
  outputs: Float32Array,
  at: number,
  heads: number,
  { last, scale }: Pick<WindowEncoder, 'last' | 'scale'>,
  to: Float64Array,
  toAt: number,
): void {
  for (let head = 0; head < heads; head++) {
    const from = toAt + head * LEVELS;
    for (let j = 0; j < LEVELS; j++) {
      const output = outputs[at + head * LEVELS + j] as number;
      to[from + j] = last + scale * Math.sinh(Number.isNaN(output) ? 0 : bounded(output));
    }
    to.subarray(from, from + LEVELS).sort();
  }
}

/** Targets were squashed to this range; an output beyond it is no answer. */
function bounded(output: number): number {
  const most = squash(Infinity);
  return Math.max(-most, Math.min(most, output));
}
