/** How soon a forecaster that knows nothing is worth something: the loss of its first intervals, by age. */
import type { SeriesTrace } from '../../sim/traces/trace.ts';
import { measureSeries, type MeasureOptions } from './measure.ts';
import { linesOf, ratioOf } from './summary.ts';
import { geometricMean } from './score.ts';

/** Ages in intervals at which the curve is cut. */
const AGES = [3, 15, 30, 60, 120, 240, 480, 960] as const;

export function printCold(traces: readonly SeriesTrace[], profile: MeasureOptions['profile']): void {
  console.log('\nCold start, WQL/last value by age in intervals: point 5 15, max 5 15 minutes');
  for (let i = 1; i < AGES.length; i++) {
    const [from = 0, to = 0] = [AGES[i - 1], AGES[i]];
    const results = traces
      .filter(({ values }) => values.length > to)
      .map((trace) => measureSeries(trace, { profile, every: 1, rows: [from, to] }));
    const cells = (['point', 'max'] as const).flatMap((kind) =>
      [5, 15].map((minutes) => geometricMean(linesOf(results, kind, minutes).map(ratioOf)).toFixed(3)),
    );
    console.log(`${`${from} to ${to}`.padEnd(12)} ${cells.join(' ')}  (${results.length} series)`);
  }
}
