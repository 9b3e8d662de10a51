/** What an expert for intermittent demand would earn where there is little demand. */
import type { SeriesTrace } from '../../sim/traces/trace.ts';
import { createIntermittent } from './intermittent.ts';
import { horizonsOf, measureSeries, type MeasureOptions } from './measure.ts';
import { printGains } from './network-gain.ts';
import type { StagedModel } from './networks.ts';
import { mean } from './score.ts';
import { printScores, printWeights } from './summary.ts';

/** Sparse is what has less than this a minute on average. */
const SPARSE_MAX = 0.2;
const MINUTE_MS = 60_000;

export function printSparse(traces: readonly SeriesTrace[], profile: MeasureOptions['profile'], every: number): void {
  const sparse = traces.filter(({ values, intervalMs }) => mean(Array.from(values)) < (SPARSE_MAX * intervalMs) / MINUTE_MS);
  const measure = (isAsked: boolean) =>
    sparse.map((trace) => measureSeries(trace, { profile, every, network: isAsked ? modelOf(trace) : [] }));
  console.log(`${sparse.length} series of less than ${SPARSE_MAX} a minute: ${sparse.map(({ name }) => name).join(', ')}`);
  const [without, withIt] = [measure(false), measure(true)];
  printScores(without);
  console.log('\nwith an expert for intermittent demand (called network)');
  printScores(withIt);
  printWeights(withIt, undefined);
  printGains(without, withIt);
}

function modelOf({ intervalMs }: SeriesTrace): readonly StagedModel[] {
  return [{ from: 0, model: createIntermittent({ intervalMs, horizonsMs: horizonsOf(intervalMs) }) }];
}
