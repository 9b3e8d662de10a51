import type { PoolDetail } from '../../api/pools.ts';
import { clock } from '../format.ts';
import { Legend, type LegendEntry } from '../parts/basics.tsx';

/** Values of one series; null: there is none. */
export type Column = (number | null)[];
/** Seconds, and the series over them. */
export type Aligned = [number[], ...Column[]];

export interface ChartOf {
  readonly detail: PoolDetail;
  /** Seconds that are shown. */
  readonly range: readonly [number, number];
}

export function LegendAt({ entries, seconds }: { readonly entries: readonly LegendEntry[]; readonly seconds: number | undefined }) {
  return (
    <div class="moment">
      <Legend entries={entries} />
      <span class="faint">{seconds === undefined ? '' : clock(seconds * 1_000)}</span>
    </div>
  );
}
